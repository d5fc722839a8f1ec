"""Who is who: any order of the same facts gives the same people; merging carries rows over."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from threading import Thread
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from tests.emptying import truncate
from tests.integration.intake.helpers import (
    T0,
    arrival,
    at,
    come_in,
    consent,
    groups,
    identify,
    one,
    resolve_all,
    rows,
    track,
)

from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.resolve import resolve
from antiphon.kit.buckets import bucket_of
from antiphon.people.counted import RESPONSES, VALUED
from antiphon.store.db import Database
from antiphon.store.locks import ABUCKET_LOCKS, lock_buckets

TABLES = "arrival, person, identifier, evidence, conflict, alias, person_address, event, fresh, seen_message_0, seen_message_1"


def test_anonymous_becomes_known(db: Database) -> None:
    come_in(db, track(0, "Product Viewed", anonymousId="d"))
    before = one(db, "SELECT id FROM person").id
    report = come_in(db, identify(5, user="7", device="d", email="ann@x.com"))
    assert (report.people_new, report.merged) == (0, 0)
    assert one(db, "SELECT id FROM person").id == before
    assert one(db, "SELECT person FROM event").person == before


def test_two_people_become_one_and_history_goes_along(db: Database) -> None:
    come_in(db, track(0, "Product Viewed", anonymousId="d"))
    visitor = one(db, "SELECT id FROM person").id
    come_in(db, identify(1, user="7", email="ann@x.com", city="Rome"))
    known = one(db, "SELECT person FROM identifier WHERE kind = 'customer_id'").person
    assert known != visitor
    with db.begin("test") as connection:  # the tick has reacted to what came so far
        connection.execute(text("DELETE FROM fresh"))
    report = come_in(db, track(2, "Product Added", userId="7", anonymousId="d"))
    assert report.merged == 1
    assert one(db, "SELECT id FROM person").id == known  # more than a device goes before the elder
    assert rows(db, "SELECT bucket, person, name FROM event ORDER BY at") == [
        (bucket_of(known), known, "Product Viewed"),
        (bucket_of(known), known, "Product Added"),
    ]
    assert [f.name for f in rows(db, "SELECT name FROM fresh")] == ["Product Added"]  # history starts nothing
    alias = one(db, "SELECT bucket, person, to_bucket, to_person FROM alias")
    assert alias == (bucket_of(visitor), visitor, bucket_of(known), known)
    assert one(db, "SELECT first_seen_at, traits FROM person") == (T0, {"email": "ann@x.com", "city": "Rome"})


def test_an_event_that_waits_for_the_tick_still_waits_after_the_merge(db: Database) -> None:
    come_in(db, track(0, "Product Added", anonymousId="d"), identify(1, user="7"))
    come_in(db, identify(2, user="7", device="d"))
    known = one(db, "SELECT id FROM person").id
    assert one(db, "SELECT bucket, person, name FROM fresh") == (bucket_of(known), known, "Product Added")


def test_the_elder_of_two_known_people_wins(db: Database) -> None:
    come_in(db, identify(0, email="ann@x.com"), identify(1, user="7"))
    elder = one(db, "SELECT person FROM identifier WHERE kind = 'email'").person
    come_in(db, identify(2, user="7", email="ann@x.com"))
    assert one(db, "SELECT id FROM person").id == elder
    assert one(db, "SELECT to_person FROM alias").to_person == elder


def test_what_the_tick_keeps_of_people_is_joined(db: Database) -> None:
    come_in(db, track(0, "X", anonymousId="d"), identify(1, user="7"))
    visitor, known = (
        one(db, "SELECT person FROM identifier WHERE kind = :k", k=kind).person for kind in ("device", "customer_id")
    )
    _tick_rows(db, visitor, total=2, armed=True, open_at=at(10))
    _tick_rows(db, known, total=3, armed=False, open_at=at(5))
    come_in(db, identify(2, user="7", device="d"))
    key = (bucket_of(known), known)
    assert one(db, "SELECT bucket, person, n, value, first_at, last_at FROM event_total") == (*key, 5, 50, T0, at(9))
    assert one(db, "SELECT bucket, person, responses FROM engagement") == (*key, 5)
    assert one(db, "SELECT bucket, person, open_at, armed FROM watch") == (*key, at(10), True)


def _tick_rows(db: Database, person: int, total: int, *, armed: bool, open_at: datetime) -> None:
    given = {"b": bucket_of(person), "p": person, "n": total, "t": T0, "u": at(9), "armed": armed, "open": open_at}
    with db.begin("test") as connection:
        for statement in (
            "INSERT INTO event_total VALUES (:b, :p, 'X', :n, 10.0 * :n, :t, :u)",
            "INSERT INTO engagement VALUES (:b, :p, 'email', :u, :n)",
            (
                "INSERT INTO watch (bucket, person, touched_at, armed, open_kind, open_at, open_event) "
                "VALUES (:b, :p, :t, :armed, 'cart', :open, :n)"
            ),
        ):
            connection.execute(text(statement), given)


def _run(db: Database, number: int, person: int, key: str, moves: int) -> None:
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO run (bucket, id, person, journey, version, run_key, n, step, entered_at, wake_at, moves, "
                "occasion_at, occasion_event, started_at) VALUES (:b, :id, :p, 1, 1, :key, 1, 'wait', :t, :t, :m, :t, 1, :t)"
            ),
            {"b": bucket_of(person), "id": number, "p": person, "key": key, "m": moves, "t": T0},
        )


def test_of_colliding_runs_the_furthest_lives(db: Database) -> None:
    come_in(db, track(0, "X", anonymousId="d"), identify(1, user="7"))
    visitor, known = (
        one(db, "SELECT person FROM identifier WHERE kind = :k", k=kind).person for kind in ("device", "customer_id")
    )
    _run(db, 1, visitor, "cart-1", 4)
    _run(db, 2, known, "cart-1", 1)
    _run(db, 3, visitor, "cart-2", 0)
    come_in(db, identify(2, user="7", device="d"))
    assert rows(db, "SELECT bucket, person, id FROM run ORDER BY id") == [
        (bucket_of(known), known, 1),
        (bucket_of(known), known, 3),
    ]
    assert one(db, "SELECT person, id, outcome FROM run_done") == (known, 2, "merged")


def test_people_of_one_bucket_merge_too(db: Database) -> None:
    """Rows keyed by their own id stay where they are and change their person."""
    come_in(db, *(track(0, "X", anonymousId=f"d{i}") for i in range(300)))  # more than there are buckets
    devices: dict[int, list[str]] = {}
    for bucket, device in rows(db, "SELECT bucket, value FROM identifier ORDER BY person"):
        devices.setdefault(bucket, []).append(device)
    pair = next(found for found in devices.values() if len(found) > 1)
    elder = one(db, "SELECT person FROM identifier WHERE value = :v", v=pair[0]).person
    younger = one(db, "SELECT person FROM identifier WHERE value = :v", v=pair[1]).person
    _run(db, 5, younger, "cart-1", 1)
    come_in(
        db, arrival("alias", 3, userId="7", previousId=pair[0]), arrival("alias", 4, userId="7", previousId=pair[1])
    )
    assert one(db, "SELECT person FROM run").person == elder
    assert younger not in {r.person for r in rows(db, "SELECT person FROM fresh")}
    assert len(rows(db, "SELECT 1 FROM fresh WHERE person = :p", p=elder)) == 2


def _plan(db: Database, person: int, abucket: int = 5) -> None:
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, "
                "version, step, occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, state, state_at) "
                "VALUES (:a, 9, gen_random_uuid(), 'a@x.com', 'email', 1, 'marketing', :b, :p, 1, 1, 1, 's', 'k', :t, 1, "
                "'{}', :t, :t, 'planned', :t)"
            ),
            {"a": abucket, "b": bucket_of(person), "p": person, "t": T0},
        )


def test_the_outbox_follows_the_person(db: Database) -> None:
    come_in(db, track(0, "X", anonymousId="d"), identify(1, user="7"))
    visitor, known = (
        one(db, "SELECT person FROM identifier WHERE kind = :k", k=kind).person for kind in ("device", "customer_id")
    )
    _plan(db, visitor)
    come_in(db, identify(2, user="7", device="d"))
    assert one(db, "SELECT bucket, person FROM outbox") == (bucket_of(known), known)


def test_a_batch_of_merges_and_splits_takes_its_abuckets_at_once(db: Database) -> None:
    """Whoever holds one abucket and asks for a lower one waits for a hand-over that asks for them in order."""
    come_in(db, identify(5, email="ann@x.com", phone="+12125550100"), identify(0, email="bob@x.com"))
    come_in(db, track(0, "X", anonymousId="d"), identify(1, user="7"))
    ann, visitor = (one(db, "SELECT person FROM identifier WHERE value = :v", v=v).person for v in ("ann@x.com", "d"))
    _plan(db, ann, abucket=9)
    _plan(db, visitor, abucket=5)
    store_arrivals(db, [identify(1, email="bob@x.com", phone="+12125550100"), identify(2, user="7", device="d")])
    asked: list[Any] = []

    def look(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "pg_advisory_xact_lock" in statement and ABUCKET_LOCKS in parameters.values():
            asked.append(parameters["keys"])

    event.listen(db.engine, "before_cursor_execute", look)
    report = resolve(db)
    event.remove(db.engine, "before_cursor_execute", look)
    assert (report.merged, asked) == (1, [[5, 9]])


def test_a_merge_waits_for_the_tick_that_holds_a_bucket(db: Database) -> None:
    """Both buckets are locked before anything of them is read."""
    come_in(db, track(0, "X", anonymousId="d"), identify(1, user="7"))
    visitor = one(db, "SELECT person FROM identifier WHERE kind = 'device'").person
    store_arrivals(db, [identify(2, user="7", device="d")])
    with db.begin("tick") as tick:
        lock_buckets(tick, [bucket_of(visitor)])
        thread = Thread(target=resolve, args=(db,))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        tick.execute(
            text("INSERT INTO event_total VALUES (:b, :p, 'X', 1, 0, :t, :t)"),
            {"b": bucket_of(visitor), "p": visitor, "t": T0},
        )
    thread.join()
    known = one(db, "SELECT id FROM person").id
    assert one(db, "SELECT person, n FROM event_total") == (known, 1)


def test_one_phone_may_stand_under_two_people(db: Database) -> None:
    come_in(
        db, identify(0, email="ann@x.com", phone="+12125550100"), identify(1, email="bob@x.com", phone="+12125550100")
    )
    assert len(groups(db)) == 2
    assert len(rows(db, "SELECT 1 FROM person_address WHERE address = '+12125550100'")) == 2
    assert one(db, "SELECT reason FROM conflict").reason == "two emails by phone alone"
    come_in(db, consent(2, "sms", "+12125550100", "subscribed", "marketing"))
    assert {r.marketing for r in rows(db, "SELECT marketing FROM person_address WHERE channel = 'sms'")} == {
        "subscribed"
    }


def test_a_late_fact_may_take_an_identifier_away_again(db: Database) -> None:
    """Bob gave the number first, although that came in last: his events by it are his."""
    come_in(db, identify(5, email="ann@x.com", phone="+12125550100"), identify(0, email="bob@x.com"))
    come_in(db, arrival("track", 6, event="SMS Replied", context={"traits": {"phone": "+12125550100"}}))
    come_in(db, identify(1, email="bob@x.com", phone="+12125550100"))
    assert groups(db) == {frozenset({"email:ann@x.com"}), frozenset({"email:bob@x.com", "phone:+12125550100"})}
    bob = one(db, "SELECT person FROM identifier WHERE value = 'bob@x.com'").person
    assert one(db, "SELECT person, bucket FROM event") == (bob, bucket_of(bob))
    assert one(db, "SELECT person, bucket FROM fresh") == (bob, bucket_of(bob))
    # Ann gave it as well, so a text to it is to her too
    assert len(rows(db, "SELECT 1 FROM person_address WHERE address = '+12125550100'")) == 2


def test_totals_are_counted_anew_when_an_identifier_leaves(db: Database) -> None:
    assert (VALUED, RESPONSES) == (("Order Completed",), ("Email Clicked", "SMS Clicked", "SMS Replied"))
    traits = {"traits": {"phone": "+12125550100"}}
    come_in(db, identify(5, email="ann@x.com", phone="+12125550100"), identify(0, email="bob@x.com"))
    ann = one(db, "SELECT person FROM identifier WHERE value = 'ann@x.com'").person
    come_in(db, track(6, "Order Completed", context=traits, properties={"revenue": 5}))
    with db.begin("test") as connection:
        connection.execute(text("DELETE FROM fresh"))
    _tick_rows(db, ann, total=1, armed=False, open_at=at(5))  # what the tick would have counted by now, of another name
    come_in(db, track(7, "Order Completed", context=traits, properties={"revenue": 7}))  # the tick has not seen it yet
    come_in(db, identify(1, email="bob@x.com", phone="+12125550100"))
    bob = one(db, "SELECT person FROM identifier WHERE value = 'bob@x.com'").person
    assert one(db, "SELECT bucket, person, name, n, value FROM event_total") == (
        bucket_of(bob),
        bob,
        "Order Completed",
        1,
        5,
    )


def test_a_kiosk_is_nobody(db: Database) -> None:
    come_in(db, *(identify(i, user=f"u{i}", device="kiosk") for i in range(5)))
    assert frozenset({"customer_id:u0", "device:kiosk"}) in groups(db)
    come_in(db, identify(9, user="u9", device="kiosk"))
    assert groups(db) == {frozenset({f"customer_id:u{i}"}) for i in (0, 1, 2, 3, 4, 9)} | {frozenset({"device:kiosk"})}
    assert one(db, "SELECT value FROM conflict WHERE reason = 'shared'").value == "kiosk"
    come_in(db, identify(10, user="u10", device="kiosk"))
    assert len(groups(db)) == 8
    assert len(rows(db, "SELECT 1 FROM person")) == 8


USERS, DEVICES = st.sampled_from([None, "u1", "u2", "u3"]), st.sampled_from([None, "d1", "d2"])
EMAILS = st.sampled_from([None, "a@x.com", "b@x.com", "c@x.com"])
PHONES = st.sampled_from([None, "+12125550101", "+12125550102"])
FACTS = st.lists(
    st.tuples(USERS, DEVICES, EMAILS, PHONES, st.integers(0, 3)).filter(lambda f: any(f[:4])), min_size=2, max_size=8
)


def _arrival(number: int, fact: tuple[Any, ...]) -> Arrival:
    user, device, email, phone, minute = fact
    traits = {"email": email, "phone": phone}
    ids = {"userId": user, "anonymousId": device}
    context = {"traits": {k: v for k, v in traits.items() if v}}
    body = {"event": "X", "context": context, **{k: v for k, v in ids.items() if v}}
    return Arrival("shop", f"h{number}", "track", at(minute), False, body)


def _people_of(db: Database, arrivals: list[Arrival], cut: Callable[[int], bool]) -> set[frozenset[str]]:
    """Resolve ``arrivals`` in batches that end where ``cut`` says; checks what must hold of the rows."""
    with db.begin("test") as connection:
        truncate(connection, TABLES)
    for number, each in enumerate(arrivals):
        store_arrivals(db, [each])
        if cut(number):
            resolve_all(db)
    resolve_all(db)
    owner = {f"{r.kind}:{r.value}": r.person for r in rows(db, "SELECT kind, value, person FROM identifier")}
    assert {r.id for r in rows(db, "SELECT id FROM person")} == set(owner.values())
    events = rows(db, "SELECT bucket, person, via FROM event")
    assert all((e.bucket, e.person) == (bucket_of(owner[e.via]), owner[e.via]) for e in events)
    assert len(events) == len(rows(db, "SELECT 1 FROM fresh")) == len(arrivals)
    held = {(r.person, r.address) for r in rows(db, "SELECT person, address FROM person_address")}
    assert held >= {(p, key.partition(":")[2]) for key, p in owner.items() if key.startswith(("email:", "phone:"))}
    return groups(db)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=FACTS, seed=st.integers(0, 1000))
def test_any_order_and_any_batches_give_the_same_people(db: Database, facts: list[tuple[Any, ...]], seed: int) -> None:
    arrivals = [_arrival(i, fact) for i, fact in enumerate(facts)]
    chance = Random(seed)
    shuffled = chance.sample(arrivals, len(arrivals))
    together = _people_of(db, arrivals, lambda number: False)
    one_by_one = _people_of(db, shuffled, lambda number: chance.random() < 0.7)
    assert together == one_by_one
