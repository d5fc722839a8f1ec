"""Updates of people in journeys: written once, seen by the next step, and leaving a channel."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.commands import carry_out
from antiphon.engine.errands import queries
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.resolve import resolve
from antiphon.store.audit import COMMAND_LINE

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

JOURNEY = """\
journey: updates
name: Updates
trigger: {event: Started, key: key, max_lateness: 2d}
reentry: {mode: each_key}
steps:
  - {id: write, type: update, set: {tier: gold, points: 7, old: null}, copy: {last_size: products.0.size, lost: none.such}}
  - id: which
    type: branch
    paths: [{name: gold, if: {kind: trait, trait: tier, op: eq, value: gold}, next: good}]
    otherwise: bad
  - {id: good, type: wait, for: 30d}
  - {id: bad, type: wait, for: 30d}
"""


def steps(shop: ShopUnderTest) -> list[str]:
    return [row.to_step for row in shop.rows("SELECT to_step FROM move ORDER BY run, seq")]


def traits(shop: ShopUnderTest, who: str) -> dict[str, object]:
    person = shop.one("SELECT person FROM identifier WHERE value = :who", who=who)
    found: dict[str, object] = shop.one("SELECT traits FROM person WHERE id = :person", person=person)
    return found


def test_the_next_step_sees_what_was_written(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    shop.knows("ann", tier="silver", old="yes")
    shop.does("ann", "Started", key="k", products=[{"size": "L"}])
    shop.settle()
    assert steps(shop) == ["which", "good"]
    assert traits(shop, "ann") == {"tier": "gold", "points": 7, "last_size": "L"}
    assert shop.one("SELECT why FROM move WHERE from_step = 'write'") == {
        "set": {"tier": "gold", "points": 7, "old": None, "last_size": "L"}
    }
    assert shop.one("SELECT count(*) FROM errand") == 0
    assert shop.one("SELECT max(entered_at) FROM run") == shop.now


def test_who_is_known_by_an_address_alone_is_written_to_as_well(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    shop.arrive(
        "track", {"event": "Started", "properties": {"key": "k"}, "context": {"traits": {"email": "a@shop.example"}}}
    )
    shop.settle()
    assert steps(shop) == ["which", "good"]
    assert traits(shop, "a@shop.example") == {"tier": "gold", "points": 7}


def leaving(shop: ShopUnderTest) -> None:
    shop.publish(
        "journey: sunset\nname: Sunset\ntrigger: {event: Silent, key: key}\nreentry: {mode: each_key}\nsteps:\n"
        "  - {id: go, type: update, leave: [email, sms]}\n  - {id: rest, type: wait, for: 30d}\n"
    )
    shop.publish(
        "journey: news\nname: News\ntrigger: {event: News, key: key}\nreentry: {mode: each_key}\nsteps:\n"
        + message("promote", "marketing", "News")
        + message("receipt", "transactional", "Receipt")
    )


def message(step: str, purpose: str, subject: str) -> str:
    return (
        f"  - {{id: {step}, type: message, channels: [email], purpose: {purpose}, window: 12h, content: {{email: "
        f"{{subject: {subject}, blocks: [{{kind: text, html: '{subject}'}}]}}}}}}\n"
    )


def sent(shop: ShopUnderTest) -> list[str]:
    return [row.subject for row in shop.rows("SELECT subject FROM sandbox_message ORDER BY at, subject")]


def test_who_leaves_gets_what_they_ordered_and_comes_back_by_subscribing(shop: ShopUnderTest) -> None:
    leaving(shop)
    shop.reachable("ann", "ann@shop.example", "+12125550123")
    shop.does("ann", "Silent", key="k")
    shop.passes(HOUR)
    states = shop.rows("SELECT channel, purpose, state FROM consent ORDER BY channel, purpose")
    assert [tuple(row) for row in states] == [
        ("email", "marketing", "unsubscribed"), ("sms", "cart", "unsubscribed"), ("sms", "marketing", "unsubscribed"),
    ]  # fmt: skip
    assert shop.one("SELECT count(*) FROM suppression") == 0
    assert shop.one("SELECT detail->>'journey' FROM consent_fact WHERE method = 'sunset' LIMIT 1") == "sunset"
    assert shop.one("SELECT why FROM move WHERE from_step = 'go'") == {"left": "email, sms"}
    shop.does("ann", "News", key="1")
    shop.passes(DAY, 2 * HOUR)
    assert sent(shop) == ["Receipt"]
    shop.consents("ann", "email", "ann@shop.example")
    shop.does("ann", "News", key="2")
    shop.passes(DAY, 2 * HOUR)
    assert sorted(sent(shop)) == ["News", "Receipt", "Receipt"]


def test_who_has_left_already_leaves_no_second_time(shop: ShopUnderTest) -> None:
    leaving(shop)
    shop.reachable("ann", "ann@shop.example")
    shop.does("ann", "Silent", key="1")
    shop.settle()
    shop.now += HOUR
    shop.does("ann", "Silent", key="2")
    shop.settle()
    assert shop.one("SELECT count(*) FROM consent_fact WHERE method = 'sunset'") == 1
    assert shop.one("SELECT why FROM move WHERE from_step = 'go' ORDER BY at DESC LIMIT 1") == {
        "left": "nothing, they had before"
    }


def test_who_subscribed_after_the_run_came_there_stays(shop: ShopUnderTest) -> None:
    leaving(shop)
    shop.reachable("ann", "ann@shop.example")
    shop.does("ann", "Silent", key="k")
    shop.engine.ticker.tick(shop.now)  # nothing is resolved yet
    resolve(shop.db, shop.now)
    shop.engine.ticker.tick(shop.now)
    shop.now += HOUR
    shop.consents("ann", "email", "ann@shop.example")
    shop.settle()
    assert shop.one("SELECT state FROM consent WHERE channel = 'email'") == "subscribed"


def test_a_crash_repeats_nothing_and_loses_nothing(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is broken off between the arrivals and the mark, which commit together."""
    shop.publish(JOURNEY)
    shop.does("ann", "Started", key="k")
    with monkeypatch.context() as patch:
        patch.setattr(queries, "SENT", text("SELECT 1 / 0"))
        with pytest.raises(DBAPIError, match="division by zero"):
            shop.settle()
    assert shop.one("SELECT count(*) FROM arrival") == 0
    assert shop.one("SELECT state FROM errand") == "open"
    shop.settle()
    assert steps(shop) == ["which", "good"]
    assert shop.one("SELECT count(*) FROM seen_message_0 WHERE source = 'journeys'") == 1


def test_an_arrival_that_came_twice_is_dropped(shop: ShopUnderTest) -> None:
    """What a restored backup of the queue would hand in again."""
    shop.publish(JOURNEY)
    shop.does("ann", "Started", key="k")
    shop.engine.cycle(shop.now)
    row = shop.rows("SELECT message_id, body FROM arrival WHERE source = 'journeys'")[0]
    store_arrivals(shop.db, [Arrival("journeys", row.message_id, "identify", shop.now, False, row.body)], shop.now)
    shop.settle()
    assert shop.one("SELECT count(*) FROM seen_message_0 WHERE source = 'journeys'") == 1
    assert steps(shop) == ["which", "good"]


@pytest.mark.parametrize("cycles", [0, 1])
def test_who_becomes_another_in_the_middle_goes_on(shop: ShopUnderTest, cycles: int) -> None:
    """Merged while the errand is open, and while it is on its way through the resolver."""
    shop.publish(JOURNEY)
    shop.knows("ben", tier="silver")
    shop.settle()
    shop.now += HOUR
    shop.does("ann", "Started", key="k")
    resolve(shop.db, shop.now)
    shop.engine.ticker.tick(shop.now)
    for _ in range(cycles):
        shop.engine.errands.carry_on(shop.now)
    assert shop.one("SELECT state FROM errand") == ("sent" if cycles else "open")
    ann, ben = (shop.one("SELECT person FROM identifier WHERE value = :v", v=v) for v in ("ann", "ben"))
    carry_out(shop.db, "people.merge", {"person": ann, "other": ben}, COMMAND_LINE, shop.now)
    shop.settle()
    assert steps(shop) == ["which", "good"]
    assert {traits(shop, who)["tier"] for who in ("ann", "ben")} == {"gold"}
    assert shop.one("SELECT count(*) FROM errand") == 0


def test_an_errand_goes_with_its_run_when_people_part(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    shop.knows("ben", tier="silver")
    shop.does("ann", "Other")
    shop.settle()
    ann, ben = (shop.one("SELECT person FROM identifier WHERE value = :v", v=v) for v in ("ann", "ben"))
    carry_out(shop.db, "people.merge", {"person": ann, "other": ben}, COMMAND_LINE, shop.now)
    shop.does("ann", "Started", key="k")
    resolve(shop.db, shop.now)
    shop.engine.ticker.tick(shop.now)
    together = shop.one("SELECT person FROM errand")
    parting = {"person": together, "identifiers": [["customer_id", "ann"]]}
    carry_out(shop.db, "people.split", parting, COMMAND_LINE, shop.now)
    assert shop.one("SELECT e.person = r.person FROM errand e JOIN run r ON r.bucket = e.bucket AND r.id = e.run")
    shop.settle()
    assert traits(shop, "ann")["tier"] == "gold"
    assert traits(shop, "ben")["tier"] == "silver"


def test_an_archived_journey_writes_nothing(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    shop.does("ann", "Started", key="k")
    resolve(shop.db, shop.now)
    shop.engine.ticker.tick(shop.now)
    assert shop.one("SELECT state FROM errand") == "open"
    carry_out(shop.db, "journey.archive", {"journey": "updates"}, COMMAND_LINE, shop.now)
    shop.settle()
    shop.passes(HOUR)
    assert traits(shop, "ann") == {}
    assert shop.one("SELECT count(*) FROM errand") == 0


def test_a_paused_journey_goes_on_with_what_was_written(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    shop.does("ann", "Started", key="k")
    shop.engine.cycle(shop.now)
    carry_out(shop.db, "journey.pause", {"journey": "updates"}, COMMAND_LINE, shop.now)
    shop.settle()
    assert steps(shop) == []
    carry_out(shop.db, "journey.resume", {"journey": "updates"}, COMMAND_LINE, shop.now)
    shop.now += HOUR
    shop.settle()
    assert steps(shop) == ["which", "good"]


def test_who_is_erased_is_written_to_no_more(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    shop.does("ann", "Started", key="k")
    resolve(shop.db, shop.now)
    shop.engine.ticker.tick(shop.now)
    carry_out(shop.db, "person.erase", {"person": shop.one("SELECT person FROM errand")}, "test", shop.now)
    assert shop.one("SELECT count(*) FROM errand") == 0


def test_many_at_once(shop: ShopUnderTest) -> None:
    shop.publish(JOURNEY)
    for number in range(300):
        shop.does(f"u{number}", "Started", key="k")
    shop.settle()
    assert steps(shop).count("good") == 300
    assert shop.one("SELECT count(*) FROM person WHERE traits->>'tier' = 'gold'") == 300
