"""What every kind of condition is, and how kinds are found.

A kind is a module that registers how its conditions become SQL, what touches them and how they read. ``valid until`` is
an instant after ``as_of``: from ``as_of`` until just before it, time alone does not change the truth; ``infinity`` where
only a touch can. Windows are open at their old end, so that what is as old as the window has left it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, func, literal_column, select
from sqlalchemy.types import Boolean

from antiphon.audiences.models import Condition
from antiphon.people.tables import person
from antiphon.store.schema import Instant
from antiphon.store.tables import brand

FOREVER: ColumnElement[Any] = literal_column("'infinity'::timestamptz", Instant)
YES: ColumnElement[bool] = literal_column("true", Boolean)
NO: ColumnElement[bool] = literal_column("false", Boolean)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a condition asks about, and when: columns of the statement that it becomes part of.

    ``since`` and ``occasion`` are when the occasion of the run happened and its event's id, where there is one. ``row`` is the
    person's own row, where the statement reads it anyway: everybody's would otherwise be looked up once more. ``buckets``
    is their parameter where everybody in some buckets is asked about: then a table is better read once than looked into for
    each person.
    """

    bucket: ColumnElement[int]
    person: ColumnElement[int]
    as_of: ColumnElement[Any]
    since: ColumnElement[Any] | None = None
    occasion: ColumnElement[int] | None = None
    row: FromClause | None = None
    buckets: ColumnElement[Any] | None = None

    def own(self, column: str) -> ColumnElement[Any]:
        """A column of the person's row; null where there is none."""
        if self.row is not None:
            return self.row.c[column]
        mine = person.alias()
        found = select(mine.c[column]).where(mine.c.bucket == self.bucket, mine.c.id == self.person)
        return found.correlate_except(mine).scalar_subquery()

    def zone(self) -> ColumnElement[Any]:
        """The id of the person's zone, else the brand's."""
        ours = brand.alias()
        brands = select(ours.c.zone).where(ours.c.id == 1).correlate_except(ours).scalar_subquery()
        return func.coalesce(self.own("zone"), brands)

    def of(self, table: FromClause) -> ColumnElement[bool]:
        """The rows of the person in a table with ``bucket`` and ``person``."""
        return and_(table.c.bucket == self.bucket, table.c.person == self.person)

    def among(self, table: FromClause) -> ColumnElement[bool]:
        """The same inside an EXISTS, which becomes a join: that the table's rows lie in the buckets too is said once more,
        because PostgreSQL does not conclude it."""
        mine = self.of(table)
        return mine if self.buckets is None else and_(mine, table.c.bucket == func.any(self.buckets))

    def grouped(
        self, table: FromClause, which: ColumnElement[bool], having: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        """Whether something holds for the rows of the person among ``which`` of everybody in the buckets, of which there is
        at least one: one look at all of them."""
        of = select(table.c.bucket, table.c.person).where(table.c.bucket == func.any(self.buckets), which)
        groups = of.group_by(table.c.bucket, table.c.person).having(having).subquery()
        return exists().where(self.of(groups))


@dataclass(frozen=True, slots=True)
class Compiled:
    """``truth`` is never null; ``valid_until`` neither; ``evidence`` is JSON that says what the truth rests on."""

    truth: ColumnElement[bool]
    valid_until: ColumnElement[Any]
    evidence: ColumnElement[Any]


def _nothing_asked(_: Any) -> timedelta | None:
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """``touched_by`` names what must change for the truth to change before its ``valid until`` (docs/conditions.md).

    ``refresh`` is how long a truth is taken for good that rests on what no touch of a person tells, None where a touch
    tells everything; ``valid until`` lies no further away.
    """

    compile: Callable[[Any, Scope], Compiled]
    touched_by: Callable[[Any], set[str]]
    describe: Callable[[Any], str]
    refresh: Callable[[Any], timedelta | None] = _nothing_asked


KINDS: dict[str, Kind] = {}


def compile_condition(condition: Condition, scope: Scope) -> Compiled:
    """The one compiler; dispatches by the kind of the condition."""
    return KINDS[condition.kind].compile(condition, scope)


def touched_by(condition: Condition) -> set[str]:
    """What must change for the truth of a condition to change before its ``valid until``."""
    return KINDS[condition.kind].touched_by(condition)


def refresh_of(condition: Condition) -> timedelta | None:
    """The shortest refresh among a condition's parts; None where touches and ``valid until`` tell everything."""
    return KINDS[condition.kind].refresh(condition)


def describe(condition: Condition) -> str:
    """One condition in words, without a full stop: "is subscribed to texts and has ordered within 90 days"."""
    return KINDS[condition.kind].describe(condition)


def earliest(*instants: ColumnElement[Any]) -> ColumnElement[Any]:
    """The earliest of some instants; nulls say nothing, and of nothing it is never."""
    return func.least(*instants, FOREVER, type_=Instant)


def if_later(instant: ColumnElement[Any], scope: Scope) -> ColumnElement[Any]:
    """An instant where it is still to come; null otherwise."""
    return case((instant > scope.as_of, instant), else_=None)
