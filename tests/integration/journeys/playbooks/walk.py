"""Walking a playbook on the virtual clock: a script of what people do, and what they got."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.segments import apply
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.segments.ready import ready
from antiphon.journeys.source import read_journey
from antiphon.store.audit import COMMAND_LINE

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_NUMBERS: dict[str, int] = {}

#: After so long since the start, somebody does something: an event with its properties.
Act = tuple[timedelta, str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Got:
    """A message: ``at`` is how long after the start it fell due."""

    channel: str
    step: str
    at: timedelta
    state: str
    words: str
    rule: str | None


def switch_on(shop: ShopUnderTest, *names: str) -> None:
    """Publish playbooks, with the ready segments that start them."""
    sources = playbooks()
    for name in names:
        segment = read_journey(sources[name]).trigger.segment
        if segment:
            apply(shop.db, ready()[segment], COMMAND_LINE, shop.now)
            shop.settle()
        shop.playbook(name)
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO setting (key, value, changed_at, changed_by) "
                "VALUES ('sign-up.origins', '[\"https://lamps.example\"]', :now, 'test') ON CONFLICT (key) DO NOTHING"
            ),
            {"now": shop.now},
        )


def phone(who: str) -> str:
    """A number of their own, in New York."""
    return f"+1212555{_NUMBERS.setdefault(who, 100 + len(_NUMBERS)):04}"


def signs_up(shop: ShopUnderTest, who: str, *channels: str) -> None:
    """They subscribe, to one channel after the other, ten minutes apart."""
    shop.knows(who, first_name=who.title(), timezone="America/New_York")
    for number, channel in enumerate(channels):
        if number:
            shop.passes(10 * MINUTE, 10 * MINUTE)
        shop.consents(who, channel, f"{who}@example.com" if channel == "email" else phone(who))


def act(day: float, who: str, event: str, **props: Any) -> Act:
    return (day * DAY, who, event, props)


def clicks(who: str, channel: str, *days: float) -> list[Act]:
    return [act(day, who, "SMS Clicked" if channel == "sms" else "Email Clicked") for day in days]


def walk(shop: ShopUnderTest, time: timedelta, script: Sequence[Act] = ()) -> None:
    """Let time pass from the start on; each stands for an arrival at its instant."""
    until = NOON + time
    for after, who, event, props in sorted(script, key=lambda one: one[0]):
        leap(shop, NOON + after)
        shop.does(who, event, **props)
    leap(shop, until)


def leap(shop: ShopUnderTest, until: datetime) -> None:
    """Bring the engine to ``until``, stopping only where something falls due."""
    while True:
        told = shop.engine.settle(shop.now)[-1].next_due
        planned = shop.one("SELECT min(due_at) FROM outbox WHERE state = 'planned' AND due_at > :now", now=shop.now)
        if shop.now >= until:
            return
        later = [at for at in (told, planned, until) if at is not None]
        shop.now = min(max(min(later), shop.now + MINUTE), until)


def person(shop: ShopUnderTest, who: str) -> int:
    return int(shop.one("SELECT person FROM identifier WHERE kind = 'customer_id' AND value = :who", who=who))


def got(shop: ShopUnderTest, who: str, *, sent: bool = True) -> list[Got]:
    """What somebody got, in order; without ``sent`` also what never left."""
    rows = shop.rows(
        """SELECT o.channel, o.step, o.due_at, o.state, coalesce(o.subject, '') AS words, o.rule
             FROM outbox o WHERE o.person = :person ORDER BY o.due_at, o.id""",
        person=person(shop, who),
    )
    found = [Got(row.channel, row.step, row.due_at - NOON, row.state, row.words, row.rule) for row in rows]
    return [one for one in found if one.state in {"accepted", "delivered"}] if sent else found


def steps(shop: ShopUnderTest, who: str) -> list[str]:
    return [one.step for one in got(shop, who)]


def left(shop: ShopUnderTest, who: str) -> tuple[str, str]:
    """How the person's newest finished run ended, and at which step."""
    row = shop.rows(
        """SELECT d.outcome, d.step FROM run_done d
            WHERE d.person = :person ORDER BY d.ended_at DESC LIMIT 1""",
        person=person(shop, who),
    )[0]
    return row.outcome, row.step


def gaps(messages: Sequence[Got]) -> list[timedelta]:
    return [after.at - before.at for before, after in pairwise(messages)]


def shelf(shop: ShopUnderTest) -> None:
    """Three products in the catalogue."""
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO product (id, title, url, price, currency, created_at, updated_at) "
                "SELECT 'p' || n, 'Lamp ' || n, 'https://lamps.example/p' || n, 20, 'EUR', :now, :now "
                "FROM generate_series(1, 3) n"
            ),
            {"now": shop.now},
        )


def way(shop: ShopUnderTest, who: str, step: str) -> str:
    """The path that somebody took at a branch or a split."""
    return str(
        shop.one(
            "SELECT why->>'path' FROM move WHERE person = :person AND from_step = :step",
            person=person(shop, who),
            step=step,
        )
    )
