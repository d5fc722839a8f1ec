"""The segments that there are, compiled: read again when one was added or changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, literal, select

from antiphon.audiences.check import segments_of
from antiphon.audiences.compiler import touched_by
from antiphon.audiences.evaluate import evaluate
from antiphon.audiences.models import Condition
from antiphon.audiences.segments import queries
from antiphon.audiences.segments.failures import SegmentFailedError
from antiphon.audiences.segments.models import NOBODY, stored
from antiphon.audiences.tables import segment_due, segment_member
from antiphon.kit.errors import AntiphonError
from antiphon.people.counted import ACTS, RELATIONS, VALUED, VISITS
from antiphon.store.schema import Instant

_NOW = bindparam("now", type_=Instant)
_EVENT = "event:"
#: What the tick counts of events, by what touches conditions.
_COUNTED = {
    "engagement": frozenset((*ACTS, *VISITS, *VALUED)),
    "person_product": frozenset(RELATIONS),
}


@dataclass(frozen=True, slots=True)
class KnownSegment:
    """``some`` and ``every`` tell of given people, or of whole buckets: bucket, person, truth, until, since, due.

    ``held``: it failed, and its members stay as they are; ``fault``: its definition cannot be read, and it is not held yet.
    """

    id: int
    name: str
    title: str
    revision: int
    live: bool
    touches: frozenset[str]
    uses: frozenset[str]
    some: Select[Any]
    every: Select[Any]
    held: bool = False
    fault: str = ""

    def failed(self, where: str, words: str) -> SegmentFailedError:
        return SegmentFailedError(self.id, self.name, self.revision, where, words)


@dataclass(frozen=True, slots=True)
class Known:
    """All segments, each behind those that it asks about. ``events``: names that any of them must hear of."""

    segments: tuple[KnownSegment, ...] = ()
    events: Mapping[str, frozenset[str]] | None = None


def load(connection: Connection) -> Known:
    """Every segment, archived ones too: those hold for nobody. One that cannot be read says so and stops no other."""
    found = [_compiled(row) for row in connection.execute(queries.SEGMENTS)]
    return Known(tuple(in_order(found)), _events(found))


def _compiled(row: Any) -> KnownSegment:
    held = row.held_at is not None
    nobody = _of(row, NOBODY, held=held)
    if held or not nobody.live:
        return nobody
    try:
        return _of(row, stored(row.definition).who)
    except (AntiphonError, ValueError) as error:  # of another release, or written past this program
        return replace(nobody, fault=error.what if isinstance(error, AntiphonError) else str(error))


def _of(row: Any, condition: Condition, *, held: bool = False) -> KnownSegment:
    return KnownSegment(
        row.id,
        row.name,
        row.title,
        row.revision,
        row.state == "live",
        frozenset(touched_by(condition)),
        frozenset(segments_of(condition)),
        _told(row.id, evaluate(condition, _NOW, given=True)),
        _told(row.id, evaluate(condition, _NOW)),
        held,
    )


def _told(number: int, asked: Select[Any]) -> Select[Any]:
    """With what is kept of each person beside what holds now, so that only what differs is written."""
    told = asked.selected_columns
    member, due = segment_member.alias("was"), segment_due.alias("waits")
    kept = [
        select(column)
        .where(table.c.bucket == told.bucket, table.c.segment == number, table.c.person == told.person)
        .correlate_except(table)
        .scalar_subquery()
        for table, column in ((member, member.c.since), (due, due.c.at))
    ]
    never = literal("infinity").cast(Instant)
    until = func.nullif(told.valid_until, never)
    return asked.with_only_columns(told.bucket, told.person, told.truth, until, *kept)


def in_order(found: Iterable[KnownSegment]) -> list[KnownSegment]:
    """Each behind those that it asks about; there are no rings (``check.check_segment``)."""
    left = {one.name: one for one in found}
    ordered: list[KnownSegment] = []
    while left:
        ready = [one for one in left.values() if left.keys().isdisjoint(one.uses - {one.name})]
        # a ring would come from elsewhere than this program
        ordered += [left.pop(one.name) for one in ready or list(left.values())]
    return ordered


def _events(found: Iterable[KnownSegment]) -> dict[str, frozenset[str]]:
    """Names of events → what each touches, for those that touch anything."""
    touches = frozenset().union(*(one.touches for one in found))
    names = {touch.removeprefix(_EVENT) for touch in touches if touch.startswith(_EVENT)}
    names |= {name for what, counted in _COUNTED.items() if what in touches for name in counted}
    return {
        name: frozenset({_EVENT + name, *(what for what, counted in _COUNTED.items() if name in counted)}) & touches
        for name in names
    }
