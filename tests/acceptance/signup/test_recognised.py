"""What a shop's page knows of its visitor, in a real browser: that they are leaving, who they are, and who only texts."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from antiphon.content.links import Links
from antiphon.intake.opting_in import SignUp, begin_opt_in, confirm
from antiphon.kit.buckets import abucket_of
from antiphon.kit.signing import Signer
from tests.acceptance.signup.conftest import Beside
from tests.acceptance.signup.test_units import WELCOME, watch

pytestmark = pytest.mark.acceptance

_SENT = text("""
INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, step,
                    occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, state, state_at)
VALUES (:abucket, :id, gen_random_uuid(), :address, 'email', 1, 'marketing', 0, 0, 0, 1, 1, 's', '', now(), 0, '{}', now(),
        now(), 'accepted', now())
""")
_LINKS = text("""
INSERT INTO message_log (abucket, message, at, from_state, to_state, detail)
VALUES (:abucket, :id, now(), 'claimed', 'handing', jsonb_build_object('links', jsonb_build_array(cast(:url AS text))))
""")


def test_who_is_about_to_leave_is_asked_and_works_for_it(beside: Beside, page: Page) -> None:
    """Exit intent, proof of work, the step about preferences, a coupon for everybody: one visitor's whole way."""
    beside.publish(
        WELCOME.replace("  delay: 0s\n", "")
        .replace("  - step: done", "  - step: preference\n    title: By mail or by text?\n  - step: done")
        .replace("coupon: WELCOME10", "coupon: WELCOME10\n    when: sent")
        .replace("show:", "abuse: {work: 12}\nshow:")
    )
    complaints = watch(page)
    page.goto(beside.shop)
    page.wait_for_function("sessionStorage.antiphon")  # the tag knows its units, so that it could show one
    page.mouse.move(300, 200)
    page.wait_for_timeout(300)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.mouse.move(300, 0)
    page.dispatch_event("html", "mouseout", {"bubbles": True, "clientX": 300, "clientY": -1, "relatedTarget": None})
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Email", exact=True).fill("leaving@example.com")
    dialog.get_by_role("checkbox").check()
    page.wait_for_timeout(1_600)
    with page.expect_request("**/v1/units/welcome") as sent:
        dialog.get_by_role("button", name="Get the code").click()
    assert re.search(r'"work":"\d+"', sent.value.post_data or "")
    # both steps have such a button
    page.get_by_role("dialog", name="Early access by text").get_by_role("button", name="No thanks").click()
    dialog.get_by_label("By text").check()
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_text("WELCOME10")).to_be_visible()
    chosen = "SELECT 1 FROM person p WHERE traits->>'preferred_channel' = 'sms' AND EXISTS (SELECT 1 FROM identifier i "
    beside.until(chosen + "WHERE i.person = p.id AND i.value = 'leaving@example.com')")
    assert complaints == []


def test_who_comes_by_a_link_is_recognised(beside: Beside, chromium: Browser) -> None:
    beside.publish(WELCOME)
    # a browser that says that nobody sits before it is taken for a program that follows links
    agent = f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{chromium.version} Safari/537.36"
    context = chromium.new_context(user_agent=agent)
    page = context.new_page()
    address, message = "reader@example.com", 815
    abucket = abucket_of(address)
    begin_opt_in(beside.database, SignUp("email", address, wording="Yes"))
    beside.until("SELECT 1 FROM consent WHERE address = :a", a=address)
    assert confirm(beside.database, "email", address, 1, "confirmation link")
    beside.until("SELECT 1 FROM person_address WHERE address = :a AND marketing = 'subscribed'", a=address)
    target = f"{beside.shop}/sale?a=1"
    with beside.database.begin("test") as connection:
        connection.execute(_SENT, {"abucket": abucket, "id": message, "address": address})
        connection.execute(_LINKS, {"abucket": abucket, "id": message, "url": target})
    signer = Signer.from_file(beside.data_dir / "key")
    complaints = watch(page)
    with page.expect_response("**/v1/units") as asked:
        page.goto(Links(signer, beside.running.url, abucket, message).short(target))
    assert re.search(r'"token":"[^"]+"', asked.value.request.post_data or "")
    assert asked.value.json()["has"] == ["email"]
    # asked for what is missing only, and the token is gone from the address
    expect(page.get_by_role("dialog", name="Early access by text")).to_be_visible()
    assert page.url == target
    device = page.evaluate("JSON.parse(localStorage.antiphon).device")
    beside.until(
        "SELECT 1 FROM identifier d JOIN identifier e ON e.person = d.person AND e.value = :a WHERE d.value = :d",
        a=address,
        d=device,
    )
    # and on the next day too, by the pass that the browser keeps
    page.evaluate("sessionStorage.clear(); const kept = JSON.parse(localStorage.antiphon); kept.units = {}; "
                  "localStorage.antiphon = JSON.stringify(kept)")  # fmt: skip
    with page.expect_response("**/v1/units") as answered:
        page.goto(beside.shop)
    assert answered.value.json()["has"] == ["email"]
    assert complaints == []
    context.close()


def test_texts_join_from_the_phone_itself(beside: Beside, chromium: Browser) -> None:
    """Two taps with a code, the keyword alone, and the YES that each is asked for, because carts are among it."""
    beside.publish(WELCOME)
    context = chromium.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(beside.shop)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="No thanks").click()
    href = dialog.get_by_role("link", name="Text JOIN to sign up").get_attribute("href") or ""
    device = page.evaluate("JSON.parse(localStorage.antiphon).device")
    context.close()
    body = href.partition("body=")[2].replace("%20", " ")
    state = "SELECT 1 FROM consent WHERE address = :a AND purpose = 'cart' AND state = :state"
    for number, said in (("+12125550171", body), ("+12125550172", "join!")):
        assert beside.texts(number, said) == "keyword"
        beside.until(state, a=number, state="pending")
        beside.until("SELECT 1 FROM sandbox_message WHERE address = :a AND body LIKE '%YES%'", a=number)
        assert beside.texts(number, "Yes") == "start"
        beside.until(state, a=number, state="subscribed")
    tied = "SELECT 1 FROM identifier d JOIN identifier p ON p.person = d.person AND p.value = '+12125550171' WHERE d.value = :d"
    beside.until(tied, d=device)
    assert beside.texts("+12125550173", body) == "reply", "a code works once"
