"""Messages over a real SMTP connection: what is taken, refused, put off, lost and never reached."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import BASE_URL, SIGNER, Shop, dispatcher
from tests.ports import free_port
from tests.sink import Sink, running

from antiphon.content.links import read_unsubscribe
from antiphon.delivery.providers import base
from antiphon.store.db import Database


def smtp(port: int, **settings: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "tls": "none", "connections": 4, "timeout": 5, **settings}


@pytest.fixture
def shop(db: Database) -> Shop:
    shop = Shop(db)
    shop.react(NOON + timedelta(days=1))
    return shop


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def port(sink: Sink, shop: Shop) -> Iterator[int]:
    with running(sink) as port:
        shop.sender("email", provider="smtp", settings=smtp(port))
        yield port


def plan(shop: Shop, *names: str) -> list[int]:
    addresses = [f"{name}@example.com" for name in names]
    shop.subscribe(*addresses)
    return [shop.plan(address) for address in addresses]


def sender_row(shop: Shop) -> Any:
    with shop.db.read() as connection:
        return connection.execute(text("SELECT * FROM sender WHERE id = 'email'")).mappings().one()


def test_what_arrives_is_a_whole_email(shop: Shop, sink: Sink, port: int) -> None:
    with shop.db.begin("settings") as connection:
        connection.execute(text("UPDATE brand SET from_name = 'Müller & Co', name = 'Müller'"))
    shop.subscribe("zoe@example.com")
    message = shop.plan("zoe@example.com", person=shop.person(first_name="Zoë 📦"))
    with dispatcher(shop.db) as worker:
        worker.run_once(NOON)
    (mail,) = sink.taken
    assert mail["subject"] == "Zoë 📦, your cart"
    assert mail["from"] == "Müller & Co <shop@example.com>"
    assert mail["message-id"] == shop.row(message)["provider_ref"]
    assert mail["date"].datetime == NOON
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    url = mail["list-unsubscribe"][1:-1]
    out = read_unsubscribe(SIGNER, url.removeprefix(f"{BASE_URL}/u/"))
    assert (out.address, out.message) == ("zoe@example.com", message)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Zoë 📦" in plain.get_content()
    assert url in plain.get_content()
    assert url in html.get_content()
    assert sink.envelopes == [("shop@example.com", "zoe@example.com")]


def test_each_answer_becomes_its_state(shop: Shop, sink: Sink, port: int) -> None:
    ann, gone, busy, full, cut = plan(shop, "ann", "gone", "busy", "full", "cut")
    with dispatcher(shop.db) as worker:
        report = worker.run_once(NOON)
    states = shop.states()
    assert states == {ann: "accepted", gone: "failed", busy: "planned", full: "planned", cut: "unknown"}
    assert report.states == {"accepted": 1, "failed": 1, "planned": 2, "unknown": 1}
    assert "no such user" in shop.row(gone)["error"]
    assert (shop.row(busy)["rule"], shop.row(busy)["attempts"]) == ("provider.deferred", 1)
    assert shop.row(busy)["due_at"] == NOON + timedelta(minutes=1)
    assert sender_row(shop)["paused_until"] is None


def test_what_is_unknown_is_never_resent(shop: Shop, sink: Sink, port: int) -> None:
    (cut,) = plan(shop, "cut")
    with dispatcher(shop.db) as worker:
        for hours in range(4):
            worker.run_once(NOON + timedelta(hours=hours))
            worker.sweep(NOON + timedelta(hours=hours))
    assert shop.states() == {cut: "unknown"}
    assert len(sink.taken) == 1


def test_what_would_be_put_off_past_its_expiry_has_expired(shop: Shop, sink: Sink, port: int) -> None:
    shop.subscribe("busy@example.com")
    minute = timedelta(minutes=1)
    at_expiry = shop.plan("busy@example.com", expires_at=NOON + minute, purpose="transactional")
    in_time = shop.plan("busy@example.com", expires_at=NOON + minute + minute / 60, purpose="transactional")
    with dispatcher(shop.db) as worker:
        worker.run_once(NOON)
    assert shop.states() == {at_expiry: "dropped", in_time: "planned"}
    assert (shop.row(at_expiry)["rule"], shop.row(at_expiry)["attempts"]) == ("expired", 1)
    assert "try later" in shop.row(at_expiry)["error"]


def test_a_slow_server_is_given_no_more_than_it_takes_in_time(
    shop: Shop, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "HAND_OVER_SECONDS", 0.0)
    with running(sink) as port:
        shop.sender("email", provider="smtp", settings=smtp(port, connections=1))
        messages = plan(shop, "a", "b")
        with dispatcher(shop.db) as worker:
            worker.run_once(NOON)
            assert set(shop.states().values()) == {"planned"}
            assert "is slow" in sender_row(shop)["error"]
            monkeypatch.undo()
            worker.run_once(NOON + timedelta(minutes=1))
    assert shop.states() == dict.fromkeys(messages, "accepted")


def test_what_is_put_off_for_ever_fails_in_the_end(shop: Shop, sink: Sink, port: int) -> None:
    (busy,) = plan(shop, "busy")
    at = NOON
    with dispatcher(shop.db) as worker:
        for _ in range(10):
            worker.run_once(at)
            at += timedelta(hours=13)
            shop.react(at)
    assert (shop.row(busy)["state"], shop.row(busy)["attempts"]) == ("failed", 8)


def test_an_unreachable_server_pauses_its_sender_and_loses_nothing(shop: Shop, sink: Sink) -> None:
    port = free_port()
    shop.sender("email", provider="smtp", settings=smtp(port))
    messages = plan(shop, *(f"p{n}" for n in range(150)))
    with dispatcher(shop.db) as worker:
        report = worker.run_once(NOON)
        row = sender_row(shop)
        assert set(shop.states().values()) == {"planned", "due"}
        assert report.next_due == row["paused_until"] == NOON + timedelta(seconds=15)
        assert str(port) in row["error"]
        assert worker.run_once(NOON + timedelta(seconds=5)).claimed == 0, "paused before more is claimed"
        worker.run_once(NOON + timedelta(seconds=15))
        assert sender_row(shop)["paused_until"] == NOON + timedelta(seconds=45), "each pause is longer"
        with running(sink, port):
            while worker.run_once(NOON + timedelta(seconds=45)).more:
                pass
    assert shop.states() == dict.fromkeys(messages, "accepted")
    assert len({mail["to"] for mail in sink.taken}) == len(sink.taken) == 150
    assert (sender_row(shop)["paused_until"], sender_row(shop)["error"]) == (None, None)
    assert (shop.log(messages[0])[1]) == ("handing", "planned", "provider.unreachable")


def test_a_server_that_refuses_the_sender_pauses_it_and_fails_nobody(shop: Shop, sink: Sink, port: int) -> None:
    with shop.db.begin("settings") as connection:
        connection.execute(text("UPDATE brand SET from_email = 'stranger@example.com'"))
    (ann,) = plan(shop, "ann")
    with dispatcher(shop.db) as worker:
        worker.run_once(NOON)
    assert shop.states() == {ann: "planned"}
    assert "sender not allowed" in sender_row(shop)["error"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"host": "", "port": 25}, "host of sender email is not possible: it is empty."),
        ({"host": "mail.example", "port": "many"}, "port of sender email is not possible: it must be a whole number."),
        ({"host": "mail.example", "prot": 25}, "prot of sender email is not possible: it is unknown here."),
    ],
)
def test_settings_that_make_no_provider_are_shown_and_lose_nothing(
    shop: Shop, settings: dict[str, Any], says: str
) -> None:
    shop.sender("email", provider="smtp", settings=settings)
    (ann,) = plan(shop, "ann")
    with dispatcher(shop.db) as worker:
        worker.run_once(NOON)
    assert shop.states() == {ann: "planned"}
    assert sender_row(shop)["error"] == f"The setting {says} Mend it in Settings."


def test_connections_are_kept_and_a_dead_one_is_replaced(shop: Shop, sink: Sink) -> None:
    port = free_port()
    shop.sender("email", provider="smtp", settings=smtp(port, connections=1))
    first, second = plan(shop, "a", "b")
    with dispatcher(shop.db) as worker:
        with running(sink, port):
            worker.run_once(NOON)
        assert sink.connections == 1, "two messages, one connection"
        (third,) = plan(shop, "c")
        with running(sink, port):
            worker.run_once(NOON)
    assert shop.states() == dict.fromkeys([first, second, third], "accepted")
    assert sink.connections == 2
