"""A shop's own page on an origin of its own, with the tag in it, and Antiphon beside it as it really runs."""

import json
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from antiphon.intake.models import Scope
from antiphon.intake.sources import create_source
from antiphon.signup.publish import publish
from antiphon.store.db import Database
from antiphon.store.install import prepare
from antiphon.web.accounts.sessions import create_sign_in_link
from antiphon.web.accounts.setup import add_owner
from tests.acceptance.process import Running, running
from tests.servers import QuickPostgres

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lamp shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>* {{ color: red !important; font: 40px fantasy }} button {{ display: none }}</style>
<script async src="{antiphon}/antiphon.js" data-key="{key}"></script></head>
<body><main><h1>Lamps</h1><p><a href="/elsewhere">Elsewhere</a></p><div data-antiphon-unit="inline"></div></main></body></html>"""


class _Shop(BaseHTTPRequestHandler):
    def __init__(self, page: list[bytes], *args: object) -> None:
        self._page = page
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        # as strict as a shop may be: the tag and the units must do with it
        self.send_header("Content-Security-Policy", self.server.policy)  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(self._page[0])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Beside:
    """A shop at ``shop`` and Antiphon at ``running.url``."""

    shop: str
    running: Running
    data_dir: Path
    database: Database
    key: str = ""
    #: What each unit says now. Publishing by the command took longer than a whole test: 3 s of processor each time.
    published: dict[str, str] = field(default_factory=dict)

    def publish(self, source: str) -> None:
        """Publish a unit where it is not what visitors see already, and wait until they do."""
        slug = re.search(r"^unit: (\S+)", source, re.MULTILINE)
        assert slug
        if self.published.get(slug[1]) == source:
            return
        with self.database.begin("settings") as connection:
            done = publish(connection, source, "test", datetime.now(UTC))
        self.published[slug[1]] = source
        until = time.monotonic() + 30
        while (done.slug, done.number) not in self._shown() and "kind: page" not in source:
            assert time.monotonic() < until, f"nobody sees {done}"
            time.sleep(0.1)

    def _shown(self) -> set[tuple[str, int]]:
        answer = httpx2.post(f"{self.running.url}/v1/units", content="{}", headers={"origin": self.shop})
        return {(unit["slug"], unit["version"]) for unit in answer.json()["units"]}

    def texts(self, number: str, body: str) -> str:
        """A text that somebody sends to the brand; returns what it meant."""
        if not self.key:
            self.key = create_source(self.database, "texts", datetime.now(UTC))
        said = {"from": number, "to": "+15550100", "body": body}
        return str(httpx2.post(f"{self.running.url}/v1/inbound/sms", json=said, auth=(self.key, "")).json()["meaning"])

    def rows(self, sql: str, **values: object) -> list[Any]:
        with self.database.begin("test") as connection:  # a test may ask what the product may not
            return list(connection.execute(text(sql), values))

    def until(self, sql: str, **values: object) -> Any:
        """Wait until a query finds something, and return the first of it."""
        for _ in range(600):  # under load everything takes longer; what is found ends the wait
            if found := self.rows(sql, **values):
                return found[0]
            time.sleep(0.1)
        raise AssertionError(sql)

    def owner(self) -> str:
        """A link that signs its reader in as the owner."""
        now = datetime.now(UTC)
        made = add_owner(self.database, "Robin", "owner@example.com", "correct horse battery", now)
        return self.running.url + create_sign_in_link(self.database, made.account if made else 1, now)


@pytest.fixture(scope="session")
def beside() -> Iterator[Beside]:
    # not below pytest's own folder, which it closes to other users, the server's too, whenever another run begins
    data_dir = Path(tempfile.mkdtemp(prefix="antiphon-sign-up-"))
    data_dir.chmod(0o755)
    page = [b""]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Shop, page))
    server.daemon_threads = True  # browsers keep connections that never ask anything
    shop = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with QuickPostgres(data_dir) as postgres:
        # in this process: the one that starts below is all that a machine under load should wait for
        database = Database(postgres.url)
        prepare(database, datetime.now(UTC))
        key = create_source(database, "tag", datetime.now(UTC), Scope.EVENTS)
        with running(data_dir, url=postgres.url) as process:
            page[0] = PAGE.format(antiphon=process.url, key=key).encode()
            server.policy = (  # type: ignore[attr-defined]
                f"default-src 'none'; script-src {process.url}; connect-src {process.url}; img-src {process.url}; "
                "style-src 'unsafe-inline'"
            )
            with database.begin("test") as connection:
                connection.execute(
                    text("INSERT INTO setting VALUES ('sign-up.origins', cast(:value AS jsonb), now(), 'test')"),
                    {"value": json.dumps([shop])},
                )
            yield Beside(shop, process, data_dir, database)
        database.dispose()
    server.shutdown()
    thread.join(10)
    server.server_close()
    shutil.rmtree(data_dir)


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)  # five seconds are too few where everything runs at once
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext) -> Page:
    return browser.new_page()
