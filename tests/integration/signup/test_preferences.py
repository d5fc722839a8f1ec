"""What visitors choose: on the form, and in the preference centre for every address that is proven to be theirs."""

import re

from tests.integration.signup.conftest import WELCOME, Counter
from tests.integration.signup.test_visits import ANN, EMAIL

from antiphon.content.links import Holder, holder_token
from antiphon.intake.inbound import receive_text
from antiphon.intake.opting_in import SignUp, begin_opt_in, confirm
from antiphon.intake.preferences import SOURCE
from antiphon.web.signup.read import figures

PHONE, OTHER = "+12125550187", "+12125550142"
PREFERENCE = WELCOME.replace(
    "  - step: done", "  - step: preference\n    title: How do you like to hear from us?\n  - step: done"
)


def page_of(counter: Counter, channel: str = "email", address: str = EMAIL) -> str:
    return f"/preferences/{holder_token(counter.context.signer, 'preferences', Holder(channel, address, 1))}"


def joins(counter: Counter, phone: str = PHONE) -> None:
    """Ann signs up with both addresses on one form, and confirms both."""
    drawn = counter.sends(counter.opens(device=ANN), "email", email=EMAIL, agreed="yes")
    counter.sends(drawn, "phone", phone=phone, country="US", agreed="yes")
    counter.resolves()
    assert confirm(counter.db, "email", EMAIL, 1, "confirmation link")
    receive_text(counter.db, phone, "+15550100", "YES")
    counter.resolves()


def states(counter: Counter) -> dict[tuple[str, str], str]:
    counter.resolves()
    rows = counter.rows("SELECT address, purpose, state FROM consent WHERE purpose <> 'transactional'")
    return {(row.address, row.purpose): row.state for row in rows}


def fields_of(body: str) -> dict[str, str]:
    """What the form sends if nothing is touched."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', body))
    return found | dict.fromkeys(re.findall(r'<input type="checkbox" name="([^"]+)" value="1" checked', body), "1")


def test_who_thinks_again_has_said_both_and_the_latest_counts(counter: Counter) -> None:
    counter.publish(PREFERENCE)
    drawn = counter.sends(counter.opens(device=ANN), "email", email=EMAIL, agreed="yes")
    drawn = counter.sends(drawn, "phone", phone=PHONE, country="US", agreed="yes")
    assert drawn["step"] == "preference"
    for choice in ("email", "sms", "email", "both"):
        assert counter.sends(drawn, "preference", preference=choice)["step"] == "done"
        counter.passes(2)
    said = [
        body["traits"]["preferred_channel"]
        for body in counter.arrivals()
        if "preferred_channel" in body.get("traits", {})
    ]
    assert said == ["email", "sms", "email", "both"]
    counter.resolves()
    assert (
        counter.rows("SELECT traits->>'preferred_channel' AS it FROM person WHERE traits ? 'preferred_channel'")[0].it
        == "both"
    )
    for _ in range(20):
        counter.sends(drawn, "preference", preference="sms")
    assert len(counter.arrivals()) == 6, "ten for one form"


def test_the_page_has_every_address_that_is_proven_to_be_its_readers(counter: Counter) -> None:
    joins(counter)
    begin_opt_in(counter.db, SignUp("sms", OTHER, wording="Yes", device=ANN), key="typed elsewhere")
    counter.resolves()
    body = counter.browser.get(page_of(counter)).text
    assert EMAIL in body
    assert "•••• 0187" in body
    assert PHONE not in body, "a message may have been passed on"
    assert "0142" not in body, "typed beside it, and proven by nobody"
    fields = fields_of(body)
    assert sum(name.startswith(("marketing", "cart")) for name in fields) == 3

    kept = counter.browser.post(page_of(counter), data=fields | {"save": "1"}).text
    assert "Your choice is kept" in kept
    assert set(states(counter).values()) >= {"subscribed"}
    assert states(counter)[PHONE, "cart"] == "subscribed"

    cart = next(name for name in fields if name.startswith("cart-"))
    counter.browser.post(
        page_of(counter), data={k: v for k, v in fields.items() if k != cart} | {"save": "1", "pause": "30"}
    )
    after = states(counter)
    assert (after[EMAIL, "marketing"], after[PHONE, "marketing"], after[PHONE, "cart"]) == (
        "subscribed", "subscribed", "unsubscribed",
    )  # fmt: skip
    paused = counter.rows("SELECT address FROM consent WHERE paused_until > now() AND purpose = 'marketing' ORDER BY 1")
    assert [row.address for row in paused] == [PHONE, EMAIL]
    text_off = {name: value for name, value in fields.items() if not name.startswith(("marketing-", "cart-"))}
    assert "•••• 0187 gets no more news" in counter.browser.post(page_of(counter), data=text_off | {"save": "1"}).text
    after = states(counter)
    assert (after[EMAIL, "marketing"], after[PHONE, "marketing"]) == ("subscribed", "unsubscribed")
    # what was given up there comes back only by an answer from there
    assert "START" in counter.browser.post(page_of(counter), data=fields | {"save": "1"}).text
    assert states(counter)[PHONE, "marketing"] == "unsubscribed"


def test_one_button_ends_everything_on_the_page_and_nothing_else(counter: Counter) -> None:
    joins(counter)
    stranger = fields_of(counter.browser.get(page_of(counter)).text)
    counter.browser.post(page_of(counter), data={"everything": "1"})
    assert states(counter)[PHONE, "marketing"] == "subscribed", "it did not stand on the page that was sent"
    body = counter.browser.post(page_of(counter), data=stranger | {"everything": "1"}).text
    assert (EMAIL in body, "•••• 0187 gets no more texts" in body) == (True, True)
    assert {row.address for row in counter.rows("SELECT address FROM suppression WHERE lifted_at IS NULL")} == {
        EMAIL,
        PHONE,
    }
    forged = {"of-0123456789abcdef": "1", "everything": "1"}
    assert counter.browser.post(page_of(counter, "sms", OTHER), data=forged).status_code == 200
    counter.resolves()
    sources = counter.rows("SELECT DISTINCT source FROM consent_fact WHERE state = 'unsubscribed'")
    assert [row.source for row in sources] == [SOURCE]


def test_the_page_speaks_the_language_of_the_link_and_of_the_brand(counter: Counter) -> None:
    french = counter.browser.get(f"{page_of(counter)}?l=fr", headers={"accept-language": "de"})
    assert '<html lang="fr">' in french.text
    assert "Tout arrêter" in french.text
    assert '<html lang="en">' in counter.browser.get(page_of(counter), headers={"accept-language": "de"}).text
    with counter.db.begin("test") as connection:
        connection.exec_driver_sql("""UPDATE brand SET settings = settings || '{"language": "auto"}'""")
    german = counter.browser.get(page_of(counter), headers={"accept-language": "de-CH"}).text
    assert "Alles beenden" in german


def test_a_form_speaks_to_its_visitor_and_so_do_its_messages(counter: Counter) -> None:
    counter.publish(
        WELCOME.replace("kind: popup", "kind: popup\nlanguage: auto").replace("    button: Get the code\n", "")
    )
    counter.browser.headers["accept-language"] = "de-AT,de;q=0.9"
    page = counter.browser.get("/s/welcome")
    assert (page.headers["content-language"], '<html lang="de">' in page.text) == ("de", True)
    assert "<button>Weiter</button>" in page.text
    assert "may send me marketing emails" in page.text, "what is agreed to stays as its owner wrote it"
    drawn = counter.opens(device=ANN)
    assert (drawn["language"], drawn["words"]["mobile"]) == ("de", "Handynummer")
    wrong = counter.sends(drawn, "email", email="ann")
    assert wrong["errors"]["email"].startswith("Geben Sie eine E-Mail-Adresse ein")
    drawn = counter.sends(drawn, "email", email=EMAIL, agreed="yes")
    counter.sends(drawn, "phone", phone=PHONE, country="US", agreed="yes")
    stale = counter.posts("/v1/units/welcome", flow="x", step="email")
    assert "abgelaufen" in stale.json()["error"]
    counter.resolves()
    steps = {row.step for row in counter.rows("SELECT step FROM outbox WHERE purpose = 'service'")}
    assert steps == {"confirm@de", "confirm+cart@de"}
    wordings = counter.rows("SELECT DISTINCT locale FROM wording WHERE text LIKE 'Yes, My shop%'")
    assert {row.locale for row in wordings} == {"en", "und"}
    receive_text(counter.db, PHONE, "+15550100", "YES")
    counter.resolves()
    assert counter.rows("SELECT 1 FROM outbox WHERE step = 'confirmed+cart@de'")


def test_figures_are_counted_where_they_happen(counter: Counter) -> None:
    joins(counter)
    joins(counter)  # once more: asked and confirmed before, so nothing turns
    with counter.db.read() as connection:
        found = figures(connection, counter.rows("SELECT now() AS at")[0].at)["welcome"]
    assert (found.email, found.email_confirmed, found.sms, found.sms_confirmed) == (2, 1, 2, 1)
    days = counter.rows("SELECT * FROM unit_count")
    assert {(row.unit, row.channel) for row in days} == {("welcome", "email"), ("welcome", "sms")}
