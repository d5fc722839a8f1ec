"""From identifiers to people, in bulk: the touched components are grouped anew, and people are given to the groups."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from antiphon.intake.facts import Fact
from antiphon.kit.buckets import abucket_of, bucket_of, person_id, slot_of
from antiphon.people import queries
from antiphon.people.grouping import Grouping, Pair, group, rank, strongest_first
from antiphon.people.identifiers import DEVICE, Key
from antiphon.people.tables import evidence, identifier
from antiphon.store.db import copy_rows

#: How far "last seen together" may lag behind; every update of it is a dead row.
_LAG = timedelta(days=1)

#: A value's abucket is asked for once for each edge that it is an end of.
_abucket = lru_cache(maxsize=100_000)(abucket_of)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Known:
    """A stored identifier."""

    person: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Split:
    """An identifier that leaves a person who lives on, or goes another way than the rest of a merged one."""

    key: Key
    from_person: int
    to_person: int


@dataclass(slots=True)
class Match:
    """Who is who after this batch. ``merges`` maps a person's id to the one that takes everything over."""

    next_person: int
    person_of: dict[Key, int] = field(default_factory=dict)
    new_people: dict[int, Key] = field(default_factory=dict)
    merges: dict[int, int] = field(default_factory=dict)
    splits: list[Split] = field(default_factory=list)
    #: Who stands beside an identifier that was split off, by an edge that was refused: its address is theirs as well.
    beside: list[tuple[int, Key]] = field(default_factory=list)


@dataclass(slots=True)
class _Graph:
    """What is stored around the touched identifiers, and what this batch adds."""

    edges: dict[Pair, datetime] = field(default_factory=dict)
    outcomes: dict[Pair, str] = field(default_factory=dict)  # of stored edges
    shared: set[Key] = field(default_factory=set)
    known: dict[Key, Known] = field(default_factory=dict)


def match(connection: Connection, facts: Sequence[Fact], next_person: int, now: datetime) -> Match:
    """Give every identifier of ``facts`` its person, and store identifiers, evidence and conflicts."""
    seen, pairs = _collect(facts)
    known = load_identifiers(connection, seen)
    stored = _load_pairs(connection, [pair for pair, _ in pairs if pair[0] in known and pair[1] in known])
    graph = _Graph(known=known)
    touched = _touched(pairs, stored)
    for pair, at in touched.items():
        graph.edges[pair] = at
    _spread(connection, graph, {key for pair in touched for key in pair if key in known})
    grouping = group((), graph.edges, graph.shared)
    result = Match(next_person)
    _assign(result, grouping, graph, facts)
    _write_identifiers(connection, result, graph, seen)
    _write_evidence(connection, pairs, stored, grouping)
    _write_outcomes(connection, graph, grouping, now)
    return result


def _collect(facts: Sequence[Fact]) -> tuple[dict[Key, Span], dict[tuple[Pair, str], Span]]:
    """When each identifier, and each pair with the arrival's strongest one, was first and last seen in the batch."""
    seen: dict[Key, Span] = {}
    pairs: dict[tuple[Pair, str], Span] = {}
    for fact in facts:
        at = fact.at
        for key in fact.keys:
            span = seen.get(key)
            seen[key] = (at, at) if span is None else (min(span[0], at), max(span[1], at))
        strongest = fact.keys[0]
        for key in fact.keys[1:]:
            pair = (strongest, key) if strongest < key else (key, strongest)
            span = pairs.get((pair, fact.source))
            pairs[pair, fact.source] = (at, at) if span is None else (min(span[0], at), max(span[1], at))
    return seen, pairs


def columns(keys: Iterable[Key]) -> dict[str, list[int] | list[str]]:
    """The arrays of ``people.queries`` that stand for identifiers."""
    keys = list(keys)
    return {
        "abuckets": [_abucket(value) for _, value in keys],
        "kinds": [kind for kind, _ in keys],
        "values": [value for _, value in keys],
    }


def _pair_columns(pairs: Sequence[Pair]) -> dict[str, list[int] | list[str]]:
    return {
        **columns(one for one, _ in pairs),
        "other_kinds": [other[0] for _, other in pairs],
        "other_values": [other[1] for _, other in pairs],
    }


def load_identifiers(connection: Connection, keys: Collection[Key]) -> dict[Key, Known]:
    """The stored ones of ``keys``."""
    if not keys:
        return {}
    rows = connection.execute(queries.IDENTIFIERS, columns(keys)).all()
    return {(kind, value): Known(person, first, last) for kind, value, person, first, last in rows}


def _load_pairs(connection: Connection, pairs: Sequence[Pair]) -> dict[Pair, dict[str, Span]]:
    """What is stored of ``pairs``, by source."""
    found: defaultdict[Pair, dict[str, Span]] = defaultdict(dict)
    if pairs:
        for a, b, c, d, source, first, last, _ in connection.execute(
            queries.EVIDENCE_OF_PAIRS, _pair_columns(pairs)
        ).all():
            found[(a, b), (c, d)][source] = (first, last)
    return found


def _touched(pairs: dict[tuple[Pair, str], Span], stored: dict[Pair, dict[str, Span]]) -> dict[Pair, datetime]:
    """The pairs that are new, or older than was known, with when they were first seen."""
    touched: dict[Pair, datetime] = {}
    for (pair, _), (first, _) in pairs.items():
        before = min((span[0] for span in stored[pair].values()), default=None) if pair in stored else None
        if before is None or first < before:
            touched[pair] = min(first, touched.get(pair, first))
    return touched


def _spread(connection: Connection, graph: _Graph, frontier: set[Key]) -> None:
    """Load everything connected with ``frontier``; shared identifiers are not walked through."""
    visited: set[Key] = set()
    while frontier:
        visited |= frontier
        rows = connection.execute(queries.KNOWN_SHARED, columns(frontier))
        graph.shared.update((kind, value) for kind, value in rows)
        walked = frontier - graph.shared
        frontier = set()
        if not walked:
            return
        for a, b, c, d, first, outcome in connection.execute(queries.NEIGHBOURS, columns(walked)).all():
            one, other = (a, b), (c, d)
            pair = (one, other) if one < other else (other, one)
            graph.edges[pair] = min(first, graph.edges.get(pair, first))
            graph.outcomes[pair] = outcome
            if other not in visited:
                frontier.add(other)
        graph.known.update(load_identifiers(connection, [key for key in frontier if key not in graph.known]))


def _assign(result: Match, grouping: Grouping, graph: _Graph, facts: Sequence[Fact]) -> None:
    """Give each cluster a person: the elder of those who are at home in it, or a new one."""
    cluster_of = {key: cluster for cluster in grouping.clusters for key in cluster}
    taken = _take_people(result, grouping, graph)
    for fact in facts:  # in order of arrival, so that new people are numbered by it
        for key in fact.keys:
            if key in result.person_of:
                continue
            cluster = cluster_of.get(key, [key])
            person = taken.get(id(cluster))
            if person is None and key in graph.known and key not in cluster_of:
                person = graph.known[key].person
            if person is None:
                person = _new_person(result, fact, cluster)
            for member in cluster:
                result.person_of[member] = person
    for cluster in grouping.clusters:  # those that no fact of this batch names but that were loaded with the rest
        person = taken.get(id(cluster)) or result.person_of.get(cluster[0])
        person = person or _new_person(result, None, cluster)
        for member in cluster:
            result.person_of[member] = person
    _find_leavers(result, graph)


def _new_person(result: Match, fact: Fact | None, cluster: Sequence[Key]) -> int:
    first = min((k for k in cluster if fact is None or k in fact.keys), key=strongest_first)
    person = person_id(result.next_person, slot_of(f"{first[0]}:{first[1]}"))
    result.next_person += 1
    result.new_people[person] = first
    return person


def _take_people(result: Match, grouping: Grouping, graph: _Graph) -> dict[int, int]:
    """The person of each cluster that has one, by the cluster's ``id()``; fills ``result.merges``.

    A person is at home in the cluster of their strongest identifier. Of several at home in one, whoever has more
    than devices goes before, then the elder (the lower serial); the others are merged into that one.
    """
    keys_of: defaultdict[int, list[Key]] = defaultdict(list)
    cluster_of: dict[Key, list[Key]] = {}
    for cluster in grouping.clusters:
        for key in cluster:
            cluster_of[key] = cluster
            if key in graph.known:
                keys_of[graph.known[key].person].append(key)
    at_home: defaultdict[int, list[int]] = defaultdict(list)
    for person, keys in keys_of.items():
        at_home[id(cluster_of[min(keys, key=strongest_first)])].append(person)

    def seniority(person: int) -> tuple[bool, int]:
        return all(rank(kind) == rank(DEVICE) for kind, _ in keys_of[person]), person

    taken: dict[int, int] = {}
    for cluster_id, people in at_home.items():
        elder, *others = sorted(people, key=seniority)
        taken[cluster_id] = elder
        result.merges.update(dict.fromkeys(others, elder))
    return taken


def _find_leavers(result: Match, graph: _Graph) -> None:
    for key, before in graph.known.items():
        stays_with = result.merges.get(before.person, before.person)
        if result.person_of.get(key, stays_with) != stays_with:
            result.splits.append(Split(key, before.person, result.person_of[key]))
    left = {split.key for split in result.splits}
    for one, other in graph.edges if left else ():
        result.beside += [(result.person_of[b], a) for a, b in ((one, other), (other, one)) if a in left]


def _write_identifiers(connection: Connection, result: Match, graph: _Graph, seen: dict[Key, Span]) -> None:
    fresh, changed = [], []
    for key, person in result.person_of.items():
        before = graph.known.get(key)
        if before is None:  # then it is of this batch: every stored edge has stored ends
            fresh.append((_abucket(key[1]), *key, bucket_of(person), person, *seen[key]))
            continue
        span = seen.get(key, (before.first_at, before.last_at))
        first, last = min(before.first_at, span[0]), max(before.last_at, span[1])
        if before.person != person or first < before.first_at or last > before.last_at + _LAG:
            changed.append((key, person, first, last))
    copy_rows(
        connection, identifier, ("abucket", "kind", "value", "bucket", "person", "first_at", "last_at"), sorted(fresh)
    )
    if changed:
        connection.execute(
            queries.UPDATE_IDENTIFIERS,
            {
                **columns(key for key, *_ in changed),
                "buckets": [bucket_of(person) for _, person, *_ in changed],
                "people": [person for _, person, *_ in changed],
                "firsts": [first.isoformat() for *_, first, _ in changed],
                "lasts": [last.isoformat() for *_, last in changed],
            },
        )


def _write_evidence(
    connection: Connection,
    pairs: dict[tuple[Pair, str], Span],
    stored: dict[Pair, dict[str, Span]],
    grouping: Grouping,
) -> None:
    """Each pair is stored from both ends, so that it is found from either."""
    fresh, changed = [], []
    for (pair, source), (first, last) in pairs.items():
        before = stored[pair].get(source) if pair in stored else None
        if before is None:
            outcome = "refused" if pair in grouping.refused else "joined"
            for one, other in (pair, pair[::-1]):
                fresh.append((_abucket(one[1]), *one, *other, source, first, last, outcome))
        elif first < before[0] or last > before[1] + _LAG:
            span = min(first, before[0]), max(last, before[1])
            changed += [(p, source, *span) for p in (pair, pair[::-1])]
    names = ("abucket", "kind", "value", "other_kind", "other_value", "source", "first_at", "last_at", "outcome")
    copy_rows(connection, evidence, names, sorted(fresh))
    if changed:
        connection.execute(
            queries.UPDATE_EVIDENCE,
            {
                **_pair_columns([pair for pair, *_ in changed]),
                "sources": [source for _, source, *_ in changed],
                "firsts": [first.isoformat() for *_, first, _ in changed],
                "lasts": [last.isoformat() for *_, last in changed],
            },
        )


def _write_outcomes(connection: Connection, graph: _Graph, grouping: Grouping, now: datetime) -> None:
    """What changed between joined and refused; refusals are listed for a human, shared identifiers once."""
    outcome = {pair: "refused" if pair in grouping.refused else "joined" for pair in graph.edges}
    turned = [pair for pair, before in graph.outcomes.items() if outcome[pair] != before]
    if turned:
        both = [p for pair in turned for p in (pair, pair[::-1])]
        outcomes = [outcome[pair] for pair in turned for _ in range(2)]
        connection.execute(queries.SET_OUTCOMES, {**_pair_columns(both), "outcomes": outcomes})
    refused: dict[Pair, str] = {
        pair: reason
        for pair, reason in grouping.refused.items()
        if reason != "shared" and graph.outcomes.get(pair) != "refused"
    }
    refused.update({(key, ("", "")): "shared" for key in grouping.shared - graph.shared})
    if refused:
        given = {**_pair_columns(list(refused)), "reasons": list(refused.values()), "now": now}
        connection.execute(queries.ADD_CONFLICTS, given)
    if mended := [pair for pair in turned if outcome[pair] == "joined"]:
        connection.execute(queries.DROP_CONFLICTS, _pair_columns(mended))
