"""What humans say of who is who: merge, split and undo, as facts that people are computed from like all others.

Nothing here moves a row by itself. A verdict is written between two identifiers, and what is connected with them is
grouped anew; undoing is withdrawing the verdict. So an undo restores what the other facts say, also those made since.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, product
from typing import Any

from sqlalchemy import Connection

from antiphon.intake import holding, merging, profiles, queries
from antiphon.intake.graph import Graph, load_identifiers, load_verdicts, pair_columns, spread
from antiphon.intake.homes import Match, seniority
from antiphon.intake.matching import rematch
from antiphon.kit.buckets import bucket_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.people import queries as people
from antiphon.people.grouping import Pair, Verdict, in_order, strongest_first
from antiphon.people.identifiers import Key


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a human said: the number of the command, who, when, and why."""

    number: int
    who: str
    at: datetime
    why: str = ""


def current(connection: Connection, person: int) -> int:
    """Whom a person is now, after merges; the person themselves when there were none."""
    seen = {person}
    while (
        found := connection.execute(people.ALIAS, {"bucket": bucket_of(person), "person": person}).scalar()
    ) is not None:
        if found in seen:
            break
        seen.add(found)
        person = found
    return person


def identifiers_of(connection: Connection, person: int) -> list[Key]:
    """A person's identifiers, the strongest first; ``NotFoundError`` when there is no such person."""
    rows = connection.execute(people.IDENTIFIERS_OF, {"bucket": bucket_of(person), "person": person}).all()
    if not rows:
        raise NotFoundError(f"There is no person {person}.", "They may have been merged, or erased.")
    return sorted(((row.kind, row.value) for row in rows), key=strongest_first)


def merge(connection: Connection, one: int, other: int, act: Act) -> dict[str, Any]:
    """Make two people one, whatever guards kept them apart; returns who they are now.

    Their identifiers that somebody kept apart before are said to be the same as well: the newest word counts.
    """
    one, other = current(connection, one), current(connection, other)
    if one == other:
        raise AntiphonError("These are one person already.")
    keys, others = identifiers_of(connection, one), identifiers_of(connection, other)
    parted = load_verdicts(connection, keys)
    pairs = {in_order(keys[0], others[0])}
    pairs |= {in_order(*p) for p in product(keys, others) if not parted.get(in_order(*p), Verdict(True, 0)).same}
    said = dict.fromkeys(pairs, "same")
    # what only the address or account of one of them held would fall off beside the other's
    said |= dict.fromkeys(_bonds(connection, said, act.number, [*keys, *others]), "same")
    _say(connection, said, act)
    found = _recompute(connection, [*keys, *others], act.at)
    return {"person": found.person_of[keys[0]], "merged": [one, other], "act": act.number}


def split(connection: Connection, person: int, keys: Collection[Key], act: Act) -> dict[str, Any]:
    """Make ``keys`` of a person another person; returns both."""
    person = current(connection, person)
    have = identifiers_of(connection, person)
    missing = [key for key in keys if key not in have]
    if missing:
        # the words are kept with the command: no identifier stands in them
        raise AntiphonError(
            f"{len(missing)} of these are not identifiers of this person.", "The person's page lists theirs."
        )
    leaving = [key for key in have if key in set(keys)]
    staying = [key for key in have if key not in set(keys)]
    if not leaving or not staying:
        raise AntiphonError(
            "Nothing would be split.", "Choose some of the identifiers, and leave at least one where it is."
        )
    said = dict.fromkeys((in_order(*pair) for pair in product(leaving, staying)), "different")
    # what only the other side held together would fall apart
    said |= dict.fromkeys(_bonds(connection, said, act.number, leaving, staying), "same")
    _say(connection, said, act)
    found = _recompute(connection, have, act.at)
    return {"person": found.person_of[staying[0]], "split": found.person_of[leaving[0]], "act": act.number}


def keep_apart(connection: Connection, one: Key, other: Key, act: Act) -> dict[str, Any]:
    """Say that the people behind two identifiers are two, whatever is seen of them; their conflict is settled."""
    known = load_identifiers(connection, (one, other))
    if len(known) < 2:
        if one == other:
            raise AntiphonError("These are one and the same identifier.", "Name one of each of the two people.")
        # the words are kept with the command: no identifier stands in them
        which = "first" if one not in known else "second"
        raise NotFoundError(f"Nobody is known by the {which} identifier.", "The people's pages list theirs.")
    people_of = [known[one].person, known[other].person]
    if people_of[0] == people_of[1]:
        raise AntiphonError("These are one person by now.", "Split them on the person's page.")
    keys, others = (identifiers_of(connection, person) for person in people_of)
    _say(connection, dict.fromkeys((in_order(*pair) for pair in product(keys, others)), "different"), act)
    _recompute(connection, [*keys, *others], act.at)
    return {"people": people_of, "act": act.number}


def dismiss(connection: Connection, pair: Pair) -> dict[str, Any]:
    """Take a conflict off the list. It says nothing of people, and the same evidence is not listed again."""
    both = [pair, pair[::-1]]  # it is listed by one of its ends
    if not connection.execute(people.DROP_CONFLICTS, pair_columns(both)).rowcount:
        raise NotFoundError("This is not on the list of what is left to decide.", "Load the list again.")
    return {"people": sorted({known.person for known in load_identifiers(connection, pair).values()})}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do. ``ended``: the journeys of runs that would end as merged."""

    survivor: int
    goes: int
    ended: tuple[int, ...]


def preview(connection: Connection, one: int, other: int) -> Preview:
    """What merging two people would do; ``NotFoundError`` when one of them is nobody."""
    keys = {person: identifiers_of(connection, person) for person in (one, other)}
    survivor, goes = sorted(keys, key=lambda person: seniority(person, keys[person]))
    ended = merging.colliding_runs(connection, {goes: survivor})
    return Preview(survivor, goes, tuple(run.journey for run in ended))


def undo(connection: Connection, number: int, now: datetime) -> dict[str, Any]:
    """Withdraw what was said in act ``number``; people are again what the other facts say."""
    pairs = [((a, b), (c, d)) for a, b, c, d in connection.execute(people.ACT, {"act": number})]
    if not pairs:
        raise NotFoundError(f"Nothing stands that was said in act {number}.", "It may have been undone already.")
    connection.execute(people.WITHDRAW, {**pair_columns(pairs), "act": number})
    found = _recompute(connection, {key for pair in pairs for key in pair}, now)
    return {"undone": number, "people": sorted({found.person_of[key] for pair in pairs for key in pair})}


def _bonds(connection: Connection, said: Mapping[Pair, str], act: int, *sides: Sequence[Key]) -> Iterator[Pair]:
    """What else must be said to be the same so that each side stays one person."""
    graph = Graph(known=load_identifiers(connection, [key for side in sides for key in side]))
    spread(connection, graph, set(graph.known))
    graph.verdicts |= {pair: Verdict(says == "same", act) for pair, says in said.items()}
    clusters = graph.group(graph.known).clusters
    cluster_of = {key: id(cluster) for cluster in clusters for key in cluster}
    for side in sides:
        first: dict[int, Key] = {}
        for key in side:
            first.setdefault(cluster_of[key], key)
        yield from (in_order(*pair) for pair in pairwise(first.values()))


def _say(connection: Connection, said: dict[Pair, str], act: Act) -> None:
    both = [(each, says) for pair, says in said.items() for each in (pair, pair[::-1])]
    given = {"act": act.number, "at": act.at, "who": act.who, "why": act.why}
    connection.execute(
        people.SAY, {**pair_columns([pair for pair, _ in both]), "says": [says for _, says in both], **given}
    )


def _recompute(connection: Connection, keys: Collection[Key], now: datetime) -> Match:
    state = connection.execute(queries.STATE).one()
    found = rematch(connection, keys, state.next_person, now)
    profiles.write_people(connection, found, ())
    merging.carry_over(connection, found, now)
    holding.write_addresses(connection, found, (), ())
    if found.next_person != state.next_person:
        connection.execute(queries.MOVE_NEXT_PERSON, {"next_person": found.next_person})
    return found


def lock(connection: Connection) -> None:
    """Wait for the resolver's turn: who changes people is alone. Comes before every other lock."""
    connection.execute(queries.WAIT_FOR_RESOLVER)
    connection.execute(queries.RESOLVE_ALONE)
