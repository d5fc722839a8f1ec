"""The marketer's pages about sign-up."""

from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, csrf, post

from antiphon.signup.models import Unit
from antiphon.signup.source import examine
from antiphon.signup.starters import starters
from antiphon.web.guard import Posted
from antiphon.web.signup.forms import as_file, definition_of, fields_of
from antiphon.web.signup.install import origins_of


def welcome() -> Unit:
    unit, _ = examine(starters()["welcome"])
    assert unit is not None
    return unit


def filled(**changes: str) -> dict[str, str]:
    return fields_of(welcome()) | {"unit": "welcome", "name": "Welcome"} | changes


def test_the_form_says_what_the_unit_is() -> None:
    unit = welcome()
    again, problems = examine(as_file(definition_of(Posted(fields_of(unit)), "welcome")))
    assert problems == []
    assert again == unit


def test_a_unit_from_nothing_to_its_second_version(site: Site, owner: TestClient) -> None:
    assert "No unit yet" in owner.get("/sign-up").text
    made = post(owner, "/sign-up/new", "/sign-up/new", **filled())
    assert (made.status_code, made.headers["location"]) == (303, "/sign-up/welcome?saved=1")
    assert "Draft" in owner.get("/sign-up").text
    assert owner.get("/s/welcome").status_code == 404
    assert post(owner, "/sign-up/welcome", "/sign-up/welcome/on").status_code == 303
    assert owner.get("/s/welcome").status_code == 200
    post(owner, "/sign-up/welcome", "/sign-up/welcome", **filled(email_title="Now 15%"))
    assert "Now 15%" in owner.get("/s/welcome").text
    assert "This is version 1" in owner.get("/sign-up/welcome?version=1").text
    post(owner, "/sign-up/welcome", "/sign-up/welcome/pause")
    assert owner.get("/s/welcome").status_code == 404
    with site.db.read() as connection:
        said = [row[0] for row in connection.exec_driver_sql("SELECT what FROM audit WHERE area = 'units' ORDER BY id")]
    assert said == ["unit published", "unit switched on", "unit published", "unit paused"]


def test_errors_stand_at_their_fields_and_what_was_typed_stays(owner: TestClient) -> None:
    given = filled(phone_consent="Text me, {brand}", email_title="", show_delay="soon", theme_text="#ffffff")
    refused = post(owner, "/sign-up/new", "/sign-up/new", **given)
    assert refused.status_code == 422
    assert "Text me, {brand}" in refused.text
    assert 'id="email_title-error"' in refused.text
    assert 'id="show_delay-error"' in refused.text
    given = filled(phone_consent="Text me, {brand}", theme_text="#ffffff")
    refused = post(owner, "/sign-up/new", "/sign-up/new", **given)
    assert refused.text.count("The consent text of the step `phone` does not say") >= 9
    assert 'id="theme_text-error"' in refused.text
    assert "There is no unit" not in owner.get("/sign-up").text
    assert post(owner, "/sign-up/new", "/sign-up/new", **filled(unit="No Good")).status_code == 422


def test_the_preview_carries_the_definition_and_no_markup(owner: TestClient) -> None:
    hostile = filled(email_title="</script><script>alert(1)</script>")
    drawn = owner.post("/sign-up/preview", data=hostile | {"csrf": csrf(owner.get("/sign-up/new").text)})
    assert drawn.status_code == 200
    assert "<script>alert" not in drawn.text
    assert "\\u003c/script>" in drawn.text


def test_addresses_of_the_shop(site: Site, owner: TestClient) -> None:
    assert origins_of("https://Shop.example/path\nwww.shop.example http://localhost:3000") == (
        ["https://shop.example", "https://www.shop.example", "http://localhost:3000"],
        "",
    )
    for wrong in ("http://shop.example", "https://user@shop.example", "javascript:x", "https://", "https://a:99999"):
        assert origins_of(wrong)[1], wrong
    refused = post(owner, "/sign-up/install", "/sign-up/install/origins", origins="http://shop.example")
    assert (refused.status_code, "http://shop.example" in refused.text) == (422, True)
    saved = post(owner, "/sign-up/install", "/sign-up/install/origins", origins="https://shop.example")
    assert saved.status_code == 303
    assert "data-key=" not in owner.get("/sign-up/install").text
    post(owner, "/sign-up/install", "/sign-up/install/key")
    assert "data-key=&#34;ak_" in owner.get("/sign-up/install").text


def test_the_tag_has_one_address_and_a_mark(owner: TestClient) -> None:
    tag = owner.get("/antiphon.js")
    assert tag.headers["content-type"].startswith("text/javascript")
    again = owner.get("/antiphon.js", headers={"if-none-match": tag.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_left_of_the_starter_is_told_before_visitors_meet_it(shop: ShopUnderTest, owner: TestClient) -> None:
    page = owner.get("/sign-up/new?kind=popup").text
    assert "The consent to email links to an example’s address" in page
    assert "The consent to texts links to an example’s address" in page
    with shop.db.begin("settings") as connection:
        connection.execute(text("UPDATE brand SET from_phone = '+15550100'"))
    assert "asked to text +15550100, which is nobody’s number" in owner.get("/sign-up/new").text
    with shop.db.begin("settings") as connection:
        connection.execute(text("UPDATE brand SET from_phone = '+12125550100'"))
    assert "nobody’s number" not in owner.get("/sign-up/new").text
    fields = filled(unit="left")
    for name in ("email_consent", "phone_consent"):
        fields[name] = fields[name].replace("https://shop.example/", "https://lamps.shop/")
    after = post(owner, "/sign-up/new", "/sign-up/new", **fields).headers["location"]
    assert "an example’s address" not in owner.get(after).text
