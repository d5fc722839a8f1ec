"""People as a pure function of facts: which identifiers belong to one person.

Shared identifiers lose their power to join first; then edges are taken by strength, time and value, and an edge that
would join what must not be joined is refused (design section 5). The order in which facts came in plays no part.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from antiphon.people.identifiers import CUSTOMER, DEVICE, EMAIL, PHONE, Key

#: More than so many people (customer ids, emails or phones) behind one identifier: it is a shared one.
SHARED_ABOVE = 5
#: Identifiers of one person, its devices not counted: browsers make new device ids for the same person every week.
CLUSTER_LIMIT = 20
DEVICE_LIMIT = 200

Pair = tuple[Key, Key]

_RANK = {CUSTOMER: 0, EMAIL: 1, PHONE: 2, DEVICE: 9}
_THIRD_PARTY = 3


def rank(kind: str) -> int:
    """How strongly a kind points at one person; 0 is the strongest."""
    return _RANK.get(kind, _THIRD_PARTY)


def strongest_first(key: Key) -> tuple[int, str, str]:
    """Sort key of identifiers: strength, then value."""
    return rank(key[0]), key[0], key[1]


@dataclass(frozen=True, slots=True)
class Grouping:
    """``clusters`` holds every identifier once; ``refused`` the edges that were not followed, with the reason."""

    clusters: list[list[Key]]
    refused: dict[Pair, str]
    shared: set[Key]


class _Cluster:
    """A plain class: batches make tens of thousands of them."""

    __slots__ = ("customer", "devices", "emails", "keys")

    def __init__(self, key: Key) -> None:
        kind, value = key
        self.keys = [key]
        self.customer = value if kind == CUSTOMER else None
        self.emails = 1 if kind == EMAIL else 0
        self.devices = 1 if kind == DEVICE else 0


def shared_identifiers(pairs: Collection[Pair]) -> set[Key]:
    """Identifiers that stand beside too many people to say anything about one. Each pair is named once."""
    ends = Counter(key for pair in pairs for key in pair)
    busy = {key for key, n in ends.items() if n > SHARED_ABOVE}  # almost everybody stops here
    if not busy:
        return busy
    kinds = Counter((a, b[0]) for pair in pairs for a, b in (pair, pair[::-1]) if a in busy)
    return {key for (key, kind), n in kinds.items() if n > (DEVICE_LIMIT if kind == DEVICE else SHARED_ABOVE)}


def group(nodes: Iterable[Key], edges: Mapping[Pair, datetime], shared: Iterable[Key] = ()) -> Grouping:
    """Cluster ``nodes`` by ``edges`` (pair of identifiers → when they were first seen together).

    ``shared`` names identifiers already known as shared, whose other edges are not among ``edges``.
    """
    barred = shared_identifiers(edges) | set(shared)
    cluster_of = {key: _Cluster(key) for pair in edges for key in pair}
    for key in nodes:
        cluster_of.setdefault(key, _Cluster(key))
    refused: dict[Pair, str] = {}
    for *_, pair in sorted((*_strength(pair), at, pair) for pair, at in edges.items()):
        if pair[0] in barred or pair[1] in barred:
            refused[pair] = "shared"
            continue
        one, other = cluster_of[pair[0]], cluster_of[pair[1]]
        if one is other:
            continue
        if reason := _objection(pair, one, other):
            refused[pair] = reason
            continue
        _join(cluster_of, one, other)
    unique = {id(cluster): cluster for cluster in cluster_of.values()}
    return Grouping([cluster.keys for cluster in unique.values()], refused, barred)


def _strength(pair: Pair) -> tuple[int, int]:
    """By the stronger end, then by the weaker: customer id > typed address > third party > device."""
    one, other = rank(pair[0][0]), rank(pair[1][0])
    return (one, other) if one <= other else (other, one)


def _objection(pair: Pair, one: _Cluster, other: _Cluster) -> str:
    """Why the edge must not join the two clusters; empty when it may."""
    if one.customer and other.customer:
        return "two customer ids"
    weaker = max(pair, key=strongest_first)[0]
    if one.emails and other.emails and weaker in {PHONE, DEVICE}:
        return f"two emails by {weaker} alone"
    devices = one.devices + other.devices
    if devices > DEVICE_LIMIT or len(one.keys) + len(other.keys) - devices > CLUSTER_LIMIT:
        return "too many identifiers"
    return ""


def _join(cluster_of: dict[Key, _Cluster], one: _Cluster, other: _Cluster) -> None:
    large, small = (one, other) if len(one.keys) >= len(other.keys) else (other, one)
    large.keys.extend(small.keys)
    large.customer = large.customer or small.customer
    large.emails += small.emails
    large.devices += small.devices
    for key in small.keys:
        cluster_of[key] = large
