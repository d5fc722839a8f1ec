"""Every address declares what it asks for, and each role gets exactly what the table says."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import PASSWORD, Site, csrf

from antiphon.store.audit import Actor
from antiphon.web import guard
from antiphon.web.accounts import users
from antiphon.web.accounts.permissions import API_KEY, OPEN, PERMISSIONS, ROLES, ROUTES, WRITE_KEY, allowed
from antiphon.web.app import PARTS
from antiphon.web.uploads import uploaded

BY = Actor("test")

#: What stands for the parts of an address.
FILLED = defaultdict(
    lambda: "1", slug="nowhere", key="1.1", sender="nowhere", source="999", account="999", session="0" * 16,
    api_key="999",
)  # fmt: skip


#: Forms of strangers: sign-ups and ways out, which no cookie may be asked of.
PUBLIC = ("/u/", "/s/", "/v1/", "/confirm/", "/preferences/")


def routes() -> Iterator[APIRoute]:
    for part in PARTS:
        for route in part.router.routes:
            assert isinstance(route, APIRoute), route
            yield route


def declared(route: APIRoute) -> dict[str, str]:
    """Method -> what the table says."""
    return {method: ROUTES.get(f"{method} {route.path}", "") for method in sorted(route.methods or ())}


def guards(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from guards(each)


def test_every_address_declares_what_it_asks_for() -> None:
    known = {*PERMISSIONS, OPEN, WRITE_KEY}
    for route in routes():
        for method, needs in declared(route).items():
            assert needs in known or needs.startswith(API_KEY), f"declare {method} {route.path} in permissions.ROUTES"


def test_every_page_is_guarded_and_every_form_has_its_token() -> None:
    for route in routes():
        called = set(guards(route.dependant))
        for method, needs in declared(route).items():
            if needs in PERMISSIONS:
                assert guard.signed_in in called, f"{method} {route.path}"
                if method != "GET":
                    assert called & {guard.own_form, uploaded}, f"{method} {route.path}"
            elif needs.startswith(API_KEY):
                assert guard.signed_in not in called, route.path
            elif needs == OPEN and method == "POST" and not route.path.startswith(PUBLIC):
                assert guard.open_form in called, route.path


def test_nothing_is_declared_that_does_not_exist() -> None:
    here = {f"{method} {route.path}" for route in routes() for method in route.methods or ()}
    assert set(ROUTES) - here == {"GET /healthz", "GET /static/dist"}


def user(site: Site, role: str) -> TestClient:
    """A browser of somebody who was invited into a role."""
    site.owner()
    path = users.invite(site.db, role, f"a.{role}@example.com", role, BY, site.now)
    browser = site.browser()
    token = csrf(browser.get(path).text)
    answer = browser.post(path, data={"password": PASSWORD, "again": PASSWORD, "csrf": token})
    assert answer.status_code == 303
    return browser


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_a_role_gets_exactly_what_the_table_says(site: Site, role: str, masked: bool) -> None:
    site.owner()
    browser = site.browser() if role == "nobody" else user(site, role)
    users.set_masking(site.db, masked, BY, site.now)
    token = "" if role == "nobody" else csrf(browser.get("/account").text)
    mine = frozenset[str]() if role == "nobody" else allowed(role, masked=masked)
    for route in routes():
        for method, needs in declared(route).items():
            if needs not in PERMISSIONS or route.path in {"/sign-out", "/account/sign-out-everywhere"}:
                continue
            path = route.path.replace(":path}", "}").format_map(FILLED)
            answer = browser.request(method, path, data={"csrf": token} if method == "POST" else None)
            told = f"{role}: {method} {path} -> {answer.status_code}"
            if role == "nobody":
                assert answer.status_code == 303, told
                assert answer.headers["location"].startswith("/sign-in"), told
            elif needs in mine:
                assert answer.status_code not in {401, 403}, told
            else:
                assert answer.status_code == 403, told
                assert "Your role" in answer.text or "hidden from you" in answer.text, told


def test_an_address_that_nobody_declared_is_the_owners(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    manager, owner = user(site, "manager"), site.owner()
    rest = {key: value for key, value in ROUTES.items() if key != "GET /people"}
    monkeypatch.setattr("antiphon.web.accounts.permissions.ROUTES", rest)
    assert manager.get("/people").status_code == 403
    assert owner.get("/people").status_code == 200


def test_a_form_of_somebody_elses_session_is_refused(site: Site) -> None:
    manager, owner = user(site, "manager"), site.owner()
    foreign = csrf(manager.get("/account").text)
    assert owner.post("/settings/users/1/sign-out", data={"csrf": foreign}).status_code == 403


def test_a_role_that_is_gone_may_only_see_its_account(site: Site) -> None:
    browser = user(site, "support")
    with site.db.begin("test") as connection:
        connection.execute(text("UPDATE account SET role = 'wizard' WHERE role = 'support'"))
    assert browser.get("/people").status_code == 403
    assert browser.get("/account").status_code == 200


def test_a_session_shows_when_it_was_last_used(site: Site) -> None:
    owner = site.owner()
    site.now += timedelta(minutes=6)
    owner.get("/")
    with site.db.read() as connection:
        assert connection.execute(text("SELECT max(seen_at) FROM session")).scalar_one() == site.now


def test_a_masked_analyst_sees_that_somebody_is_there_but_not_who(site: Site, shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann-7", "ann@example.com", "+12125550101")
    shop.knows("ann-7", firstName="Anastasia", lastName="Featherstone", city="Utrecht")
    shop.leaves_cart("ann-7", "c1")
    shop.passes(timedelta(hours=30), timedelta(hours=1))
    person = shop.one("SELECT person FROM identifier WHERE value = 'ann-7'")
    site.now = shop.now
    analyst = user(site, "analyst")
    pages = ["/", "/people", f"/people/{person}", "/people?q=ann", "/journeys", "/journeys/abandoned-cart"]
    secret = ("ann@example.com", "5550101", "Anastasia", "Featherstone", "Utrecht", "ann-7")
    assert "Anastasia" in analyst.get(f"/people/{person}").text
    users.set_masking(site.db, True, BY, site.now)
    for page in pages:
        answer = analyst.get(page)
        assert answer.status_code == 200
        assert [word for word in secret if word in answer.text] == [], page
    assert "a…@example.com" in analyst.get(f"/people/{person}").text
