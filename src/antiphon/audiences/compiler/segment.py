"""``segment``: membership, as the engine keeps it."""

from sqlalchemy import and_, exists, func, select

from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope
from antiphon.audiences.models import SegmentCondition
from antiphon.audiences.tables import segment, segment_member


def _compile(condition: SegmentCondition, scope: Scope) -> Compiled:
    member, named = segment_member.alias(), segment.alias()
    number = select(named.c.id).where(named.c.name == condition.segment).correlate_except(named).scalar_subquery()
    mine = and_(scope.of(member), member.c.segment == number)
    since = select(member.c.since).where(mine).scalar_subquery()
    return Compiled(
        exists().where(and_(scope.among(member), member.c.segment == number)),
        FOREVER,
        func.jsonb_build_object("segment", condition.segment, "member_since", since),
    )


KINDS["segment"] = Kind(
    _compile,
    lambda condition: {f"segment:{condition.segment}"},
    lambda condition: f"is in the segment “{condition.segment}”",
)
