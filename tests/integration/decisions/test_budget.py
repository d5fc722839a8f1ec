"""What a day's texts may cost: set aside by whoever decides, never more than there is, and settled by what left."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from sqlalchemy import text
from tests.integration.decisions.shop import NEW_YORK, Shop, policies
from tests.unit.decisions.batches import policy

from antiphon.decisions.budget.settle import settle
from antiphon.decisions.decide import DecideReport, decide
from antiphon.decisions.settings import BrandSettings, Budget
from antiphon.delivery.plan import hand_over
from antiphon.kit.buckets import BUCKETS, bucket_of
from antiphon.store.db import Database

#: A Tuesday, noon in New York.
NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)
STEPS = policies(
    first=policy(hours=4, segments=2), receipt=policy(("sms",), "transactional", urgent=True, hours=4, segments=2)
)
TEXT = 25_000  # millionths: two segments


@pytest.fixture
def shop(db: Database) -> Shop:
    return Shop(db, NOW)


def with_budget(day: float | None = None, month: float | None = None) -> BrandSettings:
    return BrandSettings(budget=Budget(day=day, month=month))


def people(shop: Shop, number: int, first: int = 1) -> list[int]:
    """Who may be written to on both channels, each with a cart of another value."""
    found = []
    for serial in range(first, first + number):
        person = shop.person(serial, die=serial * 7919)
        shop.address(person, f"p{serial}@example.com")
        shop.address(person, f"+1212555{serial:04d}", zones=[NEW_YORK])
        shop.intent(person, value=20 + serial)
        found.append(person)
    return found


def run(shop: Shop, settings: BrandSettings, buckets: Sequence[int] = BUCKETS, tick: int = 9) -> DecideReport:
    with shop.db.begin("tick") as connection:
        report = decide(connection, shop.now, shop.asked(buckets), tick, STEPS, settings)
        hand_over(connection, shop.now, buckets, tick)
    return report


def ask(shop: Shop, statement: str) -> list[tuple[object, ...]]:
    with shop.db.read() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_a_day_without_a_budget_sets_nothing_aside(shop: Shop) -> None:
    people(shop, 2)
    assert run(shop, BrandSettings()).sms == 2
    assert ask(shop, "SELECT * FROM budget_portion") == []
    assert ask(shop, "SELECT DISTINCT spend_day FROM outbox") == [(None,)]


def test_the_worth_most_texts_are_paid_and_the_others_are_emails_that_say_why(shop: Shop) -> None:
    those = people(shop, 6)
    assert run(shop, with_budget(day=0.08)) == DecideReport(6, 3, 3, 0)
    rows = ask(shop, "SELECT person, segment_price, most_segments, spend_day FROM decision WHERE channel = 'sms'")
    assert {row[0] for row in rows} == set(those[3:])
    assert {row[1:] for row in rows} == {(12_500, 2, date(2026, 3, 3))}
    assert ask(shop, "SELECT period, sum(reserved), sum(texts) FROM budget_portion GROUP BY 1 ORDER BY 1") == [
        ("2026-03", 3 * TEXT, 3),
        ("2026-03-03", 3 * TEXT, 3),
    ]
    ((words,),) = ask(
        shop, f"SELECT reasons->>'sentence' FROM decision WHERE channel = 'email' AND person = {those[0]}"
    )
    assert "text is not possible (the day's budget" in str(words)
    assert ask(shop, "SELECT count(*) FROM outbox WHERE spend_day = '2026-03-03' AND channel = 'sms'") == [(3,)]


def test_a_month_counts_over_days_and_a_limit_that_was_lowered_is_no_way_around_it(shop: Shop) -> None:
    people(shop, 4)
    assert run(shop, with_budget(month=4 * TEXT / 1e6)).sms == 4
    people(shop, 4, first=5)
    assert run(shop, with_budget(day=1, month=3 * TEXT / 1e6), tick=10) == DecideReport(4, 4, 0, 0)
    # more than half of the month's money is kept for others like those, who will come as they came today
    people(shop, 2, first=9)
    assert run(shop, with_budget(month=6 * TEXT / 1e6), tick=11).sms == 0
    people(shop, 4, first=500)
    assert run(shop, with_budget(month=6 * TEXT / 1e6), tick=12).sms == 2


def test_what_has_to_be_told_is_first_in_line_and_no_more_than_there_is(shop: Shop) -> None:
    people(shop, 2)
    for serial in (3, 4):
        person = shop.person(serial)
        shop.address(person, f"+1212555{serial:04d}", zones=[NEW_YORK])
        shop.intent(person, "receipt")
    settings = with_budget(day=TEXT / 1e6)
    assert settings.budget.day == 0.025
    assert run(shop, settings) == DecideReport(4, 2, 1, 1)
    ((step,),) = ask(shop, "SELECT step FROM decision WHERE channel = 'sms'")
    assert step == "receipt"


def test_prices_by_country_are_set_aside_by_country(shop: Shop) -> None:
    people(shop, 1)
    person = shop.person(2)
    shop.address(person, "+447400123456", zones=[NEW_YORK])
    shop.intent(person, value=500)
    settings = with_budget(day=9).model_copy(update={"sms_prices": {"GB": 0.04}})
    run(shop, settings)
    assert ask(shop, "SELECT sum(reserved) FROM budget_portion WHERE period = '2026-03-03'") == [(TEXT + 80_000,)]


def test_segments_that_were_not_needed_and_texts_that_never_left_are_free_again(shop: Shop) -> None:
    those = people(shop, 3)
    settings = with_budget(day=3 * TEXT / 1e6)
    assert run(shop, settings).sms == 3
    with shop.db.begin("test") as connection:
        sent = text("UPDATE outbox SET state = 'accepted', segments = 1 WHERE person = :person")
        connection.execute(sent, {"person": those[0]})
        connection.execute(text("UPDATE outbox SET state = 'cancelled' WHERE person = :person"), {"person": those[1]})
    people(shop, 1, first=4)
    assert run(shop, settings, tick=10).sms == 0
    assert settle(shop.db, NOW) == 2
    assert ask(shop, "SELECT reserved, waiting, spent, freed, texts FROM budget_use WHERE period = '2026-03-03'") == [
        (3 * TEXT, TEXT, TEXT // 2, TEXT + TEXT // 2, 1)
    ]
    people(shop, 3, first=5)
    # there is money for one and a half
    assert run(shop, settings, tick=11).sms == 1


def test_two_workers_at_once_never_spend_more_than_a_day_has(shop: Shop) -> None:
    people(shop, 120)
    settings = with_budget(day=31.5 * TEXT / 1e6)
    start = Barrier(3)

    def work(number: int) -> list[int]:
        mine = [bucket for bucket in BUCKETS if bucket % 3 == number]
        start.wait()
        return [run(shop, settings, mine[part::4], 20 + number * 4 + part).sms for part in range(4)]

    with ThreadPoolExecutor(3) as pool:
        texts = sum(sum(each) for each in pool.map(work, range(3)))
    ((reserved,),) = ask(shop, "SELECT sum(reserved) FROM budget_portion WHERE period = '2026-03-03'")
    assert reserved == texts * TEXT
    assert 28 <= texts <= 31
    assert len({bucket_of(person) for (person,) in ask(shop, "SELECT person FROM decision")}) > 60  # type: ignore[arg-type]


def _dies(report: DecideReport) -> None:
    assert report.sms == 2
    raise RuntimeError("dies")


def test_who_dies_gives_everything_back(shop: Shop) -> None:
    people(shop, 2)
    settings, wanted = with_budget(day=2 * TEXT / 1e6), list(shop.intents)
    with pytest.raises(RuntimeError, match="dies"), shop.db.begin("tick") as connection:
        _dies(decide(connection, NOW, shop.asked(), 9, STEPS, settings))
    shop.intents.extend(wanted)
    assert run(shop, settings).sms == 2
