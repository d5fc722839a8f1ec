"""Messages sent to try them: by the real sender, for nobody, to nobody who is barred."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, csrf
from tests.integration.web.test_permissions import user
from tests.ports import free_port
from tests.sink import Sink, running

from antiphon.catalogue.offers.filling import generate
from antiphon.catalogue.offers.managing import checked, save
from antiphon.cli import emails as command
from antiphon.content import library
from antiphon.content.models import EmailContent
from antiphon.engine.commands import carry_out
from antiphon.intake.optout import opt_out
from antiphon.kit.buckets import bucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database
from antiphon.web.content import sending

SPRING = {
    "subject": "Spring, {{ person.first_name }}",
    "blocks": [
        {"kind": "text", "html": "<p>Look <a href='https://shop.example/?a=1&amp;b=2'>here</a></p>"},
        {"kind": "coupon", "offer": "spring", "title": "For you"},
    ],
}
NEW = "/content/emails/spring"


@pytest.fixture(autouse=True)
def _emails(db: Database, site: Site) -> None:
    with db.begin("emails") as connection:
        library.make(connection, "Spring", EmailContent.model_validate(SPRING), "robin", site.now)
    with db.begin("settings") as connection:
        connection.execute(text("UPDATE brand SET postal_address = '1 Test Street'"))
    save(db, checked({"name": "spring", "title": "10 % off", "kind": "pool"}), site.now, COMMAND_LINE)
    generate(db, "spring", 3, site.now, COMMAND_LINE)


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def mail_server(sink: Sink, db: Database) -> Iterator[int]:
    with running(sink) as port:
        provider(db, port)
        yield port


def provider(db: Database, port: int) -> None:
    settings = Jsonb({"host": "127.0.0.1", "port": port, "tls": "none", "connections": 1, "timeout": 5})
    with db.begin("settings") as connection:
        values = {"settings": settings}
        connection.execute(text("UPDATE sender SET provider = 'smtp', settings = :settings WHERE id = 'email'"), values)


def tried(browser: TestClient, to: str, where: str = NEW, **query: str) -> Any:
    token = csrf(browser.get(NEW).text)
    return browser.post(f"{where}/test", data={"csrf": token, "to": to}, params=query)


def text_send(browser: TestClient, to: str, words: str, **fields: str) -> str:
    token = csrf(browser.get("/content/texts").text)
    form = {"text": words, "purpose": "marketing", "to": to} | fields
    found = browser.post("/content/texts/test", data=form, headers={"x-csrf-token": token, "hx-request": "true"})
    assert found.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found.text)).split())


def sandboxed(db: Database) -> list[Any]:
    with db.read() as connection:
        return list(connection.execute(text("SELECT * FROM sandbox_message ORDER BY id")))


def audited(db: Database) -> list[Any]:
    with db.read() as connection:
        rows = connection.execute(
            text("SELECT who, what, about, after FROM audit WHERE what LIKE 'test %' ORDER BY id")
        )
        return list(rows)


def refused(answer: Any) -> str:
    assert answer.status_code == 422, answer.headers
    found = re.search(r'class="field-error" role="alert">(?:<svg.*?</svg>)? *([^<]+)<', answer.text, re.DOTALL)
    assert found, answer.text[-3000:]
    return unescape(found[1])


def test_a_test_goes_out_by_the_mail_server_and_acts_for_nobody(
    site: Site, owner: TestClient, sink: Sink, mail_server: int, shop: ShopUnderTest
) -> None:
    shop.reachable("ann", "ann@example.com")
    shop.knows("ann", first_name="Ann")
    shop.settle()
    person = shop.one("SELECT id FROM person")
    answer = tried(owner, " Robin@Example.com ", person=f"{bucket_of(person)}.{person}")
    assert answer.headers["location"].endswith("tested=sent#test")
    assert "on its way" in owner.get(answer.headers["location"]).text
    (mail,) = sink.taken
    assert sink.envelopes == [("shop@example.com", "robin@example.com")]
    assert mail["subject"] == "[Test] Spring, Ann"
    assert mail["list-unsubscribe"] is None
    assert mail["list-unsubscribe-post"] is None
    html, plain = (part.get_content() for part in (mail.get_body(("html",)), mail.get_body(("plain",))) if part)
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', html)]
    assert "https://shop.example/?a=1&b=2" in links
    ours = [link for link in links if "/content/test/" in link]
    assert [link.rpartition("/")[2] for link in ours] == ["unsubscribe", "preferences"]
    for place in ("/c/", "/o/", "/u/", "/preferences/"):  # where what counts and what acts would lead
        assert place not in html + plain
    assert "YOUR-CODE" in html, "no code of the pool is given"
    assert shop.one("SELECT count(*) FROM coupon_given") == 0
    assert shop.one("SELECT count(*) FROM outbox") == 0
    assert (
        shop.one("SELECT count(*) FROM event WHERE name IN ('Email Delivered', 'Email Opened', 'Email Clicked')") == 0
    )
    # whoever presses a way out changes nothing
    before = shop.one("SELECT count(*) FROM suppression")
    for way in ("unsubscribe", "preferences"):
        shown = site.browser().get(f"/content/test/{way}")
        assert (shown.status_code, "nothing was changed" in shown.text) == (200, True)
        assert site.browser().post(f"/content/test/{way}", data={"List-Unsubscribe": "One-Click"}).status_code == 405
    assert site.browser().get("/content/test/other").status_code == 404
    assert shop.one("SELECT count(*) FROM suppression") == before == 0
    (row,) = audited(site.db)
    assert (row.who, row.what, row.about) == ("owner@example.com", "test sent", f"email spring, as person {person}")
    assert row.after == {"to": "r…@example.com", "by": "email"}


def test_two_tests_are_two_mails(owner: TestClient, sink: Sink, mail_server: int) -> None:
    for _ in range(2):
        tried(owner, "robin@example.com")
    assert sorted(sink.times().values()) == [1, 1]


def test_the_sandbox_takes_it_and_nobody_is_asked_why(site: Site, owner: TestClient) -> None:
    answer = tried(owner, "robin@example.com")
    assert answer.headers["location"].endswith("tested=sandbox#test")
    (row,) = sandboxed(site.db)
    assert (row.address, row.subject) == ("robin@example.com", "[Test] Spring, Ann")
    shown = owner.get("/sandbox").text
    assert "[Test] Spring" in shown
    assert "Why it was sent" not in shown


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "robin",
        "robin@example.com, ann@example.com",
        "robin@example.com\r\nBcc: ann@example.com",
        "x" * 300 + "@a.com",
    ],
)
def test_what_is_no_address_gets_nothing(site: Site, owner: TestClient, typed: str) -> None:
    assert "is not an email address" in refused(tried(owner, typed))
    assert not sandboxed(site.db)
    assert not audited(site.db)


def test_nothing_goes_to_who_left_bounced_or_was_erased(site: Site, owner: TestClient, shop: ShopUnderTest) -> None:
    opt_out(site.db, "email", "gone@example.com", "hard bounce", "test", site.now)
    opt_out(site.db, "sms", "+12125550101", "stop", "test", site.now)
    shop.reachable("ann", "ann@example.com")
    shop.settle()
    ann = shop.one("SELECT person FROM identifier WHERE value = 'ann@example.com'")
    carry_out(site.db, "person.erase", {"person": ann}, "test", site.now)
    assert shop.one("SELECT count(*) FROM suppression WHERE address = 'ann@example.com'") == 0, "only its hash stands"
    for address in ("Gone@example.com", "ann@example.com"):
        assert "suppressed" in refused(tried(owner, address))
    assert "suppressed" in text_send(owner, "(212) 555-0101", "Hi")
    assert not sandboxed(site.db)
    # an address that left texts may still get emails
    assert tried(owner, "robin@example.com").status_code == 303


def test_without_a_sender_it_is_said(site: Site, owner: TestClient) -> None:
    with site.db.begin("settings") as connection:
        connection.execute(text("UPDATE brand SET from_phone = ''"))
        connection.execute(text("DELETE FROM sender WHERE channel = 'email'"))
    assert "There is no sender for emails" in refused(tried(owner, "robin@example.com"))
    assert "The brand has no number to send from" in text_send(owner, "+12125550101", "Hi")
    assert not audited(site.db)


def test_a_mail_server_that_refuses_or_is_away_is_said_and_logged(
    site: Site, owner: TestClient, sink: Sink, mail_server: int
) -> None:
    assert "no such user" in refused(tried(owner, "gone@example.com"))
    provider(site.db, free_port())
    assert "The test was not sent" in refused(tried(owner, "robin@example.com"))
    outcomes = [row.after["outcome"] for row in audited(site.db) if row.what == "test not sent"]
    assert outcomes == ["rejected", "unreachable"]
    assert not sink.taken


def test_a_sender_that_is_paused_or_spent_sends_none(site: Site, owner: TestClient) -> None:
    with site.db.begin("settings") as connection:
        connection.execute(text("UPDATE sender SET tokens = 0, rate = 0.001"))
    assert "at its pace" in refused(tried(owner, "robin@example.com"))
    with site.db.begin("settings") as connection:
        values = {"until": site.now + timedelta(minutes=5)}
        connection.execute(text("UPDATE sender SET tokens = 9, paused_until = :until, error = 'It is down.'"), values)
    assert "It is down" in refused(tried(owner, "robin@example.com"))
    assert not sandboxed(site.db)


def test_only_so_many_go_within_an_hour(site: Site, owner: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "EACH", 2)
    monkeypatch.setattr(sending, "ALL", 3)
    for _ in range(2):
        assert tried(owner, "robin@example.com").status_code == 303
    assert "2 tests within an hour" in refused(tried(owner, "robin@example.com"))
    other = user(site, "manager")
    assert tried(other, "robin@example.com").status_code == 303
    assert "3 tests of everybody" in refused(tried(other, "robin@example.com"))
    assert len(sandboxed(site.db)) == 3
    site.now += timedelta(hours=1, seconds=1)
    assert tried(owner, "robin@example.com").status_code == 303


def test_an_email_that_cannot_be_made_is_not_sent(site: Site, owner: TestClient) -> None:
    with site.db.begin("settings") as connection:
        connection.execute(text("UPDATE brand SET postal_address = ''"))
    assert "postal address" in refused(tried(owner, "robin@example.com"))
    assert tried(owner, "robin@example.com", "/content/emails/none").status_code == 404
    assert not audited(site.db)


@pytest.mark.parametrize("role", ["support", "analyst"])
def test_who_may_not_write_may_not_send(site: Site, owner: TestClient, role: str) -> None:
    looking = user(site, role)
    shown = looking.get(NEW).text
    assert "Send test" not in shown
    assert looking.post(f"{NEW}/test", data={"csrf": csrf(shown), "to": "a@example.com"}).status_code == 403
    assert looking.post("/content/texts/test", data={"csrf": csrf(shown), "to": "+12125550101"}).status_code == 403
    assert owner.post(f"{NEW}/test", data={"to": "a@example.com"}).status_code == 403, "a form from elsewhere"
    assert not sandboxed(site.db)


def test_a_text_is_sent_with_straight_links(site: Site, owner: TestClient) -> None:
    said = text_send(owner, "(212) 555-0101", "Look https://shop.example/spring {{ offer.spring.code }}")
    assert "1 segment" in said
    (row,) = sandboxed(site.db)
    assert row.address == "+12125550101"
    assert row.body == "[Test] My shop: Look https://shop.example/spring YOUR-CODE\nReply STOP to opt out"
    assert row.segments == 1
    assert "is not a phone number" in text_send(owner, "ann@example.com", "Hi")
    assert "no text to send" in text_send(owner, "+12125550101", "  ")
    assert "not valid Liquid" in text_send(owner, "+12125550101", "{% if %}")
    assert len(sandboxed(site.db)) == 1


def test_the_command_sends_as_a_person(
    db: Database, shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:  # fmt: skip
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    shop.reachable("zoe", None, "+12125550101")
    shop.knows("zoe", first_name="Zoë")
    shop.settle()
    person = shop.one("SELECT id FROM person")
    command.send_test("spring", "robin@example.com", person, "", as_json=True)
    assert json.loads(capsysbinary.readouterr().out) == {"to": "robin@example.com", "sandbox": True}
    command.send_test("spring", "robin@example.com", None, "", as_json=True)
    command.show_all(as_json=False)
    assert b"spring" in capsysbinary.readouterr().out
    assert sandboxed(db)[0].subject == "[Test] Spring, Zoë"
    assert audited(db)[0][:3:2] == ("command line", f"email spring, as person {person}")
    for name, to, who, words in (
        ("none", "robin@example.com", None, "There is no email"),
        ("spring", "robin", None, "is not an email address"),
        ("spring", "robin@example.com", 4711, "There is no person 4711"),
    ):
        with pytest.raises(AntiphonError, match=words):
            command.send_test(name, to, who, "", as_json=True)
