"""What is stored around identifiers: who holds them, what they were seen with, and what humans said of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from antiphon.kit.buckets import abucket_of
from antiphon.people import queries
from antiphon.people.grouping import Grouping, Pair, Seen, Verdict, group, in_order
from antiphon.people.identifiers import Key
from antiphon.store.keys import Keys, Texts

#: A value's abucket is asked for once for each edge that it is an end of.
abucket = lru_cache(maxsize=100_000)(abucket_of)


@dataclass(frozen=True, slots=True)
class Known:
    """A stored identifier."""

    person: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored edge, as one source tells it. ``outcome``: joined, refused, or apart by a human's word.

    ``beside``: it stands with its identifiers still, see ``unfold``.
    """

    seen: Seen
    outcome: str
    beside: bool = False


@dataclass(slots=True)
class Graph:
    """Everything connected with what a batch, or a human, touched."""

    edges: dict[Pair, Seen] = field(default_factory=dict)
    outcomes: dict[Pair, str] = field(default_factory=dict)  # of stored edges
    shared: set[Key] = field(default_factory=set)
    known: dict[Key, Known] = field(default_factory=dict)
    verdicts: dict[Pair, Verdict] = field(default_factory=dict)

    def add(self, pair: Pair, seen: Seen) -> None:
        """Add a sighting of an edge to what is known of it."""
        before = self.edges.get(pair)
        self.edges[pair] = seen if before is None else seen.joined(before)

    def group(self, nodes: Iterable[Key] = ()) -> Grouping:
        return group(nodes, self.edges, self.shared, self.verdicts)


def columns(keys: Iterable[Key]) -> dict[str, list[int] | list[str]]:
    """The arrays of ``people.queries`` that stand for identifiers."""
    keys = list(keys)
    return {
        "abuckets": Keys([abucket(value) for _, value in keys]),
        "kinds": Texts([kind for kind, _ in keys]),
        "values": Texts([value for _, value in keys]),
    }


def pair_columns(pairs: Sequence[Pair]) -> dict[str, list[int] | list[str]]:
    """The arrays of ``people.queries`` that stand for edges, found by their first end."""
    return {
        **columns(one for one, _ in pairs),
        "other_kinds": Texts([other[0] for _, other in pairs]),
        "other_values": Texts([other[1] for _, other in pairs]),
    }


def load_identifiers(connection: Connection, keys: Collection[Key]) -> dict[Key, Known]:
    """The stored ones of ``keys``."""
    if not keys:
        return {}
    rows = connection.execute(queries.IDENTIFIERS, columns(keys)).all()
    return {(kind, value): Known(person, first, last) for kind, value, person, first, last in rows}


def load_pairs(connection: Connection, pairs: Sequence[Pair]) -> dict[Pair, dict[str, Stored]]:
    """What is stored of ``pairs``, by source."""
    found: defaultdict[Pair, dict[str, Stored]] = defaultdict(dict)
    if pairs:
        for a, b, c, d, source, first, last, verified, outcome, beside in connection.execute(
            queries.EVIDENCE_OF_PAIRS, pair_columns(pairs)
        ).all():
            found[(a, b), (c, d)][source] = Stored(Seen(first, last, verified), outcome, beside)
    return found


def unfold(connection: Connection, keys: Collection[Key]) -> None:
    """Make rows of the evidence that stands with ``keys``, each from its own end, so that it can be changed."""
    if keys:
        connection.execute(queries.UNFOLD, columns(keys))
        connection.execute(queries.UNFOLDED, columns(keys))


def load_verdicts(connection: Connection, keys: Collection[Key]) -> dict[Pair, Verdict]:
    """What humans said of ``keys`` last, each with whichever other identifier."""
    found: dict[Pair, Verdict] = {}
    for a, b, c, d, same, act in connection.execute(queries.VERDICTS, columns(keys)).all() if keys else ():
        pair = in_order((a, b), (c, d))
        if pair not in found or act > found[pair].act:
            found[pair] = Verdict(same, act)
    return found


def spread(connection: Connection, graph: Graph, frontier: set[Key]) -> None:
    """Load everything connected with ``frontier``; shared identifiers are walked through only by a human's word."""
    visited: set[Key] = set()
    while frontier:
        visited |= frontier
        rows = connection.execute(queries.KNOWN_SHARED, columns(frontier))
        graph.shared.update((kind, value) for kind, value in rows)
        said = load_verdicts(connection, frontier)
        graph.verdicts |= said
        walked = frontier - graph.shared
        frontier = {key for pair, verdict in said.items() if verdict.same for key in pair} - visited
        for a, b, c, d, first, last, verified, outcome in (
            connection.execute(queries.NEIGHBOURS, columns(walked)).all() if walked else ()
        ):
            one, other = (a, b), (c, d)
            pair = in_order(one, other)
            graph.add(pair, Seen(first, last, verified))
            graph.outcomes[pair] = outcome
            if other not in visited:
                frontier.add(other)
        graph.known.update(load_identifiers(connection, [key for key in frontier if key not in graph.known]))
    # whom somebody is kept apart from plays no part unless they are connected otherwise
    graph.verdicts = {pair: said for pair, said in graph.verdicts.items() if visited.issuperset(pair)}
