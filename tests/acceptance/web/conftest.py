"""A real browser on a real server, on a shop in which something happened."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

from antiphon.kit.config import Config
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.web.accounts.sessions import create_sign_in_link
from antiphon.web.accounts.setup import add_owner
from antiphon.web.app import create_app
from antiphon.web.context import WebContext
from tests.integration.engine.shop import ShopUnderTest, open_shop


@dataclass(frozen=True, slots=True)
class Served:
    address: str
    db: Database
    shop: ShopUnderTest

    def link(self) -> str:
        """A link that signs its reader in as the owner, who is made if there is none."""
        made = add_owner(self.db, "Robin", "owner@example.com", "correct horse battery", self.shop.now)
        return self.address + create_sign_in_link(self.db, made.account if made else 1, self.shop.now)


@pytest.fixture
def served(db: Database) -> Iterator[Served]:
    for shop in open_shop(db):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            context = WebContext(db, Signer(b"x" * 32), Config(port=port), clock=partial(getattr, shop, "now"))
            server = uvicorn.Server(uvicorn.Config(create_app(context), log_level="warning", ws="none"))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            until = time.monotonic() + 30
            while not server.started and time.monotonic() < until:
                time.sleep(0.02)
            yield Served(f"http://127.0.0.1:{port}", db, shop)
            server.should_exit = True
            thread.join(15)


@pytest.fixture
def busy(served: Served) -> Served:
    """A shop in which three people left carts, one of them with a name that pages must bear."""
    shop = served.shop
    shop.playbook("abandoned-cart")
    shop.playbook("thank-you")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.reachable("bob", "bob@example.com")
    shop.knows("ann", firstName="Anastasia", lastName="Featherstonehaugh-Cholmondeley-Wolfeschlegelsteinhausen")
    shop.knows("bob", firstName="محمد 🌞", lastName="عبد الرحمن")
    shop.consents("cem", "sms", "+12125550103", "marketing")
    for who in ("ann", "bob", "cem"):
        shop.leaves_cart(who, f"cart-{who}")
    shop.passes(timedelta(hours=26), timedelta(minutes=30))
    return served


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext) -> Page:
    return browser.new_page()
