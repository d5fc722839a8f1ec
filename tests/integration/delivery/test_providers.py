"""What every provider keeps to, asked of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import text
from tests.conftest import NOON
from tests.ports import free_port
from tests.sink import Sink, running

from antiphon.delivery.loop import LoopThread
from antiphon.delivery.providers.base import Outgoing, Provider, ProviderError
from antiphon.delivery.providers.registry import build
from antiphon.delivery.providers.sandbox import Sandbox
from antiphon.delivery.providers.smtp import Smtp
from antiphon.delivery.throttle import Sender
from antiphon.kit.buckets import abucket_of
from antiphon.store.db import Database


@dataclass
class Case:
    """A provider, and what it has passed on: (address, subject, text)."""

    provider: Provider
    passed_on: Callable[[], list[tuple[str, str, str]]]


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread("test")
    yield loop
    loop.close()


@pytest.fixture(params=["sandbox", "smtp"])
def case(request: pytest.FixtureRequest, db: Database, loop: LoopThread) -> Iterator[Case]:
    if request.param == "sandbox":
        yield Case(Sandbox(db, {"refuse": ["gone@example.com"]}), lambda: _in_sandbox(db))
        return
    sink = Sink()
    with running(sink) as port:
        provider = Smtp({"host": "127.0.0.1", "port": port, "tls": "none", "connections": 3}, loop.run)
        yield Case(provider, lambda: _in_sink(sink))
        provider.close()


def _in_sandbox(db: Database) -> list[tuple[str, str, str]]:
    with db.read() as connection:
        rows = connection.execute(text("SELECT address, subject, body FROM sandbox_message"))
        return [tuple(row) for row in rows]


def _in_sink(sink: Sink) -> list[tuple[str, str, str]]:
    found = []
    for mail in sink.taken:
        plain = mail.get_body(("plain",))
        assert plain is not None
        found.append((str(mail["to"]), str(mail["subject"]), plain.get_content().rstrip("\r\n")))
    return found


def outgoing(number: int, address: str = "") -> Outgoing:
    address = address or f"p{number}@example.com"
    return Outgoing(
        number,
        abucket_of(address),
        "email",
        address,
        "shop@example.com",
        "Shop",
        f"Subject {number}",
        "Text",
        "<p>Hi</p>",
    )


def test_each_message_has_its_outcome_in_order(case: Case) -> None:
    batch = [outgoing(1), outgoing(2, "gone@example.com"), outgoing(3)]
    outcomes = case.provider.send(batch, NOON)
    assert [one.result for one in outcomes] == ["accepted", "rejected", "accepted"]
    assert outcomes[1].error
    assert outcomes[1].error.startswith("550")
    refs = [one.ref for one in outcomes if one.result == "accepted"]
    assert all(refs)
    assert len(set(refs)) == 2
    assert sorted(to for to, _, _ in case.passed_on()) == ["p1@example.com", "p3@example.com"]


def test_many_at_once(case: Case) -> None:
    outcomes = case.provider.send([outgoing(n) for n in range(120)], NOON)
    assert {one.result for one in outcomes} == {"accepted"}
    assert sorted(to for to, _, _ in case.passed_on()) == sorted(f"p{n}@example.com" for n in range(120))


def test_words_arrive_as_they_left(case: Case) -> None:
    odd = "Zoë “📦” – naïve\n.\n..dots\nFrom here\n" + "long " * 400 + "end"
    message = replace(outgoing(1), subject="Prêt à " * 20 + "📦", body=odd)
    case.provider.send([message], NOON)
    ((_, subject, body),) = case.passed_on()
    assert subject == message.subject
    assert body.replace("\r\n", "\n") == odd


def test_nothing_to_send_is_no_work(case: Case) -> None:
    assert case.provider.send([], NOON) == []


def test_it_can_be_asked_whether_it_is_there_and_closed_twice(case: Case) -> None:
    case.provider.check()
    case.provider.send([outgoing(1)], NOON)
    case.provider.close()
    case.provider.close()
    assert case.provider.send([outgoing(2)], NOON)[0].result == "accepted", "it opens again when needed"


def test_a_server_that_is_not_there_says_so(loop: LoopThread) -> None:
    port = free_port()
    provider = Smtp({"host": "127.0.0.1", "port": port, "tls": "none"}, loop.run)
    with pytest.raises(ProviderError, match=str(port)) as caught:
        provider.check()
    assert not caught.value.permanent
    assert [one.result for one in provider.send([outgoing(1), outgoing(2)], NOON)] == ["unreachable"] * 2


@pytest.mark.parametrize(("password", "result"), [("right", "accepted"), ("wrong", "unreachable")])
def test_a_login_that_fails_is_the_senders_trouble_not_the_messages(
    loop: LoopThread, password: str, result: str
) -> None:
    def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)  # "handled" would leave a refusal unsaid

    with running(Sink(), authenticator=known, auth_require_tls=False) as port:
        settings = {"host": "127.0.0.1", "port": port, "tls": "none", "username": "shop", "password": password}
        provider = Smtp(settings, loop.run)
        (outcome,) = provider.send([outgoing(1)], NOON)
        provider.close()
    assert outcome.result == result
    assert password not in (outcome.error or "")


def test_a_server_without_the_encryption_that_was_asked_for_gets_nothing(loop: LoopThread) -> None:
    sink = Sink()
    with running(sink) as port:
        provider = Smtp({"host": "127.0.0.1", "port": port, "tls": "starttls"}, loop.run)
        assert provider.send([outgoing(1)], NOON)[0].result == "unreachable"
    assert sink.taken == []


def test_a_header_cannot_be_smuggled_in(loop: LoopThread) -> None:
    sink = Sink()
    with running(sink) as port:
        provider = Smtp({"host": "127.0.0.1", "port": port, "tls": "none"}, loop.run)
        batch = [
            replace(outgoing(1), subject="x\r\nBcc: all@example.com"),
            outgoing(2, "a@example.com\r\nRCPT TO:<b@example.com>"),
            outgoing(3, "zoë@example.com"),
        ]
        assert [one.result for one in provider.send(batch, NOON)] == ["rejected"] * 3
        provider.close()
    assert sink.taken == []


@pytest.mark.parametrize(
    ("provider", "settings", "words"),
    [
        ("smtp", {}, "setting host of sender x"),
        ("smtp", {"host": "a", "tls": "maybe"}, "setting tls"),
        ("sandbox", {"refused": []}, "setting refused"),
        ("pigeon", {}, "'pigeon' that there is not"),
    ],
)
def test_settings_that_make_none_say_what_to_mend(
    db: Database, loop: LoopThread, provider: str, settings: dict[str, object], words: str
) -> None:
    sender = Sender("x", "email", provider, settings, 1.0, 1.0, 1.0, NOON, None, None)
    with pytest.raises(ProviderError, match=words) as caught:
        build(sender, db, loop.run)
    assert caught.value.permanent
