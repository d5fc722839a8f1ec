"""People as a pure function of facts: which identifiers belong to one person.

What people decided goes first, the newest before the older; then shared identifiers lose their power to join; then edges
are taken by strength, time and value, and an edge that would join what must not be joined is refused (design section 5).
The order in which facts came in plays no part.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from antiphon.people.identifiers import CUSTOMER, DEVICE, EMAIL, PHONE, Key

#: More than so many people (customer ids, emails or phones) behind one identifier: it is a shared one.
SHARED_ABOVE = 5
#: Identifiers of one person, its devices not counted: browsers make new device ids for the same person every week.
CLUSTER_LIMIT = 20
DEVICE_LIMIT = 200
#: A number that was silent for longer may have been given to somebody else: it joins nobody over such a gap.
RECYCLED_AFTER = timedelta(days=180)

Pair = tuple[Key, Key]

_RANK = {CUSTOMER: 0, EMAIL: 3, PHONE: 4, DEVICE: 9}
_VERIFIED_RANK = {EMAIL: 1, PHONE: 2}
_THIRD_PARTY = 5

#: Why an edge was refused.
HUMAN = "kept apart by hand"
SHARED = "shared"
RECYCLED = "number silent for 180 days"


class Seen(NamedTuple):
    """When two identifiers were seen together. ``verified_at``: first with proof that the address is theirs."""

    first_at: datetime
    last_at: datetime  # of the newest day on which they were, its first instant
    verified_at: datetime | None = None

    def joined(self, other: "Seen") -> "Seen":
        """Both sightings as one."""
        proofs = [at for at in (self.verified_at, other.verified_at) if at is not None]
        return Seen(
            min(self.first_at, other.first_at), max(self.last_at, other.last_at), min(proofs) if proofs else None
        )


class Verdict(NamedTuple):
    """What a human said of two identifiers. ``act`` numbers what was said at once; of one pair the newest act counts."""

    same: bool
    act: int


def day_of(at: datetime) -> datetime:
    """The first instant of the UTC day: as exactly as it is kept when two identifiers were last seen together."""
    at = at.astimezone(UTC)
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def rank(kind: str) -> int:
    """How strongly a kind points at one person; 0 is the strongest."""
    return _RANK.get(kind, _THIRD_PARTY)


def strongest_first(key: Key) -> tuple[int, str, str]:
    """Sort key of identifiers: strength, then value."""
    return rank(key[0]), key[0], key[1]


def in_order(one: Key, other: Key) -> Pair:
    """Two identifiers as the pair that they are always written as."""
    return (one, other) if one < other else (other, one)


@dataclass(frozen=True, slots=True)
class Grouping:
    """``clusters`` holds every identifier once; ``refused`` the edges that were not followed, with the reason.

    ``looked_at`` are all edges; ``shared`` the identifiers that join nobody.
    """

    clusters: list[list[Key]]
    refused: dict[Pair, str]
    shared: set[Key]
    looked_at: Mapping[Pair, Seen]


class _Cluster:
    """A plain class: batches make tens of thousands of them."""

    __slots__ = ("customer", "devices", "emails", "keys", "phones")

    def __init__(self, key: Key) -> None:
        kind, value = key
        self.keys = [key]
        self.customer = value if kind == CUSTOMER else None
        self.emails = 1 if kind == EMAIL else 0
        self.devices = 1 if kind == DEVICE else 0
        #: by number, when it was seen with others of the cluster
        self.phones: dict[Key, list[Seen]] = {}


def shared_identifiers(pairs: Collection[Pair]) -> set[Key]:
    """Identifiers that stand beside too many people to say anything about one. Each pair is named once."""
    ends = Counter(key for pair in pairs for key in pair)
    busy = {key for key, n in ends.items() if n > SHARED_ABOVE}  # almost everybody stops here
    if not busy:
        return busy
    kinds = Counter((a, b[0]) for pair in pairs for a, b in (pair, pair[::-1]) if a in busy)
    return {key for (key, kind), n in kinds.items() if n > (DEVICE_LIMIT if kind == DEVICE else SHARED_ABOVE)}


def group(
    nodes: Iterable[Key],
    edges: Mapping[Pair, Seen],
    shared: Iterable[Key] = (),
    verdicts: Mapping[Pair, Verdict] | None = None,
) -> Grouping:
    """Cluster ``nodes`` by ``edges``: pair of identifiers → when they were seen together.

    ``shared`` names identifiers already known as shared, whose other edges are not among ``edges``. ``verdicts`` may name
    pairs that were never seen together.
    """
    verdicts = verdicts or {}
    barred = shared_identifiers(edges) | set(shared)
    cluster_of = {key: _Cluster(key) for pairs in (edges, verdicts) for pair in pairs for key in pair}
    for key in nodes:
        cluster_of.setdefault(key, _Cluster(key))
    apart = _kept_apart(verdicts)
    for _, pair in sorted((-each.act, pair) for pair, each in verdicts.items() if each.same):
        one, other = cluster_of[pair[0]], cluster_of[pair[1]]
        if one is not other and not _opposed(apart, one, other):
            _join(cluster_of, one, other)
    refused: dict[Pair, str] = {}
    for *_, pair, seen in sorted((*_strength(pair, seen), pair, seen) for pair, seen in edges.items()):
        one, other = cluster_of[pair[0]], cluster_of[pair[1]]
        if one is not other:
            if reason := _objection(pair, seen, one, other, barred, apart):
                refused[pair] = reason
                continue
            one = _join(cluster_of, one, other)
        for key in pair:
            if key[0] == PHONE:
                one.phones.setdefault(key, []).append(seen)
    unique = {id(cluster): cluster for cluster in cluster_of.values()}
    return Grouping([cluster.keys for cluster in unique.values()], refused, barred, edges)


def _kept_apart(verdicts: Mapping[Pair, Verdict]) -> dict[Key, set[Key]]:
    apart: defaultdict[Key, set[Key]] = defaultdict(set)
    for (one, other), verdict in verdicts.items():
        if not verdict.same:
            apart[one].add(other)
            apart[other].add(one)
    return dict(apart)


def _opposed(apart: Mapping[Key, set[Key]], one: _Cluster, other: _Cluster) -> bool:
    if not apart:
        return False
    small, large = (one, other) if len(one.keys) < len(other.keys) else (other, one)
    return any(key in apart and not apart[key].isdisjoint(large.keys) for key in small.keys)


def _strength(pair: Pair, seen: Seen) -> tuple[int, int, datetime]:
    """By the stronger end, then the weaker, then since when: customer id > verified > typed address > third party > device."""
    (one, _), (other, _) = pair
    verified = seen.verified_at is not None
    a = _VERIFIED_RANK.get(one, rank(one)) if verified else rank(one)
    b = _VERIFIED_RANK.get(other, rank(other)) if verified else rank(other)
    return min(a, b), max(a, b), seen.verified_at or seen.first_at


def _objection(
    pair: Pair, seen: Seen, one: _Cluster, other: _Cluster, barred: set[Key], apart: Mapping[Key, set[Key]]
) -> str:
    """Why the edge must not join the two clusters; empty when it may."""
    if _opposed(apart, one, other):
        return HUMAN
    if pair[0] in barred or pair[1] in barred:
        return SHARED
    return _two_people(pair, one, other) or _recycled(pair, seen, one, other) or _too_many(one, other)


def _two_people(pair: Pair, one: _Cluster, other: _Cluster) -> str:
    if one.customer and other.customer:
        return "two customer ids"
    weaker = max(pair, key=strongest_first)[0]
    return f"two emails by {weaker} alone" if one.emails and other.emails and weaker in {PHONE, DEVICE} else ""


def _recycled(pair: Pair, seen: Seen, one: _Cluster, other: _Cluster) -> str:
    for key, cluster in zip(pair, (one, other), strict=True):
        if (known := cluster.phones.get(key)) and not any(_near(seen, each) for each in known):
            return RECYCLED
    return ""


def _too_many(one: _Cluster, other: _Cluster) -> str:
    devices = one.devices + other.devices
    over = devices > DEVICE_LIMIT or len(one.keys) + len(other.keys) - devices > CLUSTER_LIMIT
    return "too many identifiers" if over else ""


def _near(one: Seen, other: Seen) -> bool:
    return max(one.first_at, other.first_at) - min(one.last_at, other.last_at) <= RECYCLED_AFTER


def _join(cluster_of: dict[Key, _Cluster], one: _Cluster, other: _Cluster) -> _Cluster:
    large, small = (one, other) if len(one.keys) >= len(other.keys) else (other, one)
    large.keys.extend(small.keys)
    large.customer = large.customer or small.customer
    large.emails += small.emails
    large.devices += small.devices
    large.phones |= small.phones  # a number stands in one cluster only
    for key in small.keys:
        cluster_of[key] = large
    return large
