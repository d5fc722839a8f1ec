"""Whom a campaign is meant for, as one INSERT … SELECT over some buckets: the audience, and who of it is left out by what."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.sql.dml import Insert
from sqlalchemy.types import Integer, Text

from antiphon.audiences.compiler import Scope, compile_condition
from antiphon.campaigns.models import CHANNELS, Campaign
from antiphon.campaigns.policy import MESSAGE, UNENGAGED
from antiphon.campaigns.tables import campaign_member
from antiphon.decisions.tables import decision
from antiphon.people.levels import level
from antiphon.people.tables import engagement, person, person_address
from antiphon.store.keys import KeysType
from antiphon.store.schema import Instant

_BUCKETS = bindparam("buckets", type_=KeysType())
_PEOPLE, _UNSENT = bindparam("people", type_=KeysType()), bindparam("unsent", type_=KeysType())
_COLUMNS = ("bucket", "campaign", "person", "step", "left_out")
_NO = literal(False)


def gathering(campaign: Campaign, number: int, as_of: datetime, earlier: int | None, *, some: bool = False) -> Insert:
    """Writes the members of ``:buckets``; repeated, it adds nobody. ``some``: of ``:people`` alone; see :func:`members`."""
    chosen = members(campaign, as_of, earlier, some=some)
    told = chosen.selected_columns
    rows = chosen.with_only_columns(told.bucket, literal(number, Integer), told.person, told.step, told.left_out)
    return insert(campaign_member).from_select(_COLUMNS, rows).on_conflict_do_nothing()


def members(campaign: Campaign, as_of: datetime, earlier: int | None, *, some: bool = False) -> Select[Any]:
    """Of everybody in ``:buckets`` those who are meant: ``bucket``, ``person``, ``step``, ``left_out`` (null: nothing does).

    ``earlier``: the origin of the retargeted campaign; ``:unsent`` are messages of it that never left.
    """
    meant = _audience(campaign, as_of, earlier, some=some)
    rows = {channel: engagement.alias(f"by_{channel}") for channel in CHANNELS}
    joined: FromClause = meant
    for channel, row in rows.items():
        of = and_(row.c.bucket == meant.c.bucket, row.c.person == meant.c.person, row.c.channel == channel)
        joined = joined.outerjoin(row, and_(of, row.c.bucket == func.any(_BUCKETS)))
    silent = [(level(row, literal(as_of, Instant)) == "unengaged").label(f"{one}_silent") for one, row in rows.items()]
    known = select(meant, *silent).select_from(joined).subquery("known")
    ways = select(known.c.bucket, known.c.person, known.c.excluded, _step(campaign, known).label("step")).subquery(
        "ways"
    )
    left_out: ColumnElement[Any] = case((ways.c.excluded, "excluded"), else_=null())
    if campaign.unengaged is None:
        left_out = case((ways.c.excluded, "excluded"), (ways.c.step == UNENGAGED, "unengaged"), else_=null())
    return select(ways.c.bucket, ways.c.person, ways.c.step, left_out.cast(Text).label("left_out"))


def _audience(campaign: Campaign, as_of: datetime, earlier: int | None, *, some: bool) -> Any:
    """Those whom the conditions name, with ``excluded`` and, of a campaign that follows another, ``before``: the channel on
    which that one went to them."""
    whom = person.alias("whom")
    scope = Scope(whom.c.bucket, whom.c.id, literal(as_of, Instant), row=whom, buckets=_BUCKETS)
    excluded = compile_condition(campaign.exclude, scope).truth if campaign.exclude is not None else _NO
    found = select(whom.c.bucket, whom.c.id.label("person"), excluded.label("excluded"))
    found = found.where(whom.c.bucket == func.any(_BUCKETS))
    if some:
        found = found.where(whom.c.id == func.any(_PEOPLE))
    if campaign.audience is not None:
        found = found.where(compile_condition(campaign.audience, scope).truth)
    if earlier is not None:
        found = _followed(campaign, found, whom, earlier)
    return found.subquery("meant")


def _followed(campaign: Campaign, found: Select[Any], whom: FromClause, earlier: int) -> Select[Any]:
    """To whom the earlier campaign was delivered and who answered nothing on its channel since.

    Who is several people of it by a merge is one: as of what went to them last.
    """
    assert campaign.retarget is not None
    before, answer = decision.alias("before"), engagement.alias("answer")
    mine = and_(
        before.c.bucket == whom.c.bucket,
        before.c.person == whom.c.id,
        before.c.journey == earlier,
        before.c.id != func.all(_UNSENT),
    )
    same = and_(
        answer.c.bucket == before.c.bucket,
        answer.c.person == before.c.person,
        answer.c.channel == before.c.channel,
        answer.c.last_delivered_at >= before.c.due_at,
    )
    found = found.add_columns(before.c.channel.label("before"))
    found = found.select_from(whom.join(before, mine).join(answer, same))
    on = campaign.retarget.on
    found = found.where(or_(answer.c.last_at.is_(None), answer.c.last_at < before.c.due_at))
    found = found.ext(distinct_on(whom.c.bucket, whom.c.id)).order_by(whom.c.bucket, whom.c.id, before.c.due_at.desc())
    return found if on == "other" else found.where(before.c.channel != on)


def _step(campaign: Campaign, known: Any) -> ColumnElement[Any]:
    """By which policy somebody is decided: not on a channel that they do not answer any more."""
    email, sms = known.c.email_silent, known.c.sms_silent
    if campaign.retarget is not None:
        by_text = known.c.before == "email"
        quiet = case((by_text, sms), else_=email)
        return case((quiet, UNENGAGED), (by_text, "sms"), else_="email")
    if len(campaign.ways) == 1:
        return case((known.c[f"{campaign.ways[0]}_silent"], UNENGAGED), else_=MESSAGE)
    return case(
        (and_(email, sms), UNENGAGED),
        (email, case((_subscribed(known, "sms"), "sms"), else_=UNENGAGED)),
        (sms, case((_subscribed(known, "email"), "email"), else_=UNENGAGED)),
        else_=MESSAGE,
    )


def _subscribed(known: Any, channel: str) -> ColumnElement[bool]:
    to = person_address.alias()
    return exists().where(
        to.c.bucket == known.c.bucket,
        to.c.person == known.c.person,
        to.c.channel == channel,
        to.c.marketing == "subscribed",
    )
