"""``date``: what time it is, for everybody or on the person's own clock.

Local time comes from ``zone_span``. Inside a span the offset is constant, so the next local boundary is plain arithmetic; at
the end of the span it is asked again.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    extract,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array

from antiphon.audiences.compiler.base import FOREVER, KINDS, YES, Compiled, Kind, Scope, earliest, if_later
from antiphon.audiences.filters import text_of
from antiphon.audiences.models import DateCondition
from antiphon.audiences.models.dates import WEEKDAYS
from antiphon.audiences.words import one_of
from antiphon.people.tables import person
from antiphon.store.schema import Instant
from antiphon.store.tables import brand, zone_span

_DAY = 86400
#: 1 January 1970 was a Thursday.
_THURSDAY = 3
_EPOCH: ColumnElement[Any] = literal_column("date '1970-01-01'", Date)
_BEGINNING: ColumnElement[Any] = literal_column("timestamptz '1970-01-01 00:00:00+00'", Instant)
#: Month and day of what a trait says; what follows the day is ignored.
_MONTH_AND_DAY = r"^(?:\d{4}-|--)?((?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?!\d)"


def _compile(condition: DateCondition, scope: Scope) -> Compiled:
    if condition.anniversary is not None:
        return _anniversary(condition, scope)
    return _local(condition, scope) if condition.local else _instant(condition, scope)


def _instant(condition: DateCondition, scope: Scope) -> Compiled:
    truth, turns = YES, []
    if condition.after is not None:
        turns.append(literal(condition.after, Instant))
        truth = and_(truth, scope.as_of >= turns[-1])
    if condition.before is not None:
        turns.append(literal(condition.before, Instant))
        truth = and_(truth, scope.as_of < turns[-1])
    until = earliest(*(if_later(turn, scope) for turn in turns))
    return Compiled(truth, until, func.jsonb_build_object("date", scope.as_of))


class _Clock:
    """The person's wall clock at the instant: ``day`` days since 1970, ``rest`` seconds of it; ``traits`` beside it."""

    def __init__(self, scope: Scope) -> None:
        self._span = zone_span.alias()
        ours = (
            brand.alias()
        )  # joined, not asked for aside: a cluster takes no question in a question about a reference table
        mine: FromClause = person.alias() if scope.row is None else scope.row
        self.traits = mine.c.traits
        self._holds = [
            self._span.c.zone == func.coalesce(mine.c.zone, ours.c.zone),
            self._span.c.from_utc <= scope.as_of,
            self._span.c.to_utc > scope.as_of,
        ]
        self._from: FromClause = ours.join(self._span, ours.c.id == 1)
        if scope.row is None:
            self._from = mine.join(ours, ours.c.id == 1).join(self._span, self._holds.pop(0))
            self._holds += [mine.c.bucket == scope.bucket, mine.c.id == scope.person]
        # by way of an interval: of an instant it depends on settings by its declaration, which no cluster takes in a FROM
        local = self.once(
            cast(func.floor(extract("epoch", scope.as_of - _BEGINNING)), BigInteger) + self._span.c.utc_offset
        )
        self.day, self.rest = local // _DAY, local % _DAY

    def once(self, what: ColumnElement[Any]) -> ColumnElement[Any]:
        """A value that is worked out once, however often it is used: the planner would copy an expression."""
        held = func.unnest(array([what])).table_valued(column("it", what.type)).render_derived().lateral()
        self._from = self._from.join(held, true())
        return held.c.it

    def select(self, what: ColumnElement[Any]) -> ColumnElement[Any]:
        found: Select[Any] = select(what).select_from(self._from).where(*self._holds)
        return found.scalar_subquery()

    def instant(self, local: ColumnElement[Any]) -> ColumnElement[Any]:
        """When the clock will show it, in seconds since 1970, by the offset of now; or when the offset changes."""
        shown = func.to_timestamp(local - self._span.c.utc_offset, type_=Instant)
        return func.least(shown, self._span.c.to_utc, type_=Instant)


def _local(condition: DateCondition, scope: Scope) -> Compiled:
    clock = _Clock(scope)
    weekday = (clock.day + _THURSDAY) % 7
    truth, turns = YES, []
    if condition.weekdays is not None:
        truth = and_(truth, weekday.in_([WEEKDAYS.index(day) for day in condition.weekdays]))
        turns.append(0)
    if condition.from_hour is not None and condition.until_hour is not None:
        start, end = _seconds(condition.from_hour), _seconds(condition.until_hour)
        begun, going = clock.rest >= start, clock.rest < end
        truth = and_(truth, (begun & going) if start < end else (begun | going))
        turns += [start, end]
    midnight = clock.day * _DAY
    nexts = [midnight + turn + case((clock.rest >= turn, _DAY), else_=0) for turn in turns]
    until = clock.select(clock.instant(func.least(*nexts)))
    said = func.jsonb_build_object("weekday", weekday + 1, "second_of_day", clock.rest)
    return Compiled(
        func.coalesce(clock.select(truth), False),
        func.coalesce(until, FOREVER),
        func.jsonb_build_object("local", clock.select(said)),
    )


def _seconds(clock: str) -> int:
    hours, minutes = map(int, clock.split(":"))
    return hours * 3600 + minutes * 60


def _anniversary(condition: DateCondition, scope: Scope) -> Compiled:
    assert condition.anniversary is not None
    assert condition.within is not None
    clock, ahead = _Clock(scope), condition.within.days
    said = text_of(clock.traits, condition.anniversary)
    day_of_year = clock.once(func.substring(said, _MONTH_AND_DAY, type_=Text))
    today = clock.once(_EPOCH + cast(clock.day, Integer))
    month, day = cast(func.left(day_of_year, 2), Integer), cast(func.right(day_of_year, 2), Integer)
    left = clock.once(_days_until(today, month, day))
    # the midnight at which it is near enough, or the one that ends it
    turn = case((left > ahead, clock.day + left - ahead), else_=clock.day + left + 1)
    return Compiled(
        func.coalesce(clock.select(left <= ahead), False),
        func.coalesce(clock.select(case((day_of_year.is_not(None), clock.instant(turn * _DAY)))), FOREVER),
        func.jsonb_build_object(
            "anniversary", condition.anniversary, "value", clock.select(said), "days", clock.select(left)
        ),
    )


def _days_until(today: ColumnElement[Any], month: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whole days from today to the next such day, 0 on the day. 29 February is 1 March in years that lack it."""
    year = cast(extract("year", today), Integer)

    def from_today(which: ColumnElement[Any]) -> ColumnElement[Any]:
        first = func.make_date(which, month, 1, type_=Date)
        return cast(first + (day - 1) - today, Integer)

    return case((from_today(year) >= 0, from_today(year)), else_=from_today(year + 1))


def _touched(condition: DateCondition) -> set[str]:
    if condition.anniversary is not None:
        return {"person.traits", "person.zone"}
    return {"person.zone"} if condition.local else set()


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _words(condition: DateCondition) -> str:
    if condition.anniversary is not None:
        assert condition.within is not None
        days = condition.within.days
        near = "today" if not days else f"at most {days} day{'s' if days > 1 else ''} away"
        return f"the anniversary of {condition.anniversary} is {near}"
    if not condition.local:
        ends = [("from", condition.after), ("before", condition.before)]
        return " and ".join(f"it is {word} {at:%Y-%m-%d %H:%M %Z}" for word, at in ends if at is not None)
    days_named = (
        f" on {one_of([_DAYS[WEEKDAYS.index(day)] for day in condition.weekdays])}" if condition.weekdays else ""
    )
    hours = f" between {condition.from_hour} and {condition.until_hour}" if condition.from_hour else ""
    return f"it is{hours}{days_named} on their clock"


KINDS["date"] = Kind(_compile, _touched, _words)
