"""``affinity``: the channel that a person likes best, as the decision takes it (``decisions.choose.preference``)."""

from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, literal, select

from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope
from antiphon.audiences.filters import text_of
from antiphon.audiences.models import AffinityCondition
from antiphon.audiences.words import CHANNELS
from antiphon.people.tables import engagement

_CHANNELS = ("email", "sms")


def _compile(condition: AffinityCondition, scope: Scope) -> Compiled:
    traits = scope.own("traits")
    # as sign-up units and the preference centre keep it, else as a shop may tell it
    said = func.coalesce(text_of(traits, "preferred_channel"), text_of(traits, "preferredChannel"))
    declared = case((said.in_(_CHANNELS), said), else_=None)
    mine = engagement.alias()

    def newest(channel: str) -> ColumnElement[Any]:
        found = select(mine.c.last_at).where(scope.of(mine), mine.c.channel == channel)
        return found.scalar_subquery()

    email, sms = newest("email"), newest("sms")
    last = case(
        (email == sms, case((scope.own("die").op("&")(1) == 1, "sms"), else_="email")),
        (func.coalesce(email > sms, sms.is_(None) & email.is_not(None)), "email"),
        (sms.is_not(None), "sms"),
        else_=None,
    )
    liked = func.coalesce(declared, cast(last, Text))
    evidence = func.jsonb_build_object("affinity", liked, "declared", declared, "email", email, "sms", sms)
    return Compiled(func.coalesce(liked == literal(condition.channel), False), FOREVER, evidence)


KINDS["affinity"] = Kind(
    _compile,
    lambda _: {"person.traits", "engagement"},
    lambda condition: f"likes {CHANNELS[condition.channel]} best",
)
