"""A web application on the test database, and browsers of people who are signed in or not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.kit.config import Config
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.web.accounts.sessions import create_sign_in_link
from antiphon.web.accounts.setup import add_owner
from antiphon.web.api.keys import create_key
from antiphon.web.app import create_app
from antiphon.web.context import WebContext

PASSWORD = "correct horse battery"


@dataclass
class Site:
    """``now`` is the clock that the pages read; ``woken`` counts how often they woke the engine."""

    db: Database
    now: datetime = NOON
    woken: int = 0
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        context = WebContext(self.db, Signer(b"x" * 32), Config(), wake=self._wake, clock=lambda: self.now)
        self.app = create_app(context)

    def _wake(self) -> None:
        self.woken += 1

    def browser(self) -> TestClient:
        return TestClient(self.app, base_url="http://127.0.0.1", follow_redirects=False)

    def owner(self) -> TestClient:
        """A browser that is signed in as the owner, who is made if there is none."""
        made = add_owner(self.db, "Robin", "owner@example.com", PASSWORD, self.now)
        browser = self.browser()
        browser.get(create_sign_in_link(self.db, made.account if made else 1, self.now))
        return browser


def called(site: Site, *scopes: str, name: str = "warehouse") -> TestClient:
    """A program with an API key of these scopes."""
    key = create_key(site.db, name, scopes, site.now)
    browser = site.browser()
    browser.headers["authorization"] = f"Bearer {key}"
    return browser


def csrf(body: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', body)
    assert found, body[:500]
    return found[1]


def post(browser: TestClient, page: str, action: str, **fields: Any) -> Any:
    """Fill in a form of ``page`` and send it to ``action``."""
    return browser.post(action, data=fields | {"csrf": csrf(browser.get(page).text)})


@pytest.fixture
def site(db: Database) -> Site:
    return Site(db)


@pytest.fixture
def browser(site: Site) -> Iterator[TestClient]:
    with site.browser() as found:
        yield found


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with site.owner() as found:
        yield found


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)
