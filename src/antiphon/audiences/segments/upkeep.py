"""A tick's part for segments: who came into them and who left, by what touched people and by what fell due.

Nobody else is looked at. Only where a definition is new or changed everybody is, some buckets at a time; how far that is
stands in ``segment_bucket``, written with the members themselves, so that it goes on after a crash where it stopped.

A segment that fails is held: its members stay as they are, whatever happens, until it is defined anew or released, which
looks at everybody.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from antiphon.audiences.evaluate import Who, parameters
from antiphon.audiences.segments import queries
from antiphon.audiences.segments.failures import SegmentFailedError, blaming
from antiphon.audiences.segments.known import Known, KnownSegment, load
from antiphon.audiences.touches import EVERYTHING
from antiphon.kit.buckets import hash64
from antiphon.store.keys import Ids, Texts, keys

ENTERED, LEFT = "Segment Entered", "Segment Left"
#: About as many people as one tick looks at, counted once for each segment.
LIMIT = 20_000
#: The fewest whom one statement asks about, if there are so many: a touch of many people is nobody's fault.
_FEWEST = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of it. ``names`` of the events that came of it; ``more``: people are left that are due already."""

    names: frozenset[str] = frozenset()
    looked_at: int = 0
    entered: int = 0
    left: int = 0
    more: bool = False


@dataclass(slots=True)
class _Cause:
    """What touched a person; ``loud``: not history alone, so that journeys may start of it."""

    whats: set[str] = field(default_factory=set)
    loud: bool = False

    def add(self, whats: Iterable[str], *, loud: bool) -> None:
        self.whats.update(whats)
        self.loud = self.loud or loud


@dataclass(slots=True)
class _Causes:
    as_of: datetime
    people: dict[Who, _Cause] = field(default_factory=dict)
    due: dict[int, set[Who]] = field(default_factory=dict)

    def of(self, who: Who) -> _Cause:
        return self.people.setdefault(who, _Cause())


@dataclass(frozen=True, slots=True)
class _Tick:
    buckets: Sequence[int]
    batch: int
    as_of: datetime
    portion: int


class Keeper:
    """Remembers the compiled segments and which buckets follow them; one for each worker."""

    def __init__(self) -> None:
        self._signature = ""
        self._known = Known()
        self._following: set[tuple[int, int, int]] = set()

    def keep(
        self,
        connection: Connection,
        now: datetime,
        buckets: Sequence[int],
        batch: int,
        written_to: Collection[Who] = (),
        limit: int = LIMIT,
    ) -> Kept:
        """Bring members up to date as of ``now``, in the open transaction, which holds the buckets.

        ``batch``: fresh events up to it are told. ``written_to``: people of whom messages were counted as delivered.
        Events of who came and went join ``fresh`` under ``batch``, so that this very tick reacts to them.

        Raises ``SegmentFailedError``: the transaction is to be given up, and the segment to be held (``hold``).
        """
        look = connection.execute(queries.LOOK, {"buckets": keys(buckets)}).one()
        if look.signature != self._signature:
            self._known, self._signature = load(connection), look.signature
        if not self._known.segments:
            return Kept()
        for segment in self._known.segments:
            if segment.fault:
                raise segment.failed("definition", segment.fault)
        causes = self._causes(connection, now, buckets, batch, written_to, limit, touched=look.touched)
        tick = _Tick(buckets, batch, causes.as_of, max(limit, _FEWEST))
        behind, more = self._behind(connection, buckets, limit)
        done = Counter[str]()
        for segment in self._known.segments:
            whole = behind.get(segment.id, [])
            if segment.held:
                # nobody is looked at when it is released but everybody, so that nobody need be remembered
                _forget(connection, segment, causes.due.get(segment.id, ()))
            else:
                self._bring_up(connection, tick, segment, causes, whole, done)
        full = sum(map(len, causes.due.values())) >= limit
        names = frozenset(name for name in (ENTERED, LEFT) if done[name])
        return Kept(names, done["looked at"], done[ENTERED], done[LEFT], more or full)

    def next_due(self, connection: Connection, buckets: Sequence[int]) -> datetime | None:
        """When the next truth is no longer good; None while there is none."""
        if not self._known.segments:
            return None
        found: datetime | None = connection.execute(queries.NEXT_DUE, {"buckets": keys(buckets)}).scalar_one()
        return found

    def _causes(
        self,
        connection: Connection,
        now: datetime,
        buckets: Sequence[int],
        batch: int,
        written_to: Collection[Who],
        limit: int,
        *,
        touched: bool,
    ) -> _Causes:
        causes = _Causes(now)
        if touched:
            for bucket, person, what, quiet in connection.execute(queries.TAKE_TOUCHED, {"buckets": keys(buckets)}):
                causes.of((bucket, person)).add((what,), loud=not quiet)
        for who in written_to:
            causes.of(who).add(("engagement",), loud=True)
        events = self._known.events or {}
        if events:
            given = {"buckets": keys(buckets), "batch": batch, "names": Texts(sorted(events))}
            for bucket, person, name, quiet, newest in connection.execute(queries.FRESH, given):
                causes.of((bucket, person)).add(events[name], loud=not quiet)
                # another worker's clock may be ahead of this one's: what is told now has happened now
                causes.as_of = max(causes.as_of, newest)
        for bucket, segment, person in connection.execute(
            queries.DUE, {"buckets": keys(buckets), "now": causes.as_of, "limit": limit}
        ):
            causes.due.setdefault(segment, set()).add((bucket, person))
        return causes

    def _behind(self, connection: Connection, buckets: Sequence[int], limit: int) -> tuple[dict[int, list[int]], bool]:
        """Segment → buckets of which everybody is looked at now; and whether others are left."""
        wanted = {(bucket, one.id, one.revision) for bucket in buckets for one in self._known.segments if not one.held}
        if wanted - self._following:
            rows = connection.execute(queries.FOLLOWING, {"buckets": keys(buckets)})
            self._following |= {(row.bucket, row.segment, row.revision) for row in rows}
        left: dict[int, list[int]] = {}
        for bucket, segment, _ in sorted(wanted - self._following):
            left.setdefault(bucket, []).append(segment)
        if not left:
            return {}, False
        people = {row.bucket: row.n for row in connection.execute(queries.PEOPLE_OF, {"buckets": keys(list(left))})}
        chosen: dict[int, list[int]] = {}
        total = 0
        for place, (bucket, segments) in enumerate(left.items()):
            total += people.get(bucket, 0) * len(segments)
            if total > limit and place:
                return chosen, True
            for segment in segments:
                chosen.setdefault(segment, []).append(bucket)
        return chosen, False

    def _bring_up(
        self,
        connection: Connection,
        tick: _Tick,
        segment: KnownSegment,
        causes: _Causes,
        whole: Sequence[int],
        done: Counter[str],
    ) -> None:
        loud: dict[Who, bool] = {}
        rows: list[Any] = []
        if segment.live:
            asked = _asked(segment, causes, frozenset(whole))
            if asked:
                loud = asked
                rows += _told_of(connection, tick, segment, list(asked))
        if whole:
            with blaming(segment.id, segment.name, segment.revision, "looking at everybody"):
                rows += connection.execute(segment.every, {"buckets": keys(whole), "now": tick.as_of}).all()
            given = {"segment": segment.id, "revision": segment.revision, "buckets": keys(whole)}
            connection.execute(queries.FOLLOW, given)
        done["looked at"] += len(rows)
        changes = _Changes(connection, tick, segment, loud)
        changes.write(rows, done)
        for who in changes.changed:
            causes.of(who).add((f"segment:{segment.name}",), loud=loud.get(who, False))


def _told_of(connection: Connection, tick: _Tick, segment: KnownSegment, asked: Sequence[Who]) -> list[Any]:
    rows: list[Any] = []
    with blaming(segment.id, segment.name, segment.revision, "looking at who was touched"):
        for start in range(0, len(asked), tick.portion):
            some = parameters(asked[start : start + tick.portion])
            rows += connection.execute(segment.some, {**some, "now": tick.as_of}).all()
    return rows


def _forget(connection: Connection, segment: KnownSegment, due: Collection[Who]) -> None:
    if due:
        connection.execute(queries.DROP_DUE, {**_people(sorted(due)), "segment": segment.id})


def hold(connection: Connection, failure: SegmentFailedError, now: datetime) -> None:
    """Have a segment that failed stand still, in a transaction of its own."""
    connection.execute(
        queries.HOLD,
        {
            "segment": failure.segment,
            "revision": failure.revision,
            "now": now,
            "error": f"{failure.where}: {failure.words}".replace("\0", ""),
        },
    )


def _asked(segment: KnownSegment, causes: _Causes, built: frozenset[int]) -> dict[Who, bool]:
    """Whom to look at, and whether journeys may start of what comes of it."""
    asked = {
        who: cause.loud
        for who, cause in causes.people.items()
        if who[0] not in built and not (cause.whats.isdisjoint(segment.touches) and cause.whats.isdisjoint(EVERYTHING))
    }
    asked.update((who, True) for who in causes.due.get(segment.id, ()) if who[0] not in built)
    return asked


@dataclass(slots=True)
class _Changes:
    """What is written of one segment."""

    connection: Connection
    tick: _Tick
    segment: KnownSegment
    loud: Mapping[Who, bool]
    changed: list[Who] = field(default_factory=list)

    def write(self, rows: Iterable[Any], done: Counter[str]) -> None:
        entered: list[Who] = []
        left: list[Who] = []
        turns: dict[Who, datetime] = {}
        never: list[Who] = []
        for bucket, person, truth, until, since, due in rows:
            who = (bucket, person)
            if truth != (since is not None):
                (entered if truth else left).append(who)
            if until is None and due is not None:
                never.append(who)
            elif until != due:
                turns[who] = until
        self._wait(turns, never)
        if entered:
            self.connection.execute(queries.ADD_MEMBERS, {**_people(entered), **self._here()})
            self._tell(ENTERED, entered)
        if left:
            self.connection.execute(queries.DROP_MEMBERS, {**_people(left), "segment": self.segment.id})
            self._tell(LEFT, left)
        done[ENTERED] += len(entered)
        done[LEFT] += len(left)
        self.changed = entered + left
        if self.changed:
            self._count(entered, left)

    def _here(self) -> dict[str, Any]:
        return {"segment": self.segment.id, "now": self.tick.as_of}

    def _wait(self, turns: Mapping[Who, datetime], never: Sequence[Who]) -> None:
        if turns:
            given = {
                **_people(list(turns)),
                "segment": self.segment.id,
                "ats": [at.isoformat() for at in turns.values()],
            }
            self.connection.execute(queries.SET_DUE, given)
        if never:
            self.connection.execute(queries.DROP_DUE, {**_people(never), "segment": self.segment.id})

    def _tell(self, name: str, people: Sequence[Who]) -> None:
        now = self.tick.as_of
        moment = now.isoformat()
        given = {
            **_people(people),
            "ids": Ids(hash64(f"segment|{self.segment.id}|{name}|{person}|{moment}") for _, person in people),
            "quiets": Texts("f" if self.loud.get(who) else "t" for who in people),
            "name": name,
            "now": now,
        }
        props = Jsonb({"segment": self.segment.name, "title": self.segment.title})
        self.connection.execute(queries.EVENTS, {**given, "props": props})
        self.connection.execute(queries.EVENTS_FRESH, {**given, "batch": self.tick.batch})
        self.connection.execute(queries.COUNT_EVENTS, {**_people(people), "name": name, "now": now})

    def _count(self, entered: Sequence[Who], left: Sequence[Who]) -> None:
        came, went = (Counter(bucket for bucket, _ in people) for people in (entered, left))
        buckets = sorted(came.keys() | went.keys())
        given = {"segment": self.segment.id, "buckets": keys(buckets)}
        figures = {"entered": [came[b] for b in buckets], "gone": [went[b] for b in buckets]}
        self.connection.execute(queries.FLOW, {**given, **figures, "day": self.tick.as_of.date()})
        self.connection.execute(queries.COUNT_MEMBERS, {**given, "ns": [came[b] - went[b] for b in buckets]})


def _people(people: Sequence[Who]) -> dict[str, Any]:
    return {"buckets": keys([bucket for bucket, _ in people]), "people": Ids(person for _, person in people)}
