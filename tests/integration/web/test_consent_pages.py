"""The pages about consent: the sheet of an address, replies to look at, keywords and the words of service messages."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, post

from antiphon.intake.inbound import receive_text
from antiphon.intake.opting_in import SignUp, begin_opt_in

PHONE, SHOP = "+12125550101", "+15550100"
SHEET = f"/consent/evidence?channel=sms&address=%2B{PHONE[1:]}"
WORDS = "Text me about lamps & shades <b>"


@pytest.fixture
def agreed(shop: ShopUnderTest, site: Site) -> ShopUnderTest:
    """A number that agreed, by double opt-in, on a form."""
    form = SignUp(
        "sms", PHONE, ("marketing", "cart"), wording=WORDS, ip="192.0.2.7", agent="Firefox", more={"page": "/cart"}
    )
    begin_opt_in(shop.db, form, now=shop.now)
    shop.settle()
    shop.now += timedelta(minutes=2)
    receive_text(shop.db, PHONE, SHOP, "YES", shop.now)
    shop.settle()
    site.now = shop.now
    return shop


def test_the_sheet_says_what_was_agreed_in_which_words(agreed: ShopUnderTest, owner: TestClient) -> None:
    page = owner.get(SHEET).text
    for said in (
        "Text me about lamps &amp; shades &lt;b&gt;",
        "192.0.2.7",
        "Firefox",
        "/cart",
        "double opt-in",
        "On a form",
    ):
        assert said in page
    found = owner.get("/consent", params={"q": "(212) 555-0101"})
    assert found.status_code == 303
    assert "%2B12125550101" in found.headers["location"]
    assert owner.get("/consent", params={"q": "nobody"}).status_code == 200
    body = owner.get(SHEET.replace("/evidence", "/evidence.json")).json()
    assert {(s["purpose"], s["effective"]["state"]) for s in body["states"]} == {
        ("marketing", "subscribed"),
        ("cart", "subscribed"),
    }
    assert [entry["wording"] for entry in body["ledger"]] == [WORDS, WORDS]
    assert body["ledger"][0]["double_opt_in"]
    assert agreed.db


def test_the_state_of_a_past_moment_by_both_clocks(agreed: ShopUnderTest, site: Site, owner: TestClient) -> None:
    """An opt-in of five days ago that came in today: it held then, and nobody knew."""
    agreed.consents("ann", "sms", PHONE, "marketing", "cart", state="unsubscribed")
    agreed.settle()
    agreed.now += timedelta(days=7)
    late = agreed.now - timedelta(days=5)
    agreed.arrive(
        "consent",
        {
            "channel": "sms", "address": PHONE, "purposes": ["marketing"], "state": "subscribed", "method": "web form",
            "effectiveAt": late.isoformat(), "doubleOptIn": True,
        },
    )  # fmt: skip
    agreed.settle()
    site.now = agreed.now
    body = owner.get(
        f"{SHEET}&at={(late + timedelta(days=1)).isoformat()[:19]}".replace("/evidence?", "/evidence.json?")
    ).json()
    (marketing,) = [s for s in body["states"] if s["purpose"] == "marketing"]
    assert (marketing["effective"]["state"], marketing["as_known"]["state"]) == ("subscribed", "unsubscribed")
    assert "is not a time" in owner.get(f"{SHEET}&at=yesterday").text


def test_an_address_of_which_nothing_is_known(site: Site, owner: TestClient) -> None:
    assert site.db
    assert "agreed to nothing" in owner.get(SHEET).text
    assert owner.get("/consent/evidence?channel=fax&address=1").status_code == 400


def test_an_opt_out_by_hand_keeps_how_it_was_said(agreed: ShopUnderTest, owner: TestClient) -> None:
    fields = {"channel": "sms", "address": PHONE}
    assert "Say how they asked" in post(owner, SHEET, "/consent/evidence", said=" ", **fields).text
    assert post(owner, SHEET, "/consent/evidence", said="On the phone, to Robin", **fields).status_code == 303
    assert agreed.one("SELECT reason FROM suppression WHERE lifted_at IS NULL") == "stop"
    agreed.engine.cycle()
    page = owner.get(SHEET).text
    assert "On the phone, to Robin" in page
    assert "Opted out (stop)" in page
    assert agreed.one("SELECT what FROM audit WHERE area = 'consents'") == "sms opted out by hand"


def test_replies_are_looked_at(agreed: ShopUnderTest, owner: TestClient) -> None:
    receive_text(agreed.db, PHONE, SHOP, "take a hike <i>", None, "SM1")
    agreed.engine.cycle()
    page = owner.get("/consent/replies").text
    assert "take a hike &lt;i&gt;" in page
    assert "1 reply waits" in owner.get("/consent").text
    key = "{}.{}".format(*agreed.rows("SELECT abucket, id FROM inbound_text WHERE review = 'open'")[0])
    refused = post(owner, "/consent/replies", "/consent/replies", text=key, say="restore", why=" ")
    assert (refused.status_code, "the ledger keeps it" in refused.text) == (422, True)
    assert (
        post(owner, "/consent/replies", "/consent/replies", text=key, say="restore", why="On a walk").status_code == 303
    )
    agreed.engine.cycle()
    assert agreed.one("SELECT count(*) FROM suppression WHERE lifted_at IS NULL") == 0
    assert {r.state for r in agreed.rows("SELECT state FROM consent")} == {"subscribed"}
    assert "Nothing to look at" in owner.get("/consent/replies").text
    assert "On a walk" in owner.get("/consent/replies?show=restored").text
    assert "On a walk" in owner.get(SHEET).text


@pytest.mark.parametrize("key", ["", "1", "x.y", "1.99999999999999999999999999"])
def test_a_form_that_is_not_the_pages(site: Site, owner: TestClient, key: str) -> None:
    assert site.db
    assert post(owner, "/consent/replies", "/consent/replies", text=key, say="stands").status_code in {400, 404}


def test_keywords_are_made_and_ended(shop: ShopUnderTest, owner: TestClient) -> None:
    given = {"brand": "1", "wording": "Text LAMPS for recurring texts. STOP to end.", "cart": "1", "say": "save"}
    refused = post(owner, "/consent/words", "/consent/keywords", word="stop", **given)
    assert (refused.status_code, "already means STOP" in refused.text) == (422, True)
    assert post(owner, "/consent/words", "/consent/keywords", word="Lamps", **given).status_code == 303
    assert "LAMPS" in owner.get("/consent/words").text
    assert receive_text(shop.db, PHONE, SHOP, "lamps", shop.now).meaning == "keyword"
    assert post(owner, "/consent/words", "/consent/keywords", brand="1", word="lamps", say="end").status_code == 303
    assert "Ended" in owner.get("/consent/words").text


def test_service_messages_in_the_brands_own_words(shop: ShopUnderTest, owner: TestClient) -> None:
    given = {"brand": "1", "kind": "help", "channel": "sms", "say": "save"}
    refused = post(owner, "/consent/words", "/consent/words", text="Hello", **given)
    assert refused.status_code == 422
    assert "Hello" in refused.text, "what was typed stays"
    own = "{{ brand.name }}: call 555 0100 12. Reply STOP to end."
    assert post(owner, "/consent/words", "/consent/words", text=own, **given).status_code == 303
    receive_text(shop.db, PHONE, SHOP, "HELP", shop.now)
    shop.settle()
    assert (
        shop.one("SELECT body FROM sandbox_message WHERE NOT inbound") == "Lamps: call 555 0100 12. Reply STOP to end."
    )
    assert post(owner, "/consent/words", "/consent/words", text="", **given | {"say": "ours"}).status_code == 303
    assert shop.one("SELECT count(*) FROM service_text") == 0
    assert owner.get("/consent/words?brand=9").status_code == 404
