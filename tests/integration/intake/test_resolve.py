"""Arrivals become people, events and fresh rows: once, in bulk, whatever they look like."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.integration.intake.helpers import T0, arrival, at, come_in, consent, groups, identify, one, rows, track

from antiphon.intake import matching
from antiphon.intake import resolve as resolving
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival, ResolveReport
from antiphon.intake.queries import TRY_RESOLVE
from antiphon.intake.resolve import resolve
from antiphon.kit.buckets import bucket_of, hash64, slot_of
from antiphon.kit.zones import zone_id
from antiphon.store.db import Database


def test_a_track_becomes_an_event_of_a_person(db: Database) -> None:
    report = come_in(db, track(0, "Product Added", userId="7", properties={"cart_id": "c1"}))
    assert (report.arrivals, report.events, report.people_new) == (1, 1, 1)
    event = one(db, "SELECT * FROM event")
    person = one(db, "SELECT * FROM person")
    assert (event.bucket, event.person, event.at, event.name) == (person.bucket, person.id, T0, "Product Added")
    assert (event.props, event.via, event.source) == ({"cart_id": "c1"}, "customer_id:7", "shop")
    assert person.bucket == bucket_of(person.id)
    assert person.id & 255 == slot_of("customer_id:7")
    assert person.die == hash64("die|customer_id:7")
    fresh = one(db, "SELECT * FROM fresh")
    assert (fresh.event, fresh.batch, fresh.person, fresh.at) == (event.id, 1, person.id, T0)
    assert rows(db, "SELECT * FROM arrival") == []


def test_the_horizon_moves_only_when_nothing_is_left(db: Database) -> None:
    store_arrivals(db, [track(i, "Page Read", userId="7") for i in range(5)])
    first = resolve(db, limit=3)
    assert (first.more, first.horizon) == (True, None)
    assert one(db, "SELECT batch, isfinite(horizon) AS moved FROM resolve_state") == (1, False)
    second = resolve(db, limit=3)
    assert not second.more
    state = one(db, "SELECT batch, horizon FROM resolve_state")
    assert state == (2, second.horizon)
    assert [f.batch for f in rows(db, "SELECT batch FROM fresh ORDER BY event")] == [1, 1, 1, 2, 2]


_NOISE = random.Random(1).randbytes(20_000).hex()


@pytest.mark.parametrize("words", ["y" * 40_000, _NOISE], ids=["packs well", "packs badly"])
def test_a_batch_is_bounded_by_the_bytes_of_its_bodies(
    db: Database, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "MOST_BYTES", 100_000)
    store_arrivals(db, [track(i, "Page Read", userId="7", properties={"text": words}) for i in range(5)])
    store_arrivals(db, [track(9, "Page Read", userId="7", properties={"text": words * 4})])
    taken: list[ResolveReport] = []
    while not taken or taken[-1].more:
        taken.append(resolve(db))
    assert [(report.arrivals, report.more) for report in taken] == [(3, True), (3, False)], (
        "the one that reaches it is in"
    )
    assert [report.horizon is None for report in taken] == [True, False]


def test_an_idle_resolver_still_moves_the_horizon(db: Database) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    report = resolve(db)
    assert report.horizon is not None
    assert report.horizon > before
    assert one(db, "SELECT horizon FROM resolve_state").horizon == report.horizon


def test_a_virtual_clock_takes_only_what_had_come_in(db: Database) -> None:
    store_arrivals(db, [track(0, "One", userId="7")], now=at(1))
    store_arrivals(db, [track(0, "Two", userId="7")], now=at(5))
    assert resolve(db, now=at(2)).events == 1
    assert one(db, "SELECT horizon FROM resolve_state").horizon == at(2)
    assert resolve(db, now=at(5)).events == 1


def test_duplicates_change_nothing(db: Database) -> None:
    come_in(db, track(0, "A", "x", userId="7"), track(9, "B", "x", userId="8"))
    come_in(db, track(5, "C", "x", userId="9"))
    assert one(db, "SELECT name FROM event").name == "A"
    assert groups(db) == {frozenset({"customer_id:7"})}


def test_the_same_id_of_another_source_is_another_message(db: Database) -> None:
    other = Arrival("pos", "x", "track", T0, False, {"event": "B", "userId": "7"})
    come_in(db, track(0, "A", "x", userId="7"), other)
    assert len(rows(db, "SELECT 1 FROM event")) == 2


def test_message_ids_are_remembered_for_one_to_two_weeks(db: Database) -> None:
    def again(days: int) -> int:
        now = at(0) + timedelta(days=days)
        return come_in(db, track(0, "A", "x", userId="7"), now=now).events

    assert [again(0), again(6), again(8), again(13)] == [1, 0, 0, 0]  # day 8 began the second generation
    come_in(db, track(0, "B", "y", userId="7"), now=at(0) + timedelta(days=16))  # and this one empties the first
    assert again(17) == 1


def test_an_unreadable_arrival_is_set_aside_with_its_reason(db: Database) -> None:
    report = come_in(
        db,
        track(0, "Good", userId="7"),
        track(1, "Nobody", userId="null"),
        track(1, "", userId="7"),
        arrival("dance", 1, userId="7"),
        track(1, "Props", userId="7", properties=[1]),
        arrival("track", 1, userId="7"),
        consent(1, "email", "nonsense", "subscribed"),
        consent(1, "fax", "a@x.com", "subscribed"),
        consent(1, "email", "a@x.com", "maybe"),
        consent(1, "email", "a@x.com", "subscribed", "world peace"),
        consent(1, "email", "a@x.com", "subscribed", effectiveAt="yesterday"),
        track(2, "Good", userId="8"),
    )
    assert (report.events, report.rejected) == (2, 10)
    reasons = [r.reason for r in rows(db, "SELECT reason FROM rejected_arrival ORDER BY id")]
    assert reasons[0].startswith("no usable identifier")
    assert reasons[2] == "unknown type 'dance'"
    assert "properties is not a JSON object" in reasons
    assert any("effectiveAt is 'yesterday'" in reason for reason in reasons)


def test_data_that_no_statement_takes_is_found_by_halving(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zone out of the column's range stands in for whatever validation did not foresee."""
    monkeypatch.setattr(
        "antiphon.intake.facts.zone_id", lambda name: 70_000 if name == "Mars/Olympus" else zone_id(name)
    )
    good = [track(i, "Good", userId=f"u{i}") for i in range(20)]
    bad = arrival("identify", 3, "bad", userId="m", context={"timezone": "Mars/Olympus"})
    store_arrivals(db, [*good[:13], bad, *good[13:]])
    for _ in range(20):
        if not resolve(db).more:
            break
    assert len(rows(db, "SELECT 1 FROM event")) == 20
    rejected = one(db, "SELECT message_id, reason FROM rejected_arrival")
    assert rejected.message_id == "bad"
    assert "out of range" in rejected.reason


def test_a_second_resolver_stands_back(db: Database) -> None:
    store_arrivals(db, [track(0, "A", userId="7")])
    with db.begin("resolve") as connection:
        assert connection.execute(TRY_RESOLVE).scalar_one()
        assert resolve(db).skipped
    assert resolve(db).events == 1


def test_late_events_keep_their_time_and_early_ones_are_clamped(db: Database) -> None:
    come_in(
        db,
        track(-60 * 24 * 40, "Late", userId="7"),
        track(60 * 24, "Early", userId="7"),
        now=at(0),
    )
    assert rows(db, "SELECT name, at FROM event ORDER BY at") == [("Late", at(-60 * 24 * 40)), ("Early", T0)]
    assert one(db, "SELECT first_seen_at, last_seen_at FROM person") == (at(-60 * 24 * 40), T0)


def test_backfill_is_kept(db: Database) -> None:
    come_in(db, track(0, "A", userId="7", backfill=True))
    assert one(db, "SELECT e.backfill, f.backfill AS fresh FROM event e JOIN fresh f USING (bucket)") == (True, True)


def test_pages_and_screens(db: Database) -> None:
    come_in(
        db,
        arrival("page", 0, anonymousId="d", name="Home", properties={"url": "/"}),
        arrival("page", 1, anonymousId="d", type="screen", name="Cart"),
    )
    assert rows(db, "SELECT name, props FROM event ORDER BY at") == [
        ("Page Viewed", {"name": "Home", "url": "/"}),
        ("Screen Viewed", {"name": "Cart"}),
    ]


def test_traits_zone_and_addresses(db: Database) -> None:
    come_in(
        db, identify(5, user="7", email="Ann@X.com", phone="(850) 555-0100", city="Old", timezone="America/Chicago")
    )
    come_in(db, identify(2, user="7", city="Older", size="M"))
    come_in(db, identify(9, user="7", city="New"))
    person = one(db, "SELECT traits, traits_at, zone FROM person")
    assert person.traits["city"] == "New"
    assert person.traits["size"] == "M"
    assert person.traits_at == at(9)
    assert person.zone == zone_id("America/Chicago")
    held = rows(db, "SELECT channel, address, zones, marketing FROM person_address ORDER BY channel")
    zones = [zone_id("America/Chicago"), zone_id("America/New_York")]
    assert held == [("email", "ann@x.com", [], "never"), ("sms", "+18505550100", zones, "never")]


def test_a_user_id_that_is_an_address_is_an_address_too(db: Database) -> None:
    come_in(db, track(0, "A", userId="Ann@X.com"), identify(1, device="d", email="ann@x.com"))
    assert groups(db) == {frozenset({"customer_id:Ann@X.com", "email:ann@x.com", "device:d"})}


def test_third_party_ids_join(db: Database) -> None:
    other = {"externalIds": [{"id": "r-1", "type": "reviews"}]}
    come_in(db, track(0, "A", userId="7", context=other), track(1, "Product Reviewed", context=other))
    assert groups(db) == {frozenset({"customer_id:7", "reviews:r-1"})}
    assert len(rows(db, "SELECT DISTINCT person FROM event")) == 1


def test_partitions_are_made_ahead_and_far_dates_stay_in_the_default(db: Database) -> None:
    come_in(db, track(0, "Now", userId="7"), now=T0)
    with db.begin("test") as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS event_2026_02")
    resolving._partitions.clear()
    old = datetime(1980, 1, 1, tzinfo=UTC)
    far = [
        Arrival("shop", f"far{i}", "track", old + timedelta(days=i), True, {"event": "Far", "userId": "7"})
        for i in range(2)
    ]
    come_in(db, track(-60 * 24 * 20, "February", userId="7"), *far, now=at(1))
    where = rows(db, "SELECT tableoid::regclass::text AS part, name FROM event ORDER BY at")
    assert [tuple(r) for r in where] == [
        ("event_default", "Far"),
        ("event_default", "Far"),
        ("event_2026_02", "February"),
        ("event_2026_03", "Now"),
    ]
    assert rows(db, "SELECT 1 FROM pg_class WHERE relname = 'event_2026_04'")


def test_a_month_that_the_default_partition_holds_is_left_to_it(db: Database) -> None:
    with db.begin("test") as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS event_2011_05")
        connection.exec_driver_sql(
            "INSERT INTO event_default (bucket, person, at, id, name, received_at) VALUES (5, 1, '2011-05-05', 1, 'X', now())"
        )
    resolving._partitions.clear()
    early = datetime(2011, 5, 9, tzinfo=UTC)
    report = come_in(db, Arrival("shop", "may", "track", early, True, {"event": "May", "userId": "7"}))
    assert report.events == 1
    assert one(db, "SELECT tableoid::regclass::text AS part FROM event WHERE name = 'May'").part == "event_default"


def test_what_cannot_be_written_any_more_is_set_aside_and_stops_nobody(db: Database) -> None:
    deep: dict[str, object] = {}
    for _ in range(251):
        deep = {"a": deep}
    come_in(db, track(0, "Page Read", userId="8"), identify(1, user="7", deep=deep))
    come_in(
        db, track(2, "Page Read", userId="9"), identify(3, user="7", device="x", plan="gold"),
        identify(4, device="x", deep=deep), track(5, "Page Read", userId="9"),
    )  # fmt: skip
    assert rows(db, "SELECT 1 FROM arrival") == []
    assert len(rows(db, "SELECT 1 FROM event")) == 3
    aside = rows(db, "SELECT message_id, reason FROM rejected_arrival")
    assert all("ecursion" in row.reason or "depth" in row.reason for row in aside), aside
    assert 1 <= len(aside) <= 2


def test_whatever_breaks_one_arrival_leaves_the_others(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    made = matching.match

    def fragile(connection: Any, facts: Any, *rest: Any) -> Any:
        if any((fact.traits or {}).get("plan") == "lead" for fact in facts):
            raise TypeError("of no use")
        return made(connection, facts, *rest)

    come_in(db, track(0, "Page Read", userId="1"), track(1, "Page Read", userId="2"))
    monkeypatch.setattr(resolving, "match", fragile)
    store_arrivals(db, [identify(2 + n, user=str(n), plan="lead" if n == 1 else "gold") for n in (1, 2)])
    store_arrivals(db, [track(8, "Page Read", userId="2")])
    while resolve(db).more:
        pass
    assert [row.reason for row in rows(db, "SELECT reason FROM rejected_arrival")] == ["of no use"]
    assert rows(db, "SELECT 1 FROM arrival") == []
    assert len(rows(db, "SELECT 1 FROM event")) == 3
