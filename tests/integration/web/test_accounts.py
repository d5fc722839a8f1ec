"""Set-up, sign-in, sign-out, and what guards forms."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.web.conftest import PASSWORD, Site, csrf, post

from antiphon.web.accounts.sessions import LINK_LENGTH, SESSION_LENGTH, create_sign_in_link
from antiphon.web.accounts.setup import add_owner, setup_path
from antiphon.web.accounts.throttle import TRIES
from antiphon.web.guard import SESSION_COOKIE

FILLED = {
    "name": "Robin",
    "email": "Robin@Example.com",
    "password": PASSWORD,
    "brand": "Lamps",
    "from_name": "Lamps",
    "from_email": "hello@lamps.example",
    "postal_address": "1 Dock Street",
    "zone": "America/Chicago",
}


def set_up(browser: TestClient, path: str, **fields: str) -> int:
    token = path.partition("token=")[2]
    return int(post(browser, path, "/setup", token=token, **(FILLED | fields)).status_code)


def test_a_new_installation_asks_for_its_set_up_link(browser: TestClient) -> None:
    assert browser.get("/people").headers["location"] == "/setup"
    page = browser.get("/setup")
    assert page.status_code == 200
    assert "Open the set-up link" in page.text
    assert 'name="password"' not in page.text


def test_set_up_makes_the_owner_and_names_the_brand(site: Site, browser: TestClient) -> None:
    path = setup_path(site.db, NOON)
    assert path
    assert set_up(browser, path) == 303
    assert browser.get("/").status_code == 200
    with site.db.read() as connection:
        brand = connection.execute(
            text("SELECT b.name, from_email, z.name AS zone FROM brand b JOIN zone z ON z.id = zone")
        ).one()
        account = connection.execute(text("SELECT email, role, password_hash FROM account")).one()
    assert tuple(brand) == ("Lamps", "hello@lamps.example", "America/Chicago")
    assert (account.email, account.role) == ("robin@example.com", "owner")
    assert account.password_hash.startswith("$argon2id$")
    assert setup_path(site.db, NOON) is None


def test_only_the_newest_set_up_link_works_and_only_once(site: Site, browser: TestClient) -> None:
    old, new = setup_path(site.db, NOON), setup_path(site.db, NOON)
    assert old
    assert new
    assert browser.get(old).status_code == 403
    assert set_up(browser, new) == 303
    other = site.browser()
    assert other.get(new).headers["location"] == "/sign-in"
    assert add_owner(site.db, "Eve", "eve@example.com", PASSWORD, NOON) is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", "At least 10 characters."),
        ("email", "robin", "@-sign"),
        ("zone", "Atlantis", "Choose one of the list"),
        ("postal_address", "  ", "Fill this in."),
    ],
)
def test_set_up_puts_an_error_at_its_field_and_keeps_the_rest(
    site: Site, browser: TestClient, field: str, value: str, words: str
) -> None:
    path = setup_path(site.db, NOON)
    assert path
    token = path.partition("token=")[2]
    answer = post(browser, path, "/setup", token=token, **(FILLED | {field: value}))
    assert answer.status_code == 422
    place = answer.text.index(f'id="{field}-error"')
    assert words in answer.text[place : place + 400]
    assert 'value="hello@lamps.example"' in answer.text
    assert PASSWORD not in answer.text


def test_sign_in_leads_to_the_page_that_was_asked_for(site: Site, browser: TestClient) -> None:
    add_owner(site.db, "Robin", "owner@example.com", PASSWORD, NOON)
    there = browser.get("/people?q=ann").headers["location"]
    assert there == "/sign-in?next=/people%3Fq%3Dann"
    answer = post(browser, there, "/sign-in", email="Owner@example.com", password=PASSWORD, next="/people?q=ann")
    assert answer.headers["location"] == "/people?q=ann"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    with site.db.read() as connection:
        kept = connection.execute(text("SELECT token_sha256 FROM session")).scalars().all()
    assert browser.cookies[SESSION_COOKIE] not in kept
    assert browser.get("/people").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_leads_nowhere_else(site: Site, browser: TestClient, elsewhere: str) -> None:
    add_owner(site.db, "Robin", "owner@example.com", PASSWORD, NOON)
    answer = post(browser, "/sign-in", "/sign-in", email="owner@example.com", password=PASSWORD, next=elsewhere)
    assert answer.headers["location"] == "/"


def test_failed_sign_ins_are_slowed_down_even_with_the_right_password(site: Site, browser: TestClient) -> None:
    add_owner(site.db, "Robin", "slow@example.com", PASSWORD, NOON)
    for _ in range(TRIES):
        assert post(browser, "/sign-in", "/sign-in", email="slow@example.com", password="wrong").status_code == 401
    answer = post(browser, "/sign-in", "/sign-in", email="slow@example.com", password=PASSWORD)
    assert answer.status_code == 429
    assert "Wait 10 minutes" in answer.text
    site.now += timedelta(minutes=11)
    assert post(browser, "/sign-in", "/sign-in", email="slow@example.com", password=PASSWORD).status_code == 303


def test_a_sign_in_link_works_once_and_not_for_long(site: Site, browser: TestClient) -> None:
    made = add_owner(site.db, "Robin", "owner@example.com", PASSWORD, NOON)
    assert made
    path = create_sign_in_link(site.db, made.account, NOON)
    assert browser.get(path).status_code == 303
    assert browser.get("/").status_code == 200
    assert browser.get(path).headers["location"] == "/"  # clicked again by the same reader
    assert site.browser().get(path).status_code == 410
    late = create_sign_in_link(site.db, made.account, NOON)
    site.now += LINK_LENGTH
    assert site.browser().get(late).status_code == 410


def test_a_session_ends_by_sign_out_and_by_itself(site: Site, owner: TestClient) -> None:
    token = owner.cookies[SESSION_COOKIE]
    assert post(owner, "/", "/sign-out").headers["location"] == "/sign-in"
    owner.cookies.set(SESSION_COOKIE, token)
    assert owner.get("/").headers["location"] == "/sign-in"
    other = site.owner()
    site.now += SESSION_LENGTH
    assert other.get("/").status_code == 303


def test_no_form_is_taken_without_its_token(site: Site, owner: TestClient) -> None:
    for action in ("/sign-out", "/settings/brand", "/settings/sources", "/sandbox/texts", "/journeys/x/pause"):
        assert owner.post(action, data={"csrf": "guess"}).status_code == 403
        assert owner.post(action).status_code == 403
    assert owner.get("/").status_code == 200
    stranger = site.browser()
    assert stranger.post("/sign-in", data={"email": "owner@example.com", "password": PASSWORD}).status_code == 403


def test_an_open_forms_token_is_this_browsers_own(site: Site, browser: TestClient) -> None:
    add_owner(site.db, "Robin", "owner@example.com", PASSWORD, NOON)
    foreign = csrf(site.browser().get("/sign-in").text)
    browser.get("/sign-in")
    fields = {"email": "owner@example.com", "password": PASSWORD, "csrf": foreign}
    assert browser.post("/sign-in", data=fields).status_code == 403


def test_cookies_insist_on_https_where_the_pages_are_there(site: Site) -> None:
    context = site.app.state.context
    assert not context.secure
    assert type(context)(
        context.database, context.signer, context.config.model_copy(update={"base_url": "https://a.example"})
    ).secure
