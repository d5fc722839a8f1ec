"""The short way for strangers writes the rows that the long way writes."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.emptying import truncate
from tests.integration.intake.helpers import EVIDENCE, arrival, come_in, groups, identify, one, rows, track
from tests.integration.intake.test_people import FACTS, TABLES

from antiphon.intake import strangers
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.facts import Fact
from antiphon.intake.models import Arrival
from antiphon.intake.resolve import resolve
from antiphon.intake.strangers import Parted
from antiphon.kit.buckets import abucket_of
from antiphon.store.db import Database

EVIDENCE_COLUMNS = "kind, value, other_kind, other_value, source, first_at, last_at, verified_at, outcome"
STORED = (
    "SELECT kind, value, first_at, last_at FROM identifier ORDER BY 1, 2",
    "SELECT traits::text, traits_at, zone, via, told, first_seen_at, last_seen_at, die FROM person ORDER BY die",
    f"SELECT {EVIDENCE_COLUMNS} FROM {EVIDENCE} ORDER BY 1, 2, 3, 4",
    "SELECT channel, address, abucket, since, zones, marketing, marketing_at, cart FROM person_address ORDER BY 1, 2, 4",
    "SELECT at, name, props, via FROM event ORDER BY id",
    "SELECT at, name FROM fresh ORDER BY event",
    "SELECT kind, value, other_kind, other_value, reason FROM conflict ORDER BY 1, 2, 3, 4",
)


def _stored(db: Database, arrivals: Sequence[Arrival]) -> list[Any]:
    with db.begin("test") as connection:
        truncate(connection, TABLES)
    come_in(db, *arrivals)
    return [groups(db), *(rows(db, query) for query in STORED)]


def _nobody(facts: Sequence[Fact], known: Any) -> Parted:
    return Parted([], list(facts))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=FACTS, zones=st.lists(st.sampled_from([None, "Europe/Rome", "America/New_York"]), min_size=8, max_size=8))
def test_both_ways_write_the_same(db: Database, facts: list[tuple[Any, ...]], zones: list[str | None]) -> None:
    arrivals = []
    for number, ((user, device, email, phone, minute), zone) in enumerate(zip(facts, zones, strict=False)):
        traits = {"email": email, "phone": phone, "tab\t\\": f"{number}\n", "gone": None if number % 2 else 1}
        ids = {k: v for k, v in {"userId": user, "anonymousId": device}.items() if v}
        context = {"timezone": zone} if zone else {}
        told = {k: v for k, v in traits.items() if v is not None or k == "gone"}
        arrivals.append(arrival("identify", minute, traits=told, context=context, **ids))
        arrivals.append(
            arrival("track", minute, event="X", context={"traits": {"email": email, "phone": phone}}, **ids)
        )
    short = _stored(db, arrivals)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strangers, "part", _nobody)
        assert short == _stored(db, arrivals)


STRANGERS = st.lists(
    st.fixed_dictionaries(
        {
            "ids": st.lists(st.sampled_from(["user", "device", "email", "phone"]), min_size=1, unique=True),
            "name": st.sampled_from([None, "Zoë", "\\N\t", '{"a"}']),
            "zone": st.sampled_from([None, "Europe/Rome"]),
            "minute": st.integers(0, 3),
            "event": st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(those=STRANGERS)
def test_many_at_once_are_stored_as_one_by_one(db: Database, those: list[dict[str, Any]]) -> None:
    arrivals = []
    for number, who in enumerate(those):
        address = {"email": f"p{number}@x.com", "phone": f"+121255501{number:02}"}
        traits = {"name": who["name"]} | {kind: address[kind] for kind in address if kind in who["ids"]}
        own = {"user": "userId", "device": "anonymousId"}
        ids = {own[kind]: f'{kind} "{number}\\' for kind in own if kind in who["ids"]}
        context = {"timezone": who["zone"]} if who["zone"] else {}
        kind, more = ("track", {"event": "X"}) if who["event"] else ("identify", {})
        context |= {"traits": traits} if who["event"] else {}
        told = {} if who["event"] else {"traits": traits}
        body: dict[str, Any] = {"context": context, **ids, **told, **more}
        arrivals.append(arrival(kind, who["minute"], **body))
    queries = (*STORED, "SELECT kind, value, beside, beside_source, beside_at FROM identifier ORDER BY 1, 2")
    stored = []
    for size in (10_000, 1):
        with db.begin("test") as connection:
            connection.execute(text(f"TRUNCATE {TABLES}"))
        store_arrivals(db, arrivals)
        while resolve(db, limit=size).more:
            pass
        stored.append([groups(db), *(rows(db, query) for query in queries)])
    assert stored[0] == stored[1]


def test_evidence_beside_an_identifier_becomes_rows_when_it_changes(db: Database) -> None:
    come_in(db, identify(0, user="1", email="ann@x.com", phone="+12125550101"))
    assert rows(db, "SELECT 1 FROM evidence") == []
    assert len(rows(db, f"SELECT 1 FROM {EVIDENCE}")) == 4
    come_in(db, identify(24 * 60, user="1", email="ann@x.com"))
    told = rows(db, f"SELECT kind, other_kind, last_at - first_at > '11:00' FROM {EVIDENCE} ORDER BY 1, 2")
    assert told == [
        *(("customer_id", "email", True), ("customer_id", "phone", False)),
        *(("email", "customer_id", True), ("phone", "customer_id", False)),
    ]
    assert len(rows(db, "SELECT 1 FROM evidence")) == 3, "the phone's end says what it said"


def test_a_value_that_copy_must_escape_is_kept(db: Database) -> None:
    come_in(db, identify(0, user="a\\b\tc", name="x\ny\\"), track(1, "X", userId="a\\b\tc"))
    assert one(db, "SELECT value FROM identifier").value == "a\\b\tc"
    assert one(db, "SELECT traits, via FROM person") == ({"name": "x\ny\\"}, "customer_id:a\\b\tc")


def test_a_consent_from_before_anybody_was_known_is_mirrored(db: Database) -> None:
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO consent (abucket, channel, address, brand, purpose, state, effective_at, double_opt_in) "
                "SELECT abucket, 'email', 'ann@x.com', 1, 'marketing', 'unsubscribed', '2026-01-01', false "
                "FROM (SELECT cast(:a AS smallint) AS abucket) k"
            ),
            {"a": abucket_of("ann@x.com")},
        )
    come_in(db, identify(0, user="1", email="ann@x.com"))
    assert one(db, "SELECT marketing FROM person_address").marketing == "unsubscribed"
