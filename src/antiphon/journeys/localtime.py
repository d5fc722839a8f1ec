"""The next time of day on a person's own clock, in SQL, by the same table that NumPy uses."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, extract, func, select

from antiphon.audiences.compiler import Scope
from antiphon.store.schema import Instant
from antiphon.store.tables import zone_span

_DAY = 86400


def next_local_time(
    bucket: ColumnElement[int], person_id: ColumnElement[int], at: ColumnElement[Any], clock: str
) -> ColumnElement[Any]:
    """The first instant at or after ``at`` at which the person's clock shows ``clock`` (HH:MM).

    In the gap of spring it is the first instant behind the gap, in the doubled hour of autumn the first of the two.
    A person without a zone has the brand's.
    """
    hours, minutes = map(int, clock.split(":"))
    of_day = hours * 3600 + minutes * 60
    zone = Scope(bucket, person_id, at).zone()
    utc = cast(func.floor(extract("epoch", at)), BigInteger)

    here = zone_span.alias("here")
    local_now = utc + here.c.utc_offset
    today = local_now - local_now % _DAY + of_day
    wanted = case((today >= local_now, today), else_=today + _DAY)

    there = zone_span.alias("there")
    shown = func.to_timestamp(wanted - there.c.utc_offset, type_=Instant)
    first = func.min(func.greatest(shown, there.c.from_utc, type_=Instant), type_=Instant)
    found = (
        select(first)
        .select_from(here.join(there, there.c.zone == here.c.zone))
        .where(
            and_(
                here.c.zone == zone,
                here.c.from_utc <= at,
                here.c.to_utc > at,
                shown < there.c.to_utc,
                there.c.to_utc > at,
            )
        )
        .scalar_subquery()
    )
    return func.greatest(func.coalesce(found, at), at, type_=Instant)
