"""Any order of planning, dispatching, dying, sweeping, stopping and waiting keeps what must hold."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import Shop, dispatcher
from tests.integration.delivery.test_crash import Dying, KilledError

from antiphon.delivery.hand import HANDING_LEASE
from antiphon.kit.buckets import abucket_of
from antiphon.store.db import Database

ADDRESSES = ("ann@example.com", "bob@example.com", "+12125550101", "+12125550102")
POINTS = ("claimed", "rendered", "handing", "sent", "settled")


class Lives(RuleBasedStateMachine):
    """Examples share a database and a clock that never goes back; addresses are their own."""

    shop: ClassVar[Shop]
    examples: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).examples += 1
        self.addresses = [
            f"{self.examples}{address}" if "@" in address else f"+1212{self.examples:04d}{place:03d}"
            for place, address in enumerate(ADDRESSES)
        ]
        self.stopped: set[str] = set()
        self.shop.subscribe(*self.addresses)

    @initialize()
    def begin(self) -> None:
        for place in range(4):
            self.plan(place, "marketing", 0, expires=False)

    @rule(
        place=st.integers(0, 3),
        purpose=st.sampled_from(["marketing", "cart", "transactional"]),
        occasion=st.integers(0, 2),
        expires=st.booleans(),
    )
    def plan(self, place: int, purpose: str, occasion: int, expires: bool) -> None:
        now = self.shop.now
        self.shop.plan(
            self.addresses[place],
            purpose=purpose,
            occasion_key=f"{self.examples}-{occasion}",
            due_at=now,
            expires_at=now + timedelta(hours=6) if expires else None,
        )

    @rule(point=st.sampled_from(["", "", *POINTS]))
    def dispatch(self, point: str) -> None:
        with suppress(KilledError):
            Dying(self.shop.db, point).run_once(self.shop.now)

    @rule()
    def sweep(self) -> None:
        dispatcher(self.shop.db).sweep(self.shop.now)

    @rule(place=st.integers(0, 3))
    def stop(self, place: int) -> None:
        address = self.addresses[place]
        if address not in self.stopped:
            self.stopped.add(address)
            self.shop.suppress("email" if "@" in address else "sms", address)
            self.shop.cancel(address)

    @rule(minutes=st.sampled_from([16, 200, 700, 1500]))
    def wait(self, minutes: int) -> None:
        self.shop.now += timedelta(minutes=minutes)

    @invariant()
    def nothing_leaves_twice_or_unaccounted(self) -> None:
        with self.shop.db.read() as connection:
            odd = connection.execute(
                text(
                    "SELECT s.message, count(*), max(o.state) FROM sandbox_message s "
                    "LEFT JOIN outbox o ON o.abucket = s.abucket AND o.id = s.message "
                    "WHERE s.address = ANY(:addresses) GROUP BY s.message "
                    "HAVING count(*) > 1 OR NOT bool_and(coalesce(o.state, '') IN ('accepted', 'handing', 'unknown'))"
                ),
                {"addresses": self.addresses},
            ).all()
        assert odd == []

    @invariant()
    def no_address_gets_what_it_must_not(self) -> None:
        for address in self.addresses:
            with self.shop.db.read() as connection:
                rows = connection.execute(
                    text(
                        "SELECT s.at, o.purpose, o.occasion_key, o.expires_at, o.occasion_at, p.at AS stopped_at "
                        "FROM sandbox_message s JOIN outbox o ON o.abucket = s.abucket AND o.id = s.message "
                        "LEFT JOIN suppression p ON p.abucket = s.abucket AND p.address = s.address "
                        "WHERE s.abucket = :abucket AND s.address = :address ORDER BY s.at"
                    ),
                    {"abucket": abucket_of(address), "address": address},
                ).all()
            pushed = [row for row in rows if row.purpose != "transactional"]
            spacing = timedelta(hours=3) if "@" in address else timedelta(hours=24)
            assert all(after.at - before.at >= spacing for before, after in pairwise(pushed))
            assert all(row.expires_at is None or row.at < row.expires_at for row in rows)
            assert all(row.stopped_at is None or row.at <= row.stopped_at for row in pushed)
            if "@" not in address:
                carts = [row for row in rows if row.purpose == "cart"]
                assert len({row.occasion_key for row in carts}) == len(carts)
                assert all(row.at <= row.occasion_at + timedelta(hours=48) for row in carts)


@pytest.mark.slow
def test_lives(db: Database) -> None:
    Lives.shop, Lives.examples = Shop(db), 0
    Lives.shop.react(NOON + timedelta(days=3650))
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=50,
            derandomize=True,  # the same lives in each run, so that enough happens in them
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    survivor = dispatcher(db, "survivor")
    survivor.sweep(Lives.shop.now + 2 * HANDING_LEASE)
    assert not set(Lives.shop.states().values()) & {"claimed", "handing"}
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM sandbox_message")).scalar_one() > 20, "too little happened"
