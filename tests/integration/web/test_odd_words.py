"""Addresses and bodies that nobody sends by a page of ours are answered with words, never with a fault of ours."""

import json
import re
from typing import Any

import pytest
from tests.integration.web.conftest import Site, called

from antiphon.web.accounts.permissions import ROUTES
from antiphon.web.api.scopes import SCOPES

PLACES = (
    "/audiences",
    "/catalogue",
    "/offers",
    "/content/emails",
    "/api/v1/offers",
    "/api/v1/products",
    "/api/v1/segments",
)
GETS = sorted(
    address
    for route in ROUTES
    if route.startswith("GET ") and (address := route.removeprefix("GET ")).startswith(PLACES)
)
NAMES = ("q", "after", "stock", "about", "person", "limit", "look")
STATIC = {"title": "Ten", "kind": "static", "code": "TEN"}
HALF = {"kind": "trait", "trait": "city", "value": "\ud800"}


@pytest.mark.parametrize("odd", ["a%00b", "99999999999999999999"])
def test_an_odd_address_is_answered(site: Site, odd: str) -> None:
    owner, program = site.owner(), called(site, *SCOPES)
    for route in GETS:
        browser = program if route.startswith("/api/") else owner
        path = re.sub(r"\{[^}]+\}", odd, route)
        for address in (path, f"{path}?{'&'.join(f'{name}={odd}' for name in NAMES)}"):
            assert browser.get(address).status_code < 500, address


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "offers/ten", STATIC | {"title": "a\0b"}),
        ("PUT", "offers/ten", STATIC | {"ends_at": "9999-12-31T23:59:59-05:00"}),
        ("PUT", "offers/ten", STATIC | {"starts_at": "0001-01-01T00:00:00+14:00"}),
        ("POST", "offers/redeemed", {"code": "A\0"}),
        ("PUT", "segments/odd", {"title": "a\0b", "who": {"kind": "purchase"}}),
        ("PUT", "segments/odd", {"title": "a", "who": HALF}),
        (
            "POST",
            "segments/count",
            {"who": {"kind": "all", "of": [{"kind": "trait", "trait": "a", "op": "in", "value": ["\ud800"]}]}},
        ),
    ],
)
def test_an_odd_body_is_refused(site: Site, method: str, path: str, body: Any) -> None:
    program, to = called(site, *SCOPES), f"/api/v1/{path}"
    said = program.request(method, to, content=json.dumps(body), headers={"content-type": "application/json"})
    assert 400 <= said.status_code < 500
    assert said.json()["error"]
    for place in ("offers", "segments"):
        assert program.get(f"/api/v1/{place}").json()[place] == []
