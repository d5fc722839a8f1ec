"""A worker that dies between any two commits: what it held is due again or unknown, and nothing leaves twice."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import BASE_URL, SIGNER, Shop, content_of, dispatcher

from antiphon.delivery.claim import LEASE
from antiphon.delivery.dispatch import Dispatcher
from antiphon.delivery.hand import HANDING_LEASE
from antiphon.delivery.models import SweepReport
from antiphon.kit.buckets import bucket_of, person_id
from antiphon.store.db import Database

MAILS = ("ann@example.com", "bob@example.com")
SECOND = timedelta(seconds=1)
AFTER_CLAIM, AFTER_HANDING = NOON + LEASE + SECOND, NOON + HANDING_LEASE + SECOND


class KilledError(BaseException):
    """The end of a process: nothing in between may catch it."""


class Dying(Dispatcher):
    """Dies at one checkpoint."""

    def __init__(self, db: Database, point: str) -> None:
        super().__init__(db, content_of, "dying", SIGNER, BASE_URL)
        self._point = point

    def checkpoint(self, name: str) -> None:
        if name == self._point:
            raise KilledError


def die_at(shop: Shop, point: str, now: datetime = NOON) -> None:
    with pytest.raises(KilledError):
        Dying(shop.db, point).run_once(now)


@pytest.fixture
def shop(db: Database) -> Shop:
    shop = Shop(db)
    shop.react(NOON + timedelta(days=1))
    shop.subscribe(*MAILS)
    return shop


@pytest.mark.parametrize(
    ("point", "left_in", "swept_to", "in_the_end", "sent"),
    [
        ("claimed", "claimed", "due", "accepted", 2),
        ("rendered", "claimed", "due", "accepted", 2),
        ("handing", "handing", "unknown", "unknown", 0),
        ("sent", "handing", "unknown", "unknown", 2),
        ("settled", "accepted", "accepted", "accepted", 2),
    ],
)
def test_death_between_commits(shop: Shop, point: str, left_in: str, swept_to: str, in_the_end: str, sent: int) -> None:
    for mail in MAILS:
        shop.plan(mail)
    die_at(shop, point)
    assert set(shop.states().values()) == {left_in}
    survivor = dispatcher(shop.db, "survivor")
    assert survivor.run_once(NOON).claimed == 0, "a live lease is left alone"
    lease = LEASE if left_in == "claimed" else HANDING_LEASE
    assert survivor.sweep(NOON + lease) == SweepReport()
    report = survivor.sweep(NOON + lease + SECOND)
    assert set(shop.states().values()) == {swept_to}
    assert (report.returned, report.unknown) == {"due": (2, 0), "unknown": (0, 2), "accepted": (0, 0)}[swept_to]
    survivor.run_once(NOON + lease + SECOND)
    assert set(shop.states().values()) == {in_the_end}
    addresses = [row["address"] for row in shop.sandbox()]
    assert sorted(addresses) == sorted(set(addresses))
    assert len(addresses) == sent


def test_what_is_unknown_counts_against_the_spacing(shop: Shop) -> None:
    shop.plan(MAILS[0])
    die_at(shop, "sent")
    dispatcher(shop.db).sweep(AFTER_HANDING)
    second = shop.plan(MAILS[0], due_at=AFTER_HANDING)
    dispatcher(shop.db).run_once(AFTER_HANDING)
    assert (shop.row(second)["state"], shop.row(second)["rule"]) == ("planned", "spacing.email")
    assert shop.row(second)["due_at"] == NOON + timedelta(hours=3)


def test_a_claim_counts_against_the_spacing_while_it_may_still_leave(shop: Shop) -> None:
    shop.plan(MAILS[0])
    die_at(shop, "claimed")
    second = shop.plan(MAILS[0])
    dispatcher(shop.db).run_once(NOON)
    assert (shop.row(second)["state"], shop.row(second)["rule"]) == ("planned", "spacing.email")


def test_the_late_answer_of_a_worker_thought_dead_still_counts(shop: Shop) -> None:
    message = shop.plan(MAILS[0])

    class Slow(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == "sent":
                dispatcher(shop.db, "other").sweep(AFTER_HANDING)
                assert shop.states() == {message: "unknown"}

    Slow(shop.db, content_of, "slow", SIGNER, BASE_URL).run_once(NOON)
    assert shop.states() == {message: "accepted"}


def test_a_worker_that_lost_its_lease_hands_nothing_over(shop: Shop) -> None:
    message = shop.plan(MAILS[0])

    class Stalled(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == "rendered":
                other = dispatcher(shop.db, "other")
                other.sweep(AFTER_CLAIM)
                other.run_once(AFTER_CLAIM)

    Stalled(shop.db, content_of, "stalled", SIGNER, BASE_URL).run_once(NOON)
    assert shop.states() == {message: "accepted"}
    assert len(shop.sandbox()) == 1


@pytest.mark.parametrize("point", ["claimed", "rendered", "handing"])
def test_a_stop_before_the_last_look_wins(shop: Shop, point: str) -> None:
    stopped, other = shop.plan(MAILS[0]), shop.plan(MAILS[1])

    class Raced(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == point:
                shop.suppress("email", MAILS[0])
                shop.cancel(MAILS[0])

    Raced(shop.db, content_of, "raced", SIGNER, BASE_URL).run_once(NOON)
    assert shop.states() == {stopped: "cancelled", other: "accepted"}
    assert shop.row(stopped)["rule"] == "suppression.stop"
    assert [row["address"] for row in shop.sandbox()] == [MAILS[1]]


def test_a_stop_after_the_wire_loses_cleanly(shop: Shop) -> None:
    sent = shop.plan(MAILS[0])

    class Raced(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == "sent":
                shop.suppress("email", MAILS[0])
                assert shop.cancel(MAILS[0]) == 0

    Raced(shop.db, content_of, "raced", SIGNER, BASE_URL).run_once(NOON)
    assert shop.states() == {sent: "accepted"}
    after = shop.plan(MAILS[0])
    dispatcher(shop.db).run_once(NOON + timedelta(hours=4))
    assert shop.states()[after] == "cancelled"


def test_an_order_between_claim_and_wire_ends_the_message(shop: Shop) -> None:
    message = shop.plan(MAILS[0])

    class Raced(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == "handing":
                shop.end_run(message)

    Raced(shop.db, content_of, "raced", SIGNER, BASE_URL).run_once(NOON)
    assert (shop.row(message)["state"], shop.row(message)["rule"]) == ("cancelled", "exit")
    assert shop.sandbox() == []


@pytest.mark.parametrize("point", ["claimed", "rendered", "handing"])
def test_time_goes_on_between_claim_and_wire(shop: Shop, point: str) -> None:
    expired = shop.plan(MAILS[0], expires_at=NOON + SECOND)
    in_time = shop.plan(MAILS[1], expires_at=NOON + 2 * SECOND)
    hours = [NOON]

    class Slow(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == point:
                hours.append(NOON + SECOND)

    Slow(shop.db, content_of, "slow", SIGNER, BASE_URL).run_once(NOON, clock=lambda: hours[-1])
    assert shop.states() == {expired: "dropped", in_time: "accepted"}
    assert (shop.row(expired)["rule"], shop.row(in_time)["accepted_at"]) == ("expired", NOON + SECOND)


@pytest.mark.parametrize("point", ["claimed", "handing"])
def test_an_exit_is_seen_where_a_merge_took_the_run(shop: Shop, point: str) -> None:
    message, survivor = shop.plan(MAILS[0]), person_id(10_000, 78)

    class Raced(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == point:  # what a merge leaves behind: the run and the message under another person
                with shop.db.begin("test") as connection:
                    moved = {"bucket": bucket_of(survivor), "person": survivor, "id": message}
                    connection.execute(
                        text("UPDATE outbox SET bucket = :bucket, person = :person WHERE id = :id"), moved
                    )
                shop.end_run(message, person=survivor)

    Raced(shop.db, content_of, "raced", SIGNER, BASE_URL).run_once(NOON)
    assert (shop.row(message)["state"], shop.row(message)["rule"]) == ("cancelled", "exit")
    assert shop.sandbox() == []


_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def test_connections_that_break_between_commits_lose_nothing(shop: Shop) -> None:
    messages = [shop.plan(mail) for mail in MAILS]

    class Cut(Dispatcher):
        def checkpoint(self, name: str) -> None:
            with shop.db.begin("test") as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                    )
                )
                while connection.execute(_OTHERS).scalar_one():  # they end when they have read the signal
                    connection.execute(text("SELECT pg_sleep(0.01), pg_stat_clear_snapshot()"))

    Cut(shop.db, content_of, "cut", SIGNER, BASE_URL).run_once(NOON)
    assert shop.states() == dict.fromkeys(messages, "accepted")
    assert len(shop.sandbox()) == 2
