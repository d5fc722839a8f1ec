"""Orders of Canadians imply consent to emails for two years, whatever comes in first; nothing else does."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.emptying import truncate
from tests.integration.intake.helpers import arrival, at, come_in, consent, identify, one, rows, track
from tests.integration.intake.test_people import TABLES

from antiphon.addresses.evidence import read_evidence
from antiphon.intake.models import Arrival
from antiphon.store.db import Database

ANN = "ann@x.com"
NOW = at(7 * 24 * 60)
CANADIAN: dict[str, Any] = {"shipping_address": {"province": "ON", "country": "CA"}}
AMERICAN: dict[str, Any] = {"shipping_address": {"state": "NY", "country": "US"}}


def order(minute: float, number: str = "o1", *, backfill: bool = False, **props: Any) -> Arrival:
    properties = {"order_id": number, "total": 80, **props}
    return track(minute, "Order Completed", userId="7", properties=properties, backfill=backfill)


def state(db: Database) -> tuple[str, datetime | None] | None:
    found = rows(db, "SELECT state, expires_at FROM consent WHERE purpose = 'marketing' AND channel = 'email'")
    return (found[0].state, found[0].expires_at) if found else None


def mirrored(db: Database) -> str:
    return str(one(db, "SELECT marketing FROM person_address WHERE channel = 'email'").marketing)


def test_an_order_of_a_canadian_implies_consent_for_two_years(db: Database) -> None:
    come_in(db, identify(0, user="7", email=ANN), order(5, **CANADIAN), now=NOW)
    fact = one(db, "SELECT brand, purpose, state, method, effective_at, expires_at, source, detail FROM consent_fact")
    assert fact[:4] == (1, "marketing", "subscribed", "implied purchase")
    assert (fact.effective_at, fact.source) == (at(5), "shop")
    assert fact.expires_at == at(5).replace(year=2028)
    assert (fact.detail["order"], fact.detail["countryFrom"]) == ("o1", "order")
    assert mirrored(db) == "subscribed"
    assert rows(db, "SELECT 1 FROM event WHERE name = 'Email Subscribed'") == []  # nobody subscribed
    with db.read() as connection:
        sheet = read_evidence(connection, "email", ANN)
    assert sheet.entries[0].detail["rules"].startswith("implied@")


def test_a_later_order_extends_it(db: Database) -> None:
    come_in(db, identify(0, user="7", email=ANN), order(5, **CANADIAN), now=NOW)
    come_in(db, order(60 * 24, "o2", **CANADIAN), now=NOW)
    assert state(db) == ("subscribed", at(60 * 24).replace(year=2028))


@pytest.mark.parametrize(
    ("traits", "props", "implied"),
    [
        ({}, CANADIAN, True),
        ({}, AMERICAN, False),
        ({}, {}, False),
        ({"country": "Canada"}, {}, True),
        ({"country": "Canada"}, AMERICAN, False),
        ({"address": {"country": "US"}}, CANADIAN, True),
        ({"phone": "+14165550101"}, {}, True),
        ({"phone": "+12125550101"}, {}, False),
        ({"phone": "+18005550101"}, {}, False),
        ({"phone": "+14165550101", "country": "US"}, {}, False),
        ({}, {**CANADIAN, "billing_address": {"country": "US", "state": "NY"}}, False),
        ({}, {"shipping_address": {"country": "GB"}}, False),
    ],
)
def test_the_country_is_the_orders_else_the_profiles_else_the_phones(
    db: Database, traits: dict[str, Any], props: dict[str, Any], implied: bool
) -> None:
    come_in(db, identify(0, user="7", email=ANN, **traits), order(5, **props), now=NOW)
    assert (state(db) is not None) is implied
    assert rows(db, "SELECT 1 FROM consent WHERE channel = 'sms'") == []


def test_a_phone_is_never_implied_to_agree_to_texts(db: Database) -> None:
    come_in(db, identify(0, user="7", phone="+14165550101"), order(5, **CANADIAN), now=NOW)
    assert rows(db, "SELECT 1 FROM consent_fact") == []


def test_the_brand_may_switch_it_off(db: Database) -> None:
    with db.begin("test") as connection:
        connection.execute(text("""UPDATE brand SET settings = '{"implied_from_orders": false}' WHERE id = 1"""))
    come_in(db, identify(0, user="7", email=ANN), order(5, **CANADIAN), now=NOW)
    assert rows(db, "SELECT 1 FROM consent_fact") == []


def test_history_counts_at_its_own_instants(db: Database) -> None:
    now = datetime(2026, 3, 3, 12, tzinfo=UTC)
    long_ago, recent = -3 * 365 * 24 * 60.0, -300 * 24 * 60.0
    come_in(db, identify(-1, user="7", email=ANN), order(long_ago, "old", backfill=True, **CANADIAN), now=now)
    assert state(db) is None
    come_in(db, order(recent, "recent", backfill=True, **CANADIAN), now=now)
    assert state(db) == ("subscribed", at(recent).replace(year=2027))


def test_an_address_that_is_learnt_later_has_what_earlier_orders_imply(db: Database) -> None:
    come_in(db, identify(0, user="7", firstName="Ann"), order(5, **CANADIAN), now=NOW)
    assert state(db) is None
    come_in(db, identify(9, user="7", email=ANN), now=NOW)
    assert state(db) == ("subscribed", at(5).replace(year=2028))
    assert mirrored(db) == "subscribed"


def test_an_order_by_a_device_counts_once_the_device_has_an_owner(db: Database) -> None:
    by_device = arrival("track", 5, anonymousId="d", event="Order Completed", properties={"order_id": "o", **CANADIAN})
    come_in(db, identify(0, user="7", email=ANN), by_device, now=NOW)
    assert state(db) is None
    come_in(db, identify(9, user="7", device="d"), now=NOW)
    assert state(db) == ("subscribed", at(5).replace(year=2028))


@pytest.mark.parametrize("first", [True, False])
def test_nothing_is_implied_after_an_opt_out_and_nothing_given_is_weakened(db: Database, *, first: bool) -> None:
    known = identify(0, user="7", email=ANN)
    out = consent(1, "email", ANN, "unsubscribed", "marketing", method="one-click")
    come_in(db, known, *([out] if first else [order(5, **CANADIAN)]), now=NOW)
    come_in(db, order(5, **CANADIAN) if first else out, now=NOW)
    assert state(db) == ("unsubscribed", None)
    assert mirrored(db) == "unsubscribed"
    come_in(db, consent(50, "email", ANN, "subscribed", "marketing", doubleOptIn=True), now=NOW)
    come_in(db, order(60, "o3", **CANADIAN), now=NOW)
    assert state(db) == ("subscribed", None)


# --- any order of arrival ---------------------------------------------------------------------------------------------

_FACTS: Sequence[Arrival] = (
    identify(0, "known", user="7", firstName="Ann"),
    identify(1, "email", user="7", email=ANN),
    identify(2, "second", user="7", email="ann@work.com"),
    identify(3, "place", user="7", country="CA"),
    identify(4, "device", user="7", device="d"),
    track(10, "Order Completed", "plain", userId="7", properties={"order_id": "o1"}),
    track(20, "Order Completed", "sent", userId="7", properties={"order_id": "o2", **CANADIAN}),
    track(20, "Order Completed", "again", userId="7", properties={"order_id": "o2", **CANADIAN}),
    track(30, "Order Completed", "abroad", userId="7", properties={"order_id": "o3", **AMERICAN}),
    arrival("track", 40, "guest", anonymousId="d", event="Order Completed", properties={"order_id": "o4", **CANADIAN}),
    consent(25, "email", ANN, "unsubscribed", "marketing", message_id="out", method="one-click"),
    consent(50, "email", "ann@work.com", "subscribed", "marketing", message_id="in", doubleOptIn=True),
)
_LEDGER = (
    "SELECT channel, address, purpose, state, method, effective_at, expires_at, detail->>'order' AS number "
    "FROM consent_fact ORDER BY address, effective_at, method"
)
_STATE = "SELECT channel, address, purpose, state, effective_at, expires_at FROM consent ORDER BY address, purpose"
_MIRROR = "SELECT channel, address, marketing, marketing_at FROM person_address ORDER BY address"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.sets(st.integers(1, len(_FACTS) - 1), min_size=3).flatmap(lambda s: st.permutations(sorted({0} | s))),
    cuts=st.sets(st.integers(1, len(_FACTS) - 1)),
)
def test_any_order_of_arrival_gives_the_same_ledger(db: Database, chosen: list[int], cuts: set[int]) -> None:
    def ledger(numbers: Sequence[int], stops: set[int]) -> list[list[Any]]:
        with db.begin("test") as connection:
            connection.execute(text("SET LOCAL antiphon.erase = 'on'"))
            truncate(connection, f"{TABLES}, consent, consent_fact, suppression, person_place")
        bounds = [0, *sorted(stop for stop in stops if stop < len(numbers)), len(numbers)]
        for start, stop in pairwise(bounds):
            come_in(db, *(_FACTS[number] for number in numbers[start:stop]), now=NOW)
        return [[tuple(row) for row in rows(db, statement)] for statement in (_LEDGER, _STATE, _MIRROR)]

    assert ledger(chosen, cuts) == ledger(sorted(chosen), set())
