"""Campaigns on pages: made by form, reviewed, launched once however often, watched, and everything that can be in the way."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.campaigns.says import EMAIL, SMS, campaign, does, launched, reviewed
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import csrf, post

from antiphon.audiences.segments.managing import define
from antiphon.audiences.segments.models import Segment
from antiphon.content import library
from antiphon.content.models import EmailContent
from antiphon.web.campaigns import forms
from antiphon.web.campaigns.words import barred

HOUR = timedelta(hours=1)
GOOD = {
    "name": "Sale",
    "campaign": "sale",
    "who": "people",
    "audience": "everyone",
    "sms": "Lamps are cheap",
    "ways": "both",
}


@pytest.fixture
def everyone(shop: ShopUnderTest) -> ShopUnderTest:
    """Two people who can be written to, in the one segment."""
    one = Segment.model_validate({"segment": "everyone", "title": "Everyone", "who": {"kind": "all", "of": []}})
    with shop.db.begin("segments") as connection:
        define(connection, one, "", "test", shop.now)
    shop.reachable("ann", email="ann@shop.example", phone="+12125550101")
    shop.reachable("bob", email="bob@shop.example")
    shop.settle()
    return shop


def made(owner: TestClient, **changed: str) -> Any:
    return post(owner, "/campaigns/new", "/campaigns/new", **(forms.blank() | GOOD | changed))


def presses(owner: TestClient, act: str, **fields: str) -> Any:
    """A button of the campaign's page; what that page shows reviewed goes along."""
    page = owner.get("/campaigns/sale").text
    shown = page.split('name="sha256" value="')[1].split('"')[0] if 'name="sha256"' in page else ""
    return owner.post(f"/campaigns/sale/{act}", data={"sha256": shown} | fields | {"csrf": csrf(page)})


def test_a_campaign_is_made_reviewed_launched_and_watched(owner: TestClient, everyone: ShopUnderTest) -> None:
    assert "No campaigns yet" in owner.get("/campaigns").text
    opens = (everyone.now + 2 * HOUR).strftime("%Y-%m-%dT%H:%M")
    done = made(owner, opens=opens, throttle="1,000", priority="high")
    assert (done.status_code, done.headers["location"]) == (303, "/campaigns/sale"), done.text
    file = owner.get("/campaigns/sale/campaign.yaml").text
    assert "throttle: 1000\npriority: high\n" in file
    assert "value" not in file
    assert "Not reviewed yet" in owner.get("/campaigns/sale").text
    assert presses(owner, "review").headers["location"] == "/campaigns/sale?said=reviewed"
    page = owner.get("/campaigns/sale").text
    for said in ("Messages by hour", "1 person gets this", "No address", "Launch now", "Ann", "at most 1 segment"):
        assert said in page, said
    assert presses(owner, "launch").headers["location"] == "/campaigns/sale?said=launched"
    again = presses(owner, "launch")  # a second press
    assert "It was launched already" in owner.get(again.headers["location"]).text
    everyone.passes(25 * HOUR, HOUR)
    page = owner.get("/campaigns/sale").text
    assert "Done: 1 of 1 sent" in page
    assert "1 of 1" in owner.get("/campaigns").text
    assert owner.get("/campaigns/sale/edit").status_code == 303


def test_each_field_says_what_is_wrong_with_it_and_keeps_what_was_typed(
    owner: TestClient, everyone: ShopUnderTest
) -> None:
    past = (everyone.now - 30 * HOUR).strftime("%Y-%m-%dT%H:%M")
    for changed, said in (
        ({"name": ""}, "Fill this in."),
        ({"campaign": "Sale!"}, "Small letters, digits and hyphens"),
        ({"campaign": "new"}, "A page is called so"),
        ({"audience": ""}, "Choose who gets it."),
        ({"audience": "gone"}, "There is no segment “gone”"),
        ({"sms": ""}, "Choose an email, write a text, or both."),
        ({"sms": "{{ brand.nam }}"}, "Did you mean <code class='id'>brand.name"),
        ({"ways": "email"}, "it goes out by email alone"),
        ({"email": "none"}, "There is no email"),
        ({"opens": past, "closes": past}, "The window ends before it begins"),
        ({"opens": past}, "closed at"),
        ({"throttle": "fast"}, "This must be a whole number."),
        ({"throttle": "0"}, "This must be at least 1."),
        ({"value": "-3"}, "This must be at least 0"),
        ({"unengaged": "offer", "back_sms": "Come back"}, "only with an offer made for them"),
        ({"unengaged": "offer", "back_sms": "{{ offer.back.code }}"}, "there is no offer"),
        ({"who": "followed", "audience": ""}, "Choose the campaign that it follows."),
        ({"who": "followed", "earlier": "gone", "on": "sms"}, "there is no campaign"),
        ({"who": "followed", "earlier": "gone", "on": "sms", "after": "soon"}, "is not a duration"),
    ):
        found = made(owner, **changed)
        assert (found.status_code, said.lower() in found.text.lower()) == (422, True), (changed, said)
        assert "It is not saved yet" in found.text
        assert next(iter(changed.values())) in found.text
    assert everyone.one("SELECT count(*) FROM campaign") == 0


def test_what_a_form_comes_to_is_told_while_it_is_filled_in(owner: TestClient, everyone: ShopUnderTest) -> None:
    def looks(**changed: str) -> str:
        return str(post(owner, "/campaigns/new", "/campaigns/look", **(forms.blank() | changed)).text)

    assert "Choose an audience" in looks()
    page = looks(audience="everyone", sms="Lamps", throttle="fast")
    assert 'data-count>2 <span class="font-normal">people' in page
    assert "1 segment at most" in page
    assert "This must be a whole number." in page
    assert "Fill this in" not in page


def test_two_who_change_one_campaign_do_not_lose_each_others_work(owner: TestClient, everyone: ShopUnderTest) -> None:
    made(owner)
    form = owner.get("/campaigns/sale/edit").text
    assert "Lamps are cheap" in form
    base = form.split('name="base" value="')[1].split('"')[0]
    values = forms.blank() | GOOD | {"base": base}
    assert (
        post(owner, "/campaigns/sale/edit", "/campaigns/sale/edit", **(values | {"sms": "Theirs"})).status_code == 303
    )
    mine = post(owner, "/campaigns/sale/edit", "/campaigns/sale/edit", **(values | {"sms": "Mine"}))
    assert (mine.status_code, "since you opened it" in mine.text, "Mine" in mine.text) == (422, True, True)
    assert "There is a campaign" in made(owner).text
    presses(owner, "review")
    seen = everyone.one("SELECT sha256 FROM campaign")
    does(everyone, "save", source=campaign("sale", content=f"{{{SMS}}}"))
    reviewed(everyone, campaign("sale", content=f"{{{SMS}}}"))
    other = presses(owner, "launch", sha256=seen)  # a tab that shows what was reviewed before
    assert (other.status_code, "since you reviewed it" in other.text) == (409, True)


def test_a_review_that_failed_stands_on_the_page_and_nothing_is_launched(
    owner: TestClient, everyone: ShopUnderTest
) -> None:
    made(owner)
    with everyone.db.begin("test") as connection:
        connection.exec_driver_sql("UPDATE segment SET state = 'archived'")
    found = presses(owner, "review")
    assert (found.status_code, "There is no segment “everyone”" in found.text) == (409, True)
    page = owner.get("/campaigns/sale").text
    assert "Its review failed, so it cannot be launched" in page
    assert "Launch now" not in page
    assert "Cannot be launched" in owner.get("/campaigns").text
    launch = presses(owner, "launch")
    assert (launch.status_code, "The review of" in launch.text) == (409, True)
    assert "everyone (not there any more)" in owner.get("/campaigns/sale/edit").text


def test_a_window_that_passes_and_an_audience_of_nobody_are_said(
    owner: TestClient, everyone: ShopUnderTest, site: Any
) -> None:
    closes = (everyone.now + HOUR).isoformat()
    reviewed(everyone, campaign(audience="{kind: any, of: []}", window=f"{{to: '{closes}'}}"))
    page = owner.get("/campaigns/sale").text
    assert "Nobody is in it now" in page
    assert "Nobody would get it as of now" in page
    everyone.now = site.now = everyone.now + 2 * HOUR
    assert "closed at" in owner.get("/campaigns/sale").text
    found = presses(owner, "launch")
    assert (found.status_code, "closed at" in found.text) == (409, True)


def test_pause_go_on_and_cancel(owner: TestClient, everyone: ShopUnderTest) -> None:
    opens = (everyone.now + 3 * HOUR).isoformat()
    launched(everyone, campaign(window=f"{{from: '{opens}'}}"))
    everyone.passes(2 * HOUR, HOUR)
    presses(owner, "pause")
    page = owner.get("/campaigns/sale").text
    assert "Paused: nothing leaves until it goes on" in page
    assert "2 that wait now will never leave" in page
    presses(owner, "resume")
    assert "Pause campaign" in owner.get("/campaigns/sale").text
    presses(owner, "cancel")
    everyone.settle()
    assert "Cancelled" in owner.get("/campaigns/sale").text
    assert (found := presses(owner, "resume")).status_code == 409
    assert "it cannot go on" in found.text
    assert owner.get("/campaigns/none").status_code == 404


def test_a_follow_up_is_begun_from_the_campaign_and_stands_beside_it(
    owner: TestClient, everyone: ShopUnderTest
) -> None:
    launched(everyone, campaign(content=f"{{{EMAIL}}}"))
    everyone.passes(25 * HOUR, HOUR)
    assert "/campaigns/new?after=sale" in owner.get("/campaigns/sale").text
    form = owner.get("/campaigns/new?after=sale").text
    assert 'value="sale" selected' in form
    follow = forms.blank("sale") | {"name": "Again", "campaign": "again", "sms": "Still cheap", "on": "sms"}
    assert post(owner, "/campaigns/new", "/campaigns/new", **follow).status_code == 303
    page = owner.get("/campaigns/again").text
    assert 'Who did not answer <a href="/campaigns/sale">Sale</a>, by text' in page
    assert '<a href="/campaigns/again">Again</a>' in owner.get("/campaigns/sale").text


def test_a_file_is_kept_as_it_was_written_and_the_form_changes_only_what_it_says(
    owner: TestClient, everyone: ShopUnderTest
) -> None:
    source = campaign(audience="{kind: event, event: Order Completed}", value="40") + "\n# ours"
    bad = post(owner, "/campaigns/new?by=file", "/campaigns/new", by="file", source="campaign: x\nname: [")
    assert (bad.status_code, "Line 3:" in bad.text or "Line 2:" in bad.text) == (422, True)
    assert post(owner, "/campaigns/new?by=file", "/campaigns/new", by="file", source=source).status_code == 303
    form = owner.get("/campaigns/sale/edit").text
    assert "As its file says" in form
    base = form.split('name="base" value="')[1].split('"')[0]
    values = forms.typed(source, 0) | {"base": base, "name": "Other"}
    assert post(owner, "/campaigns/sale/edit", "/campaigns/sale/edit", **values).status_code == 303
    kept = owner.get("/campaigns/sale/campaign.yaml").text
    assert kept.replace("name: Other", "name: Sale") == f"{source}\n"
    assert "Order Completed" in owner.get("/campaigns/sale").text


def test_messages_and_people_name_the_campaign(owner: TestClient, everyone: ShopUnderTest) -> None:
    launched(everyone, campaign("winter", content=f"{{{SMS}}}"))
    everyone.passes(25 * HOUR, HOUR)
    everyone.does("ann", "SMS Clicked", journey=-1, version=-1, step="message", message="1")
    everyone.settle()
    found = everyone.rows("SELECT abucket, id, person FROM outbox")[0]
    link = '<a href="/campaigns/winter"><bdi>Winter</bdi></a>'
    assert link in owner.get(f"/messages/{found.abucket}.{found.id}").text
    for address in (
        "/",
        "/messages",
        "/messages?journey=campaign:winter",
        "/messages?state=not-written&journey=campaign:winter",
    ):
        page = owner.get(address).text
        assert "Winter" in page, address
        assert ">-1<" not in page, address
    person = owner.get(f"/people/{found.person}").text.split("<main")[1]
    assert "Winter" in person
    assert ">-1<" not in person
    assert "100%" in owner.get("/campaigns").text  # clicked


def test_an_email_of_the_library_is_taken_as_it_is_at_the_review(owner: TestClient, everyone: ShopUnderTest) -> None:
    said = EmailContent(subject="Before", mjml="<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>")
    with everyone.db.begin("emails") as connection:
        name = library.make(connection, "Lamps", said, "test", everyone.now)
    assert made(owner, email=name, sms="", ways="email").status_code == 303
    assert "Before" in owner.get("/campaigns/sale").text
    with everyone.db.begin("emails") as connection:
        library.save(connection, name, said.model_copy(update={"subject": "After"}), "test", everyone.now)
    presses(owner, "review")
    page = owner.get("/campaigns/sale").text
    assert "After" in page
    assert f'href="/content/emails/{name}"' in page
    assert presses(owner, "launch").headers["location"].endswith("launched")


def test_bars_are_told_in_words() -> None:
    assert barred("email: consent.missing; sms: consent.missing") == "Never subscribed"
    assert barred("email: consent.unsubscribed; sms: address.missing") == "Email: unsubscribed; Text: no address"
    assert barred("email: not_worth") == "Not worth what it costs"
    assert barred("unengaged") == "Do not answer any more"
