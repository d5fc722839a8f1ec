"""``consent``: what the person's addresses on a channel agreed to."""

from sqlalchemy import ColumnElement, and_, exists, func, not_, select

from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope
from antiphon.audiences.models import ConsentCondition
from antiphon.audiences.words import CHANNELS
from antiphon.people.tables import person_address


def _compile(condition: ConsentCondition, scope: Scope) -> Compiled:
    held = person_address.alias()
    mine = and_(scope.of(held), held.c.channel == condition.channel)
    among = and_(scope.among(held), held.c.channel == condition.channel)
    column = held.c[condition.purpose]
    if condition.state == "never":  # of nobody's address we know anything else either
        truth: ColumnElement[bool] = not_(exists().where(and_(among, column != "never")))
    else:
        holds = and_(among, column == condition.state)
        truth = exists().where(and_(holds, held.c.cart_double) if condition.double_opt_in else holds)
    evidence = func.jsonb_build_object(
        "channel", condition.channel, "purpose", condition.purpose, "states",
        select(func.jsonb_agg(column.distinct())).where(mine).scalar_subquery(),
    )  # fmt: skip
    return Compiled(truth, FOREVER, evidence)


def _words(condition: ConsentCondition) -> str:
    about = {"marketing": "", "transactional": " about orders", "cart": " about carts"}[condition.purpose]
    double = ", confirmed twice" if condition.double_opt_in else ""
    state = {
        "subscribed": "is subscribed to",
        "unsubscribed": "has unsubscribed from",
        "pending": "has not yet confirmed",
        "never": "never subscribed to",
    }[condition.state]
    return f"{state} {CHANNELS[condition.channel]}{about}{double}"


KINDS["consent"] = Kind(_compile, lambda _: {"person_address"}, _words)
