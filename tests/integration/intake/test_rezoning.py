"""Zones of stored phones follow the data, in portions, once for each version."""

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.intake.helpers import come_in, identify, one, rows

from antiphon.engine.engine import Engine
from antiphon.engine.wake import Bell
from antiphon.engine.worker import Worker
from antiphon.intake.queries import RESOLVE_ALONE
from antiphon.intake.rezoning import KEY, Refreshed, refresh_zones
from antiphon.kit.signing import Signer
from antiphon.rules.area import zones_of
from antiphon.rules.places.data import version
from antiphon.store.db import Database

PHONES = [f"+1212555{n:04d}" for n in range(6)] + ["+18505550101", "+442071838750"]


@pytest.fixture
def stale(db: Database) -> Database:
    """People whose phones were stored by data that knew fewer zones."""
    come_in(db, *(identify(0, user=f"u{n}", phone=phone, email=f"a{n}@x.com") for n, phone in enumerate(PHONES)))
    with db.begin("test") as connection:
        connection.execute(text("UPDATE person_address SET zones = '{1}' WHERE channel = 'sms'"))
    return db


def zones(db: Database) -> dict[str, list[int]]:
    return {
        row.address: row.zones for row in rows(db, "SELECT address, zones FROM person_address WHERE channel = 'sms'")
    }


def test_phones_get_the_zones_of_newer_data_in_portions_and_once(stale: Database) -> None:
    assert refresh_zones(stale, NOON, data="2030-01-01", portion=3) == Refreshed(8, 8)
    assert zones(stale) == {phone: list(zones_of(phone)) for phone in PHONES}
    assert len(zones(stale)["+18505550101"]) > 1
    assert rows(stale, "SELECT DISTINCT zones FROM person_address WHERE channel = 'email'")[0].zones == []
    assert refresh_zones(stale, NOON, data="2030-01-01") == Refreshed()
    assert refresh_zones(stale, NOON, data="2029-12-31") == Refreshed(), "an older release leaves it alone"
    assert refresh_zones(stale, NOON, data="2030-01-02") == Refreshed(8, 0)


def test_a_crash_between_portions_goes_on_where_it_stopped(stale: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("antiphon.intake.rezoning.TURNS", 1)
    assert refresh_zones(stale, NOON, data="2030-01-01", portion=5) == Refreshed(5, 5, done=False)
    assert refresh_zones(stale, NOON, data="2030-01-01", portion=5) == Refreshed(3, 3)
    # data that came meanwhile begins at the first phone again
    assert refresh_zones(stale, NOON, data="2031-01-01", portion=5) == Refreshed(5, 0, done=False)
    assert refresh_zones(stale, NOON, data="2032-01-01", portion=9) == Refreshed(8, 0)


def test_it_leaves_the_resolver_its_turn(stale: Database) -> None:
    with stale.begin("resolve") as connection:
        connection.execute(RESOLVE_ALONE)
        assert refresh_zones(stale, NOON) == Refreshed(done=False)
    assert refresh_zones(stale, NOON) == Refreshed(8, 8)


def test_a_worker_does_it(stale: Database) -> None:
    engine = Engine(stale, Signer(b"x" * 32), base_url="https://shop.example", worker="test")
    worker = Worker(engine, Bell(stale.url), "test")
    try:
        worker._upkeep(NOON)
    finally:
        engine.close()
    assert zones(stale) == {phone: list(zones_of(phone)) for phone in PHONES}
    assert one(stale, "SELECT value FROM setting WHERE key = :key", key=KEY).value == {"version": version()}
