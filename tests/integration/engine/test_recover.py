"""The one text to those whom an abandonment's emails left silent, and what keeps it back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.cohort import Cohort
from antiphon.journeys.source import JourneyError

HOUR = timedelta(hours=1)
JOURNEY = """\
journey: rescue
name: Rescue
trigger: {event: Cart Abandoned, key: abandonment_id}
reentry: {mode: each_key}
exits: [{event: Order Completed}]
steps:
  - id: email
    type: message
    channels: [email]
    purpose: cart
    urgent: true
    content: {email: {subject: Your cart, mjml: "<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>"}}
  - id: rescue
    type: recover
    %s
    content: {sms: {text: "Lamps: the last of them go fast. {{ cart_url }}"}}
    next: after
    otherwise: none
  - {id: after, type: wait, for: 30d, next: ''}
  - {id: none, type: wait, for: 30d}
"""


def rescue(shop: ShopUnderTest, settings: str = "min_value: 30") -> None:
    shop.publish(JOURNEY % settings)
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")


def way(shop: ShopUnderTest) -> str:
    return str(shop.one("SELECT coalesce(why->>'recover', to_step) FROM move WHERE from_step = 'rescue'"))


def texts(shop: ShopUnderTest) -> list[Any]:
    return shop.rows("SELECT state, rule, due_at FROM outbox WHERE channel = 'sms'")


def test_silence_is_answered_by_one_text(shop: ShopUnderTest) -> None:
    rescue(shop)
    shop.passes(8 * HOUR)
    assert way(shop) == "after"
    assert [row.state for row in texts(shop)] == ["accepted"]
    due = {row.channel: row.due_at for row in shop.rows("SELECT channel, due_at FROM outbox")}
    assert due["sms"] - due["email"] >= 6 * HOUR


@pytest.mark.parametrize(
    ("event", "props", "found"),
    [
        ("Product Viewed", {"product_id": "p9"}, "recover.answered"),
        ("SMS Replied", {}, "recover.answered"),
        ("Email Opened", {}, "after"),
        ("Email Clicked", {"machine": True}, "after"),
    ],
)
def test_answers_of_people_count_and_opens_do_not(
    shop: ShopUnderTest, event: str, props: dict[str, Any], found: str
) -> None:
    rescue(shop)
    shop.passes(3 * HOUR)
    shop.does("ann", event, **props)
    shop.passes(5 * HOUR)
    assert way(shop) == found
    assert len(texts(shop)) == (found == "after")


@pytest.mark.parametrize(
    ("settings", "found"),
    [("min_value: 41", "recover.value"), ("min_value: 40", "after"), ("min_value: median", "recover.value")],
)
def test_the_cart_is_worth_enough(shop: ShopUnderTest, settings: str, found: str) -> None:
    rescue(shop, settings)
    shop.passes(8 * HOUR)
    assert way(shop) == found


def test_the_median_of_the_brand_is_a_threshold(shop: ShopUnderTest) -> None:
    rescue(shop, "min_value: median")
    with shop.db.begin("learn") as connection:
        connection.execute(
            text("INSERT INTO statistic (brand, name, value, n, at) VALUES (1, 'median_cart', 39.5, 9, :now)"),
            {"now": shop.now},
        )
    shop.passes(8 * HOUR)
    assert way(shop) == "after"


def test_what_changes_within_a_tick_sends_nobody_both_ways(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a median the run went on without the text; a median that is learned a moment later asks for none."""
    rescue(shop, "min_value: median")
    go_on = Cohort._go_on

    def learned(cohort: Cohort, tick: int | None) -> Any:
        with shop.db.begin("learn") as connection:
            median = "INSERT INTO statistic (brand, name, value, n, at) VALUES (1, 'median_cart', 39.5, 9, :now)"
            connection.execute(text(f"{median} ON CONFLICT DO NOTHING"), {"now": shop.now})
        return go_on(cohort, tick)

    shop.passes(5 * HOUR)
    monkeypatch.setattr(Cohort, "_go_on", learned)
    shop.passes(3 * HOUR)
    assert way(shop) == "recover.value"
    assert texts(shop) == []


def test_who_has_no_emails_or_no_cart_texts_is_left_alone(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY % "min_value: 0")
    shop.reachable("ann", None, "+12125550101")
    shop.reachable("bob", "bob@example.com")
    shop.consents("bob", "sms", "+12125550102", "marketing")
    for who in ("ann", "bob"):
        shop.leaves_cart(who, f"c-{who}")
    shop.passes(8 * HOUR)
    found = shop.rows("SELECT why->>'recover' AS rule FROM move WHERE from_step = 'rescue' ORDER BY 1")
    assert [row.rule for row in found] == ["consent.cart", "consent.email"]
    assert texts(shop) == []


def planned(shop: ShopUnderTest) -> None:
    """The text is planned for the next morning, because the night is quiet."""
    shop.now += 8 * HOUR
    rescue(shop)
    shop.passes(8 * HOUR)
    assert way(shop) == "after"
    assert [row.state for row in texts(shop)] == ["planned"]


def test_an_answer_while_the_text_waits_stops_it(shop: ShopUnderTest) -> None:
    planned(shop)
    shop.does("ann", "Product Viewed", product_id="p9")
    shop.passes(14 * HOUR)
    assert [(row.state, row.rule) for row in texts(shop)] == [("cancelled", "recover.answered")]


def test_leaving_the_emails_while_the_text_waits_stops_it(shop: ShopUnderTest) -> None:
    planned(shop)
    shop.consents("ann", "email", "ann@example.com", state="unsubscribed")
    shop.passes(14 * HOUR)
    assert [(row.state, row.rule) for row in texts(shop)] == [("cancelled", "consent.email")]


def test_silence_lets_the_waiting_text_go(shop: ShopUnderTest) -> None:
    planned(shop)
    shop.passes(14 * HOUR)
    assert [row.state for row in texts(shop)] == ["accepted"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("after: 2h", "between 4h and 8h"),
        ("{after: 8h, window: 41h}", "beyond the 48h"),
        ("min_value: -1", "min_value"),
    ],
)
def test_settings_that_no_rule_allows_are_refused(shop: ShopUnderTest, settings: str, words: str) -> None:
    lines = settings.strip("{}").replace(", ", "\n    ")
    with pytest.raises(JourneyError, match=words):
        shop.publish(JOURNEY % lines)
