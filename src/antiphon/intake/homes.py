"""Which person lives on in which group of identifiers: the elder, or whoever had been merged and parts again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.intake.graph import Graph
from antiphon.people import queries
from antiphon.people.grouping import Grouping, Pair, rank, strongest_first
from antiphon.people.identifiers import DEVICE, Key

Cluster = list[Key]


@dataclass(frozen=True, slots=True)
class Split:
    """An identifier that leaves a person who lives on, or goes another way than the rest of a merged one."""

    key: Key
    from_person: int
    to_person: int


@dataclass(frozen=True, slots=True)
class Revived:
    """Somebody who was merged and whose identifiers part again: the same person as before."""

    die: int
    from_person: int
    #: Who had been merged into them before they were merged, and comes along.
    followers: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Match:
    """Who is who after this batch. ``merges`` maps a person's id to the one that takes everything over."""

    next_person: int
    person_of: dict[Key, int] = field(default_factory=dict)
    new_people: dict[int, Key] = field(default_factory=dict)
    merges: dict[int, int] = field(default_factory=dict)
    #: The strongest identifier of each who is merged.
    strongest: dict[int, Key] = field(default_factory=dict)
    splits: list[Split] = field(default_factory=list)
    #: Those of ``new_people`` who existed before under the same id.
    revived: dict[int, Revived] = field(default_factory=dict)
    #: All addresses that the people of ``splits`` hold now, with since when: their own, and those given with theirs.
    holdings: dict[tuple[int, Key], datetime] = field(default_factory=dict)
    #: Edges between identifiers that a human keeps apart: neither end's address is the other's.
    apart: set[Pair] = field(default_factory=set)


def seniority(person: int, keys: Iterable[Key]) -> tuple[bool, int]:
    """Sort key of people who come together: the first one lives on."""
    return all(rank(kind) == rank(DEVICE) for kind, _ in keys), person


def take_people(connection: Connection, result: Match, grouping: Grouping, graph: Graph) -> dict[int, int]:
    """The person of each cluster that has one, by the cluster's ``id()``; fills ``result.merges`` and ``.revived``.

    A person is at home in the cluster of their strongest identifier, those set aside that others brought along who part
    from them again. Of several at home in one, whoever has more than devices goes before, then the elder (the lower
    serial); the others are merged into that one.
    """
    keys_of: defaultdict[int, list[Key]] = defaultdict(list)
    cluster_of: dict[Key, Cluster] = {}
    for cluster in grouping.clusters:
        for key in cluster:
            cluster_of[key] = cluster
            if key in graph.known:
                keys_of[graph.known[key].person].append(key)
    parting = _parting(connection, keys_of, cluster_of)
    at_home: defaultdict[int, list[int]] = defaultdict(list)
    for person, keys in keys_of.items():
        own = keys
        if person in parting:
            own = [key for key in keys if id(cluster_of[key]) not in parting[person]] or keys
        at_home[id(cluster_of[min(own, key=strongest_first)])].append(person)
    taken: dict[int, int] = {}
    for cluster_id, people in at_home.items():
        elder, *others = sorted(people, key=lambda person: seniority(person, keys_of[person]))
        taken[cluster_id] = elder
        for other in others:
            result.merges[other] = elder
            result.strongest[other] = min(keys_of[other], key=strongest_first)
            result.strongest.setdefault(elder, min(keys_of[elder], key=strongest_first))
    _revive(result, parting, taken)
    return taken


def _parting(
    connection: Connection, keys_of: Mapping[int, Sequence[Key]], cluster_of: Mapping[Key, Cluster]
) -> dict[int, dict[int, list[Row[Any]]]]:
    """Of people whose identifiers do not all stay together: by person and cluster, who parts from them again.

    Somebody does whose strongest identifier, as it was when they were merged, is not where the other's strongest is.
    The newest comes first: whoever was merged into them before comes along.
    """
    torn = [person for person, keys in keys_of.items() if len({id(cluster_of[key]) for key in keys}) > 1]
    found: dict[int, dict[int, list[Row[Any]]]] = {}
    if not torn:
        return found
    for row in connection.execute(queries.MERGED_INTO, {"people": torn}).all():
        theirs, others = cluster_of.get((row.kind, row.value)), cluster_of.get((row.other_kind, row.other_value))
        if theirs is None:
            continue
        places = found.setdefault(row.to_person, {})
        if id(theirs) in places or theirs is not others:
            places.setdefault(id(theirs), []).append(row)
    return found


def _revive(result: Match, parting: Mapping[int, Mapping[int, Sequence[Row[Any]]]], taken: dict[int, int]) -> None:
    for places in parting.values():
        for cluster_id, (first, *others) in places.items():
            if cluster_id in taken:
                continue
            taken[cluster_id] = first.person
            result.new_people[first.person] = (first.kind, first.value)
            result.revived[first.person] = Revived(first.die, first.to_person, [row.person for row in others])
