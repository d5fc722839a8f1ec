"""Leaving by program and by mail."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.intake.mailed import Mailed, receive_mail
from antiphon.intake.models import Scope
from antiphon.intake.sources import create_source
from antiphon.kit.signing import Signer

SIGNER = Signer(b"x" * 32)
ANN, MAILBOX = "ann@example.com", "leave@in.example.com"


def mail(to: str, sender: str = "x@elsewhere.example", subject: str = "", body: str = "", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return bytes(message)


@pytest.fixture
def way_out(shop: ShopUnderTest, site: Site) -> str:
    """The address to leave by of an email that really went out."""
    with shop.db.begin("settings") as connection:
        connection.execute(
            text(
                "INSERT INTO setting (key, value, changed_at, changed_by) "
                "VALUES ('inbound_mailbox', to_jsonb(cast(:m AS text)), :now, 'test')"
            ),
            {"m": MAILBOX, "now": shop.now},
        )
    shop.playbook("abandoned-cart")
    shop.reachable("ann", ANN)
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=2))
    site.now = shop.now
    header = shop.one("SELECT headers->>'List-Unsubscribe' FROM sandbox_message WHERE channel = 'email' LIMIT 1")
    found = re.fullmatch(
        r"<https://shop\.example/u/[\w-]+>, <mailto:(leave\+[a-z2-7]{29}@in\.example\.com)\?subject=unsubscribe>",
        header,
    )
    assert found, header
    return found[1]


def reasons(shop: ShopUnderTest) -> list[tuple[str, str]]:
    return [tuple(row) for row in shop.rows("SELECT address, reason FROM suppression")]


def test_mail_to_the_signed_address_opts_out(shop: ShopUnderTest, way_out: str) -> None:
    assert receive_mail(shop.db, SIGNER, mail(way_out.upper())).address == ANN, "mail servers may change the case"
    assert reasons(shop) == [(ANN, "mail")]
    shop.engine.cycle()
    fact = shop.rows("SELECT detail FROM consent_fact WHERE method = 'mail' LIMIT 1")[0]
    assert fact.detail["mail"]["from"] == "x@elsewhere.example"


def test_mail_that_asks_for_nothing_changes_nothing(shop: ShopUnderTest, way_out: str) -> None:
    broken = way_out[:8] + ("a" if way_out[8] != "a" else "b") + way_out[9:]
    assert receive_mail(shop.db, SIGNER, mail(broken)).meaning == "reply"
    assert receive_mail(shop.db, SIGNER, mail(MAILBOX, subject="Where is my order?")).meaning == "reply"
    assert receive_mail(shop.db, SIGNER, mail(way_out, Auto_Submitted="auto-replied")).meaning == "automatic"
    assert receive_mail(shop.db, SIGNER, b"\xff\x00 no mail at all").meaning == "reply"
    assert reasons(shop) == []


def test_words_count_where_no_token_does(shop: ShopUnderTest, way_out: str) -> None:
    assert way_out
    assert receive_mail(shop.db, SIGNER, mail(MAILBOX, "Bob <Bob@Example.com>", body="Unsubscribe")) == Mailed(
        "stop", "email", "bob@example.com"
    )
    assert reasons(shop) == [("bob@example.com", "mail")]


def test_mail_comes_in_by_http(shop: ShopUnderTest, site: Site, browser: TestClient, way_out: str) -> None:
    key = create_source(shop.db, "mta", site.now)
    page_key = create_source(shop.db, "page", site.now, Scope.EVENTS)
    answers = [
        browser.post("/v1/inbound/mail", content=mail(way_out), auth=(who, "")) for who in ("nobody", page_key, key)
    ]
    assert [answer.status_code for answer in answers] == [401, 403, 200]
    assert answers[-1].json()["meaning"] == "stop"
    assert reasons(shop) == [(ANN, "mail")]
