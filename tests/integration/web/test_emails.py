"""Emails' pages over HTTP: what is written is kept and checked, the kit is the brand's, codes are pictures."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.content.blocks import KINDS
from antiphon.content.library import draft
from antiphon.delivery.facts import read_brands


@pytest.fixture
def owner(site: Site) -> TestClient:
    return site.owner()


def send(browser: TestClient, address: str, /, **fields: str) -> Any:
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/content/emails").text)
    assert found
    return browser.post(address, data={"csrf": found[1], **fields})


def change(browser: TestClient, op: str, path: str = "", **fields: str) -> Any:
    return send(browser, "/content/emails/spring", op=op, path=path, **fields)


def document(site: Site) -> dict[str, Any]:
    with site.db.read() as connection:
        return draft(connection, "spring").document


def kinds(site: Site) -> list[str]:
    return [block["kind"] for block in document(site)["blocks"]]


def test_blocks_are_added_moved_changed_and_removed(site: Site, owner: TestClient) -> None:
    assert send(owner, "/content/emails", title="Spring").headers["location"] == "/content/emails/spring"
    for kind in KINDS:
        assert change(owner, "add", kind=kind).status_code == 303, kind
    assert kinds(site) == ["text", *KINDS]
    assert owner.get("/content/emails/spring").status_code == 200
    change(owner, "up", "1")
    change(owner, "down", "3")
    change(owner, "copy", "0")
    change(owner, "remove", "2")
    place = kinds(site).index("columns")
    change(owner, "add", f"{place}.columns.1.blocks", kind="button")
    change(
        owner,
        "save",
        f"{place}.columns.1.blocks.1",
        label="Go",
        href="https://x.example",
        align="left",
        when="without_sms",
    )
    button = document(site)["blocks"][place]["columns"][1]["blocks"][1]
    assert (button["label"], button["align"], button["when"]["state"]) == ("Go", "left", "never")
    change(owner, "undo")
    assert "when" not in document(site)["blocks"][place]["columns"][1]["blocks"][1]
    change(owner, "head", subject="New", preheader="Words")
    assert (document(site)["subject"], document(site)["preheader"]) == ("New", "Words")
    assert owner.get("/content/emails/spring/email.yaml").text.startswith("email:\n  subject: New\n")
    assert change(owner, "delete").headers["location"] == "/content/emails"
    assert owner.get("/content/emails/spring").status_code == 404


@pytest.mark.parametrize(
    ("op", "path", "fields", "words"),
    [
        ("save", "0", {"html": "{% if x %}"}, "not valid Liquid"),
        ("save", "0", {"html": "x", "size": "900"}, "48"),
        ("save", "0", {"html": "x", "when": "own", "condition": "{kind: "}, "cannot be read"),
        ("save", "0", {"html": "x", "when": "own", "condition": "{kind: nothing}"}, "nothing"),
        ("save", "9", {"html": "x"}, "not there any more"),
        ("save", "0.blocks.x", {}, "not there any more"),
        ("add", "0.html.3", {"kind": "text"}, "not there any more"),
        ("add", "", {"kind": "bomb"}, "Choose what to add"),
        ("head", "", {"subject": " "}, "subject"),
        ("explode", "0", {}, "cannot be done"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_saved(
    site: Site, owner: TestClient, op: str, path: str, fields: dict[str, str], words: str
) -> None:
    send(owner, "/content/emails", title="Spring")
    before = document(site)
    answer = change(owner, op, path, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert document(site) == before


def test_the_preview_is_what_the_person_would_get(site: Site, owner: TestClient) -> None:
    send(owner, "/content/emails", title="Spring")
    change(owner, "save", "0", html="<p>NEW HERE</p>", when="without_sms")
    shown = owner.get("/content/emails/spring/shown?person=made-up-never")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert "1 Test Street" in shown.text
    assert "invert(1)" in owner.get("/content/emails/spring/shown?look=dark").text
    assert "invert(1)" not in shown.text


def test_the_kit_is_kept_and_its_faults_are_named(site: Site, owner: TestClient) -> None:
    fields = {
        "button": "#ff0000",
        "footer": "Hello",
        "social": "instagram https://instagram.example/a",
        "invitation.on": "1",
    }
    assert send(owner, "/content/emails/kit", **fields).status_code == 303
    with site.db.read() as connection:
        kit = read_brands(connection)[1].brand.kit
    assert (kit.button, kit.footer, kit.social[0].network, kit.invitation.on) == ("#ff0000", "Hello", "instagram", True)
    assert "contrast of 4.0:1" in owner.get("/content/emails/kit").text
    for wrong in (
        {"button": "red"},
        {"logo": "javascript:x"},
        {"social": "myspace https://x.example"},
        {"radius": "900"},
    ):
        answer = (
            send(owner, "/content/emails/kit", **fields, **wrong)
            if "button" not in wrong and "social" not in wrong
            else (send(owner, "/content/emails/kit", **wrong))
        )
        assert answer.status_code == 422, wrong
        assert "Nothing was saved" in answer.text


def test_codes_are_pictures_for_everybody(site: Site) -> None:
    browser = site.browser()
    found = browser.get("/qr/JOIN.png")
    assert found.headers["content-type"] == "image/png"
    assert found.content.startswith(b"\x89PNG")
    assert browser.get("/qr/not-one.png").status_code == 404


def test_the_list_says_subjects_as_anybody_reads_them(site: Site, owner: TestClient) -> None:
    send(owner, "/content/emails", title="Spring")
    change(owner, "head", subject="{{ person.first_name | default: 'Friend' }}, look")
    assert ">Friend, look</td>" in owner.get("/content/emails").text
    change(owner, "head", subject="{{ 1 | divided_by: 0 }}")
    assert "divided_by" in owner.get("/content/emails").text
    change(owner, "head", subject="{{ person.first_name }}")
    assert ">{{ person.first_name }}</td>" in owner.get("/content/emails").text


def test_no_email_takes_the_place_of_a_page(site: Site, owner: TestClient) -> None:
    assert send(owner, "/content/emails", title="Kit").headers["location"] == "/content/emails/kit-email"
    assert "Kit" in owner.get("/content/emails/kit-email").text


def test_who_did_what_it_is_about_is_looked_at_first(site: Site, owner: TestClient, shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    send(owner, "/content/emails", title="Spring")
    for number in range(9):
        shop.reachable(f"p{number}", f"p{number}@example.com")
        shop.knows(f"p{number}", first_name=f"Person{number}")
    shop.does("p7", "Cart Abandoned", cart_url="https://shop.example/cart/1")
    shop.settle()
    names = re.findall(
        r'<option value="\d+\.\d+"[^>]*>(Person\d)', owner.get("/content/emails/spring?about=Cart+Abandoned").text
    )
    assert names[0] == "Person7"
    assert len(names) == 3


def test_a_block_that_says_nothing_says_why(site: Site, shop: ShopUnderTest, owner: TestClient) -> None:
    no_way, no_best = "Nobody sees it yet: give the brand a keyword under Consent", "There are no best sellers yet"
    send(owner, "/content/emails", title="Spring")
    change(owner, "add", kind="invitation")
    change(owner, "add", kind="products")
    page = owner.get("/content/emails/spring").text
    assert no_way in page
    assert no_best in page
    assert no_way in owner.get("/content/emails/kit").text
    change(owner, "add", kind="section")
    change(owner, "add", "3.blocks", kind="invitation")
    assert owner.get("/content/emails/spring").text.count(no_way) == 2, "inside of others as well"
    with shop.db.begin("test") as connection:
        connection.execute(
            text("INSERT INTO product (id, title, url, price, currency, created_at, updated_at) "
                 "VALUES ('lamp', 'Lamp', 'https://x.example/lamp', 40, 'USD', :now, :now)"), {"now": site.now}
        )  # fmt: skip
        best = "INSERT INTO best_seller (category, products, at) VALUES ('', ARRAY['lamp'], :now)"
        connection.execute(text(best), {"now": site.now})
    change(owner, "save", "1", keyword="LAMPS")
    page = owner.get("/content/emails/spring").text
    assert page.count(no_way) == 1, "a keyword of its own"
    assert no_best not in page
