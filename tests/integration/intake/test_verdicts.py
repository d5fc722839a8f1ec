"""What humans say of who is who: merge, split and undo, and what becomes of the rows meanwhile."""

from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.intake.helpers import (
    EVIDENCE,
    T0,
    arrival,
    at,
    come_in,
    consent,
    groups,
    identify,
    one,
    rows,
    track,
)

from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.kit.buckets import bucket_of
from antiphon.store.db import Database

ANN, BOB = "email:ann@x.com", "email:bob@x.com"


def person(db: Database, key: str) -> int:
    kind, _, value = key.partition(":")
    found: int = one(db, "SELECT person FROM identifier WHERE kind = :k AND value = :v", k=kind, v=value).person
    return found


def merged(db: Database, first: str, second: str) -> dict[str, Any]:
    payload = {"person": person(db, first), "other": person(db, second), "why": "they wrote to us"}
    return carry_out(db, "people.merge", payload, "robin@example.com", at(60))


def split(db: Database, who: int, *keys: str) -> dict[str, Any]:
    payload = {"person": who, "identifiers": [key.split(":", 1) for key in keys], "why": ""}
    return carry_out(db, "people.split", payload, "robin@example.com", at(90))


def undone(db: Database, act: int) -> dict[str, Any]:
    return carry_out(db, "people.undo", {"act": act}, "robin@example.com", at(120))


def people(db: Database) -> dict[str, Any]:
    """What pages show of people, by id."""
    found = rows(db, "SELECT id, die, traits, zone, first_seen_at FROM person ORDER BY id")
    return {row.id: tuple(row)[1:] for row in found}


def everything(db: Database) -> list[Any]:
    """All rows of people that a merge may carry, in an order of their own."""
    queries = (
        "SELECT kind, value, bucket, person FROM identifier ORDER BY 1, 2",
        f"SELECT kind, value, other_kind, other_value, outcome FROM {EVIDENCE} ORDER BY 1, 2, 3, 4",
        "SELECT bucket, person, channel, address, marketing FROM person_address ORDER BY 2, 3, 4",
        "SELECT bucket, person, id, name FROM event ORDER BY id",
        "SELECT bucket, person, event FROM fresh ORDER BY event",
        "SELECT person, kind, value FROM alias ORDER BY 1",
        "SELECT kind, value, reason FROM conflict ORDER BY 1, 2",
        "SELECT channel, address, purpose, state FROM consent ORDER BY 1, 2, 3",
    )
    return [rows(db, query) for query in queries]


def two_customers(db: Database) -> None:
    come_in(
        db,
        identify(0, user="1", email="ann@x.com", firstName="Ann", timezone="America/New_York"),
        identify(1, user="2", email="bob@x.com", firstName="Bob"),
        track(2, "Order Completed", userId="1", properties={"revenue": 10}),
        track(3, "Order Completed", userId="2", properties={"revenue": 20}),
        consent(4, "email", "ann@x.com", "subscribed", "marketing"),
        consent(5, "email", "bob@x.com", "unsubscribed", "marketing"),
    )


def test_a_human_joins_what_guards_keep_apart(db: Database) -> None:
    two_customers(db)
    ann, bob = person(db, ANN), person(db, BOB)
    result = merged(db, ANN, BOB)
    assert result["person"] == ann == one(db, "SELECT id FROM person").id
    assert groups(db) == {frozenset({"customer_id:1", "customer_id:2", ANN, BOB})}
    assert {row.person for row in rows(db, "SELECT person FROM event")} == {ann}
    states = {row.address: row.marketing for row in rows(db, "SELECT address, marketing FROM person_address")}
    assert states == {"ann@x.com": "subscribed", "bob@x.com": "unsubscribed"}
    said = one(db, "SELECT DISTINCT says, who, at, why, act FROM verdict")
    assert said[:4] == ("same", "robin@example.com", at(60), "they wrote to us")
    assert one(db, "SELECT to_person FROM alias WHERE person = :p", p=bob).to_person == ann


def test_an_undone_merge_restores_both(db: Database) -> None:
    two_customers(db)
    before, rows_before = people(db), everything(db)
    act = merged(db, ANN, BOB)["act"]
    undone(db, act)
    assert people(db) == before
    assert everything(db) == rows_before
    assert rows(db, "SELECT 1 FROM verdict") == []


def test_rows_made_in_between_follow_their_identifier(db: Database) -> None:
    two_customers(db)
    ann, bob = person(db, ANN), person(db, BOB)
    act = merged(db, ANN, BOB)["act"]
    come_in(
        db,
        track(70, "Product Viewed", userId="2"),
        identify(71, user="2", city="Rome"),
        identify(72, user="2", phone="+12125550100"),
        track(73, "Product Added", userId="1"),
    )
    undone(db, act)
    where = {row.name: row.person for row in rows(db, "SELECT name, person FROM event WHERE at >= :t", t=at(70))}
    assert where == {"Product Viewed": bob, "Product Added": ann}
    traits = {row.id: row.traits for row in rows(db, "SELECT id, traits FROM person")}
    assert traits[ann] == {"email": "ann@x.com", "firstName": "Ann", "timezone": "America/New_York"}
    assert traits[bob] == {"email": "bob@x.com", "firstName": "Bob", "city": "Rome", "phone": "+12125550100"}
    assert person(db, "phone:+12125550100") == bob
    assert one(db, "SELECT person FROM person_address WHERE channel = 'sms'").person == bob


def test_a_split_keeps_apart_what_evidence_would_join(db: Database) -> None:
    come_in(
        db,
        identify(0, user="1", email="ann@x.com", phone="+12125550100"),
        identify(1, device="d", email="ann@x.com"),
        track(2, "Product Viewed", anonymousId="d"),
        arrival("track", 3, event="SMS Clicked", context={"traits": {"phone": "+12125550100"}}),
    )
    who = person(db, ANN)
    result = split(db, who, "phone:+12125550100", "device:d")
    other = result["split"]
    assert result["person"] == who
    assert groups(db) == {frozenset({"customer_id:1", ANN}), frozenset({"phone:+12125550100", "device:d"})}
    assert {row.person for row in rows(db, "SELECT person FROM event")} == {other}
    assert [row.person for row in rows(db, "SELECT person FROM person_address WHERE channel = 'sms'")] == [other]
    come_in(db, identify(10, user="1", email="ann@x.com", phone="+12125550100", device="d"))  # told once more
    assert person(db, "device:d") == other
    assert [row.person for row in rows(db, "SELECT person FROM person_address WHERE channel = 'sms'")] == [other]
    assert rows(db, "SELECT 1 FROM conflict") == []  # a human has spoken: nothing to ask
    undone(db, result["act"])
    assert groups(db) == {frozenset({"customer_id:1", ANN, "phone:+12125550100", "device:d"})}


def test_merge_then_split_restores_both(db: Database) -> None:
    two_customers(db)
    before = people(db)
    bob = person(db, BOB)
    who = merged(db, ANN, BOB)["person"]
    result = split(db, who, "customer_id:2", BOB)
    assert (result["person"], result["split"]) == (who, bob)
    assert people(db) == before
    assert rows(db, "SELECT 1 FROM alias") == []


def test_the_newest_word_counts(db: Database) -> None:
    two_customers(db)
    apart = groups(db)
    who = merged(db, ANN, BOB)["person"]
    parted = split(db, who, "customer_id:2", BOB)["act"]
    again = merged(db, ANN, BOB)
    assert len(groups(db)) == 1
    undone(db, again["act"])
    assert groups(db) == apart
    undone(db, parted)  # the first merge still stands
    assert len(groups(db)) == 1


def test_runs_go_with_the_event_that_they_are_about(db: Database) -> None:
    two_customers(db)
    ann, bob = person(db, ANN), person(db, BOB)
    events = {row.person: row for row in rows(db, "SELECT id, at, person FROM event WHERE name = 'Order Completed'")}
    for who, number, moves in ((ann, 1, 1), (bob, 2, 5)):
        _run(db, number, who, moves, events[who])
    act = merged(db, ANN, BOB)["act"]
    assert one(db, "SELECT id, person FROM run") == (2, ann)
    assert one(db, "SELECT id, outcome FROM run_done") == (1, "merged")
    undone(db, act)
    assert one(db, "SELECT bucket, id, person FROM run") == (bucket_of(bob), 2, bob)
    assert one(db, "SELECT bucket, id, person FROM run_done") == (bucket_of(ann), 1, ann)
    entries = rows(db, "SELECT bucket, person, run, n FROM entry ORDER BY run")
    assert entries == [(bucket_of(ann), ann, 1, 1), (bucket_of(bob), bob, 2, 1)]  # nobody enters once more
    assert one(db, "SELECT bucket, person, state FROM outbox") == (bucket_of(bob), bob, "planned")


_RUN = text(
    "INSERT INTO run (bucket, id, person, journey, version, run_key, n, step, entered_at, wake_at, moves, "
    "occasion_at, occasion_event, started_at) VALUES (:b, :id, :p, 1, 1, 'k', 1, 'wait', :t, :t, :m, :at, :e, :t)"
)
_ENTRY = text(
    "INSERT INTO entry (bucket, journey, person, run_key, n, at, occasion_at, occasion_event, run, tick) "
    "VALUES (:b, 1, :p, 'k', 1, :t, :at, :e, :id, 0)"
)
_MESSAGE = text(
    "INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, step, "
    "occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, state, state_at) VALUES (5, 9, "
    "gen_random_uuid(), 'bob@x.com', 'email', 1, 'marketing', :b, :p, :id, 1, 1, 's', 'k', :t, 1, '{}', :t, :t, 'planned', :t)"
)


def _run(db: Database, number: int, who: int, moves: int, event: Any) -> None:
    given = {"b": bucket_of(who), "id": number, "p": who, "m": moves, "at": event.at, "e": event.id, "t": T0}
    with db.begin("test") as connection:
        for statement in (_RUN, _ENTRY):
            connection.execute(statement, given)
        if number == 2:
            connection.execute(_MESSAGE, given)


def test_what_cannot_be_done_is_said(db: Database) -> None:
    two_customers(db)
    ann = person(db, ANN)
    with pytest.raises(CommandFailedError, match="one person already"):
        merged(db, ANN, "customer_id:1")
    with pytest.raises(CommandFailedError, match="Nothing would be split"):
        split(db, ann, ANN, "customer_id:1")
    with pytest.raises(CommandFailedError, match="not identifiers"):
        split(db, ann, BOB)
    with pytest.raises(CommandFailedError, match="act 999"):
        undone(db, 999)


def test_a_shared_number_may_be_given_to_somebody(db: Database) -> None:
    come_in(db, *(identify(i, user=f"u{i}", phone="+12125550100") for i in range(6)))
    assert frozenset({"phone:+12125550100"}) in groups(db)
    merged(db, "customer_id:u3", "phone:+12125550100")
    assert frozenset({"customer_id:u3", "phone:+12125550100"}) in groups(db)
    come_in(db, identify(9, user="u9", phone="+12125550100"))
    assert frozenset({"customer_id:u3", "phone:+12125550100"}) in groups(db)


def test_a_command_keeps_no_identifier_and_no_words_about_people(db: Database) -> None:
    come_in(db, identify(0, user="7", email="ann@x.com"))
    who = person(db, "customer_id:7")
    split(db, who, ANN)
    with pytest.raises(CommandFailedError):
        split(db, who, "email:bob@x.com")
    merged(db, "customer_id:7", ANN)
    kept = " ".join(str(row) for row in rows(db, "SELECT payload, result, error FROM command"))
    assert "x.com" not in kept
    assert "they wrote" not in kept
