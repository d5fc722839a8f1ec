"""Every way of opting out stops what is planned, due or in any worker's claim; only what is in the provider's hands escapes."""

from collections.abc import Callable
from email.message import EmailMessage
from threading import Thread

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import BASE_URL, SIGNER, Shop, content_of, dispatcher

from antiphon.delivery.dispatch import Dispatcher
from antiphon.intake.inbound import receive_text
from antiphon.intake.mailed import receive_mail
from antiphon.intake.optout import opt_out
from antiphon.intake.preferences import Chosen, choose
from antiphon.store.db import Database

MAIL, PHONE, NUMBER = "ann@example.com", "+12125550101", "+15550100"
Way = Callable[[Database, str], object]


def by_mail(db: Database, address: str) -> object:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = address, "leave@in.example.com", "unsubscribe"
    return receive_mail(db, SIGNER, bytes(message))


def by_preference(db: Database, address: str) -> object:
    channel = "email" if "@" in address else "sms"
    return choose(db, channel, address, 1, Chosen(marketing=False), {}, NOON)


WAYS: dict[str, tuple[str, Way]] = {
    "stop": (PHONE, lambda db, address: receive_text(db, address, NUMBER, "STOP", NOON)),
    "stop in other words": (PHONE, lambda db, address: receive_text(db, address, NUMBER, "lose my number", NOON)),
    "doubtful": (PHONE, lambda db, address: receive_text(db, address, NUMBER, "take a hike", NOON)),
    "texts by program": (PHONE, lambda db, address: opt_out(db, "sms", address, "api", "crm", NOON)),
    "texts by preference": (PHONE, by_preference),
    "texts by hand": (PHONE, lambda db, address: opt_out(db, "sms", address, "stop", "by hand", NOON)),
    "one click": (MAIL, lambda db, address: opt_out(db, "email", address, "one-click", "link", NOON)),
    "mail": (MAIL, by_mail),
    "mail by program": (MAIL, lambda db, address: opt_out(db, "email", address, "api", "crm", NOON)),
    "mail by preference": (MAIL, by_preference),
    "complaint": (MAIL, lambda db, address: opt_out(db, "email", address, "complaint", "provider", NOON)),
    "hard bounce": (MAIL, lambda db, address: opt_out(db, "email", address, "hard bounce", "provider", NOON)),
}


@pytest.fixture
def shop(db: Database) -> Shop:
    shop = Shop(db)
    shop.react(NOON)
    shop.subscribe(MAIL, PHONE)
    return shop


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[str, Way]:
    return WAYS[request.param]


def test_what_waits_is_cancelled(shop: Shop, way: tuple[str, Way]) -> None:
    address, leave = way
    messages = {shop.plan(address, state=state): state for state in ("planned", "due", "claimed", "handing", "held")}
    leave(shop.db, address)
    found = shop.states()
    stopped = {messages[number] for number, state in found.items() if state == "cancelled"}
    assert stopped == {"planned", "due", "claimed"}
    assert {state for number, state in found.items() if messages[number] == "handing"} == {"handing"}
    shop.plan(address)
    dispatcher(shop.db).run_once(NOON)
    assert shop.sandbox() == [] or all(row["inbound"] for row in shop.sandbox())


@pytest.mark.parametrize("point", ["claimed", "rendered", "handing"])
def test_it_wins_against_a_worker_at_every_commit_before_the_wire(shop: Shop, way: tuple[str, Way], point: str) -> None:
    address, leave = way
    message = shop.plan(address)

    class Raced(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == point:
                leave(shop.db, address)

    Raced(shop.db, content_of, "raced", SIGNER, BASE_URL).run_once(NOON)
    assert shop.states() == {message: "cancelled"}
    assert shop.row(message)["rule"].startswith("suppression.")
    assert not [row for row in shop.sandbox() if not row["inbound"]]


def test_after_the_wire_it_is_too_late_for_that_one_only(shop: Shop, way: tuple[str, Way]) -> None:
    address, leave = way
    sent = shop.plan(address)

    class Raced(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == "sent":
                leave(shop.db, address)

    Raced(shop.db, content_of, "raced", SIGNER, BASE_URL).run_once(NOON)
    assert shop.states() == {sent: "accepted"}
    later = shop.plan(address)
    dispatcher(shop.db).run_once(NOON)
    assert shop.states()[later] in {"cancelled", "planned"}
    assert len([row for row in shop.sandbox() if not row["inbound"]]) == 1


@pytest.mark.parametrize("first", ["opt-out", "dispatch"])
def test_both_orders_of_two_open_transactions(shop: Shop, way: tuple[str, Way], first: str) -> None:
    """One side holds the row while the other wants it; whoever commits first decides, and the other sees it."""
    address, leave = way
    message = shop.plan(address, state="claimed")
    hand = text(
        "UPDATE outbox SET state = 'handing', handing_at = :t WHERE id = :id AND state = 'claimed' RETURNING id"
    )
    given = {"t": NOON, "id": message}
    if first == "opt-out":
        leave(shop.db, address)
        with shop.db.begin("dispatch") as connection:
            assert connection.execute(hand, given).all() == []
        assert shop.states() == {message: "cancelled"}
        return
    with shop.db.begin("dispatch") as connection:
        connection.execute(hand, given)
        thread = Thread(target=leave, args=(shop.db, address))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for the row"
        with shop.db.read() as reader:  # and is there for the last look all the same
            assert reader.execute(text("SELECT count(*) FROM suppression")).scalar_one() == 1
    thread.join()
    assert shop.states() == {message: "handing"}
