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
from antiphon.intake.facts import Fact
from antiphon.intake.models import Arrival
from antiphon.intake.strangers import Parted
from antiphon.kit.buckets import abucket_of
from antiphon.store.db import Database

STORED = (
    "SELECT kind, value, first_at, last_at FROM identifier ORDER BY 1, 2",
    "SELECT traits::text, traits_at, zone, via, told, first_seen_at, last_seen_at, die FROM person ORDER BY die",
    f"SELECT kind, value, other_kind, other_value, source, first_at, last_at, verified_at, outcome FROM {EVIDENCE} ORDER BY 1, 2, 3, 4",
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
