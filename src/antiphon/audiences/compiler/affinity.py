"""``affinity``: the channel that a person likes best, as the decision takes it (``decisions.choose.preference``)."""

from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, select

from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope
from antiphon.audiences.filters import text_of
from antiphon.audiences.models import AffinityCondition
from antiphon.audiences.words import CHANNELS
from antiphon.people.tables import engagement
from antiphon.people.traits import PREFERRED_SPELLINGS

_CHANNELS = ("email", "sms")


def _compile(condition: AffinityCondition, scope: Scope) -> Compiled:
    traits = scope.own("traits")
    said = func.coalesce(*(text_of(traits, spelling) for spelling in PREFERRED_SPELLINGS))
    declared = case((said.in_(_CHANNELS), said), else_=None)
    mine = engagement.alias()
    email, sms = (func.max(mine.c.last_at).filter(mine.c.channel == channel) for channel in _CHANNELS)
    last = case(
        (email == sms, case((scope.own("die").op("&")(1) == 1, "sms"), else_="email")),
        (sms.is_(None) & email.is_not(None) | (email > sms), "email"),
        (sms.is_not(None), "sms"),
        else_=None,
    )

    def of_engagement(what: ColumnElement[Any]) -> ColumnElement[Any]:
        return select(what).where(scope.of(mine)).scalar_subquery()

    liked = func.coalesce(declared, of_engagement(cast(last, Text)))
    evidence = func.jsonb_build_object(
        "affinity", liked, "declared", declared,
        "responded_at", of_engagement(func.jsonb_build_object("email", email, "sms", sms)),
    )  # fmt: skip
    return Compiled(func.coalesce(liked == condition.channel, False), FOREVER, evidence)


KINDS["affinity"] = Kind(
    _compile,
    lambda _: {"person.traits", "engagement"},
    lambda condition: f"likes {CHANNELS[condition.channel]} best",
)
