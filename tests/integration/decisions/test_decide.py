"""Intents become decisions: read from their tables, decided, written with their reasons."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from tests.integration.decisions.shop import LOS_ANGELES, NEW_YORK, Shop, policies
from tests.unit.decisions.batches import policy

from antiphon.decisions import queries
from antiphon.decisions.decide import DecideReport, decide
from antiphon.decisions.models import MessagePolicy
from antiphon.decisions.moments import grid_of
from antiphon.decisions.settings import BrandSettings, brand_settings
from antiphon.kit.errors import ConfigError
from antiphon.store.db import Database

#: A Tuesday, noon and a bit in New York.
NOW = datetime(2026, 3, 3, 17, 0, 20, 250_000, tzinfo=UTC)
HOUR = timedelta(hours=1)

FIRST = policy(urgent=True, abandonment=True, hours=48, purpose="cart")
STEPS = policies(
    first=FIRST,
    later=policy(hours=24),
    mail=policy(("email",), urgent=True, hours=4),
    receipt=policy(("email",), "transactional", urgent=True, hours=4),
)


@pytest.fixture
def shop(db: Database) -> Shop:
    return Shop(db, NOW)


def run(
    shop: Shop,
    now: datetime | None = None,
    steps: dict[tuple[int, str], MessagePolicy] = STEPS,
    settings: BrandSettings | None = None,
) -> DecideReport:
    with shop.db.begin("tick") as connection:
        return decide(connection, now or NOW, shop.asked(), 9, steps, settings or BrandSettings())


def decisions(shop: Shop) -> list[Any]:
    with shop.db.read() as connection:
        return list(connection.execute(text("SELECT * FROM decision ORDER BY person, at, due_at, id")))


def both(shop: Shop, serial: int = 1, **more: Any) -> int:
    person = shop.person(serial, **more)
    shop.address(person, f"p{serial}@example.com")
    shop.address(person, f"+1212555{serial:04d}", zones=[NEW_YORK])
    return person


def test_a_first_touch_is_a_text_at_once_with_its_reasons(shop: Shop) -> None:
    person = both(shop)
    number = shop.intent(person)
    assert run(shop) == DecideReport(1, 0, 1, 0)
    (made,) = decisions(shop)
    assert (made.id, made.person, made.channel, made.address) == (number, person, "sms", "+12125550001")
    assert made.due_at == made.at == NOW
    assert made.decided_at == NOW
    assert made.expires_at == datetime(2026, 3, 5, 16, 30, 20, tzinfo=UTC)  # 48 hours after the cart, not the step
    assert (made.zones, made.purpose, made.tick, made.step, made.version) == ([NEW_YORK], "cart", 9, "first", 7)
    assert made.reasons["sentence"] == ("Text at once: nothing is known of how they answer, and a text converts best.")
    assert made.reasons["chosen"]["instead_of"]["channel"] == "email"
    assert made.reasons["inputs"]["zones"] == ["America/New_York"]
    assert made.reasons["inputs"]["consents"] == {"email": "subscribed", "sms": "subscribed", "cart": True}
    assert made.reasons["versions"]["policy"] == "7/first"
    assert [len(grid_of(made.reasons)[name]) for name in ("slots", "email", "sms")] == [12, 12, 12]
    assert grid_of(made.reasons)["sms"][0][1] is None
    assert made.reasons["barred"]["sms"]["quiet_hours.sms"] > 10
    assert (
        len(orjson.dumps(made.reasons)) < 1500
    )  # compressed by the server above 2,000, for half of what writing costs
    assert run(shop) == DecideReport()


def test_the_moment_of_what_is_urgent_is_the_persons_not_the_ticks(shop: Shop) -> None:
    person = both(shop)
    shop.intent(person, ago=timedelta(minutes=7))
    run(shop)
    (made,) = decisions(shop)
    assert made.due_at == made.at == NOW - timedelta(minutes=7)


def test_a_moment_that_was_barred_then_is_not_claimed_afterwards(shop: Shop) -> None:
    person = both(shop)
    shop.intent(person, ago=timedelta(hours=2, minutes=1))  # 9:59 in New York
    run(shop)
    (made,) = decisions(shop)
    assert made.due_at == NOW


def test_what_can_wait_is_due_at_its_slot(shop: Shop) -> None:
    person = both(shop)
    shop.engaged(person, "email", HOUR)
    shop.intent(person, "later")
    run(shop)
    (made,) = decisions(shop)
    assert made.channel == "email"
    assert made.reasons["sentence"].startswith("Email ")
    assert made.reasons["sentence"].endswith("they last answered by email.")
    assert made.due_at.replace(microsecond=0).isoformat() == made.reasons["chosen"]["at"].replace("Z", "+00:00")
    assert made.expires_at == datetime(2026, 3, 4, 17, 0, 20, tzinfo=UTC)


def test_quiet_hours_in_any_of_their_zones_hold_a_text(shop: Shop) -> None:
    person = shop.person(1, zone=LOS_ANGELES)
    shop.address(person, "+12125550001", zones=[NEW_YORK])
    shop.intent(person)
    run(shop)
    (made,) = decisions(shop)
    assert made.due_at == datetime(2026, 3, 3, 18, tzinfo=UTC)  # 10:00 in Los Angeles
    assert made.zones == sorted([NEW_YORK, LOS_ANGELES])
    assert made.reasons["sentence"].startswith("Text Tue 3 Mar 10:00 (Los Angeles), the first moment allowed: ")


def test_the_states_of_orders_hold_a_text_with_their_zones_and_laws(shop: Shop) -> None:
    person = both(shop)
    shop.lives_in(person, "US-CA")
    shop.lives_in(person, "US-MA")
    shop.intent(person)
    run(shop)
    (made,) = decisions(shop)
    assert made.due_at == datetime(2026, 3, 3, 18, tzinfo=UTC)  # 10:00 in Los Angeles
    assert made.zones == sorted([NEW_YORK, LOS_ANGELES])
    assert made.reasons["inputs"]["laws"] == ["us", "us-ma"]


def test_a_text_is_barred_by_the_law_of_a_state_alone_and_it_is_named(db: Database) -> None:
    shop = Shop(db, datetime(2026, 3, 8, 17, tzinfo=UTC))  # a Sunday, 13:00 in New York
    ann, bob = both(shop, 1), both(shop, 2)
    shop.lives_in(ann, "US-AL")  # no texts on Sundays
    for person in (ann, bob):
        shop.intent(person, "text")
    run(shop, shop.now, policies(text=policy(("sms",), urgent=True, hours=4)))
    of = {made.person: made for made in decisions(shop)}
    assert (of[ann].channel, of[bob].channel) == (None, "sms")
    barred = of[ann].reasons["barred"]["sms"]["quiet_hours.sms"]
    assert of[ann].reasons["inputs"]["held"] == {"us-al": barred}
    assert of[bob].reasons["inputs"]["held"] == {}


def test_nothing_possible_is_a_decision_with_every_bar_named(shop: Shop) -> None:
    person = shop.person(1)
    shop.address(person, "p1@example.com", marketing="unsubscribed")
    shop.intent(person)
    assert run(shop) == DecideReport(1, 0, 0, 1)
    (made,) = decisions(shop)
    assert (made.channel, made.address, made.due_at, made.expires_at) == (None, None, None, None)
    assert made.reasons["sentence"] == "No message. Email: unsubscribed; text: no address."
    assert made.reasons["chosen"] is None
    assert set(made.reasons["barred"]["email"]) == {"consent.unsubscribed"}
    assert set(made.reasons["barred"]["sms"]) == {"address.missing"}
    assert {cell[1] for cell in grid_of(made.reasons)["sms"]} == {"address.missing"}


def test_the_newest_consented_address_is_written_to(shop: Shop) -> None:
    person = shop.person(1)
    shop.address(person, "old@example.com", since=timedelta(days=90))
    shop.address(person, "new@example.com", since=timedelta(days=9))
    shop.address(person, "newest@example.com", since=timedelta(days=1), marketing="never")
    shop.intent(person, "mail")
    run(shop)
    assert decisions(shop)[0].address == "new@example.com"


def test_a_declared_preference_ranks_above_engagement(shop: Shop) -> None:
    person = both(shop, preferred="email")
    shop.engaged(person, "sms", HOUR)
    shop.intent(person)
    run(shop)
    assert decisions(shop)[0].channel == "email"
    assert "they asked for emails" in decisions(shop)[0].reasons["sentence"]


def test_a_second_text_for_the_same_cart_is_barred_by_an_earlier_decision(shop: Shop) -> None:
    person = both(shop)
    shop.intent(person)
    run(shop)
    shop.intent(person, "later", occasion="cart-1")
    steps = policies(later=policy(hours=47, abandonment=True))
    run(shop, NOW + 25 * HOUR, steps)
    second = decisions(shop)[1]
    assert second.channel == "email"
    assert set(second.reasons["barred"]["sms"]) == {"carrier.one_text"}


def test_intents_of_one_person_in_one_batch_see_each_other(shop: Shop) -> None:
    person = both(shop)
    shop.intent(person, occasion="cart-1")
    shop.intent(person, "mail", occasion="sale")
    shop.intent(person, "receipt", occasion="order")
    run(shop)
    made = {one.step: one for one in decisions(shop)}
    assert made["first"].channel == "sms"
    assert made["first"].due_at == NOW
    assert made["receipt"].due_at == NOW  # transactional ones keep no distance
    assert made["mail"].due_at == datetime(2026, 3, 3, 20, tzinfo=UTC)  # two hours after the text
    assert made["mail"].reasons["barred"]["email"]["spacing.email"] >= 8


def test_spacing_counts_from_what_was_decided_before(shop: Shop) -> None:
    person = both(shop)
    shop.intent(person, "mail", occasion="one")
    run(shop)
    shop.intent(person, "mail", occasion="two")
    run(shop)
    first, second = sorted(decisions(shop), key=lambda one: one.due_at)
    assert second.due_at - first.due_at >= 3 * HOUR


def test_after_an_outage_what_is_too_late_is_not_sent(shop: Shop) -> None:
    person = both(shop)
    shop.intent(person, "mail", ago=5 * HOUR)
    run(shop)
    (made,) = decisions(shop)
    assert made.channel is None
    assert made.reasons["sentence"] == "No message. Email: too late."


def test_a_step_of_an_archived_journey_sends_nothing(shop: Shop) -> None:
    shop.intent(both(shop), "gone")
    run(shop)
    assert decisions(shop)[0].reasons["sentence"] == "No message: the journey is not at work any more."


def test_a_brands_responses_move_what_can_wait(shop: Shop) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO hour_curve (bucket, channel, hour, n) VALUES (0, 'email', 21, 4000), (1, 'email', 21, 999)"
            )
        )
    shop.intent(both(shop, preferred="email"), "later")
    run(shop)
    (made,) = decisions(shop)
    assert made.due_at == datetime(2026, 3, 4, 2, tzinfo=UTC)  # 21:00 in New York
    assert made.reasons["sentence"].startswith("Email Tue 3 Mar 21:00 (New York), the best moment allowed")


def test_broken_brand_settings_say_what_is_wrong() -> None:
    assert brand_settings({}) == BrandSettings()
    with pytest.raises(ConfigError, match=r"quiet\.sms"):
        brand_settings({"quiet": {"sms": {"start": "10:00", "end": "25:00"}}})
    with pytest.raises(ConfigError, match=r"spacing\.sms.*is not a duration"):
        brand_settings({"spacing": {"sms": "soon"}})


def test_a_burst_is_not_compared_with_itself(shop: Shop) -> None:
    """What is not in statistics yet the planner takes for one row, and would compare each with all others."""
    with shop.db.begin("test") as connection:
        connection.execute(text("ANALYZE decision, person, person_address, engagement"))
        values = {
            "buckets": [1, 2],
            "people": [1, 2],
            "ids": [1, 2],
            "occasions": ["a", "b"],
            "now": 0,
            "at": NOW,
            "since": NOW,
            "week": NOW,
            "called_off": [],
        }
        plan = "\n".join(connection.execute(text(f"EXPLAIN {queries.LOOKED_AT}"), values).scalars())
    assert plan.count("Full Join") == 7
    assert "Nested Loop Left Join" not in plan
