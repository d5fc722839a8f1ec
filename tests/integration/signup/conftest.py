"""A shop whose pages show units."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from antiphon.intake.resolve import resolve
from antiphon.kit.config import Config
from antiphon.kit.signing import Signer
from antiphon.signup.publish import publish
from antiphon.signup.starters import starters
from antiphon.store.db import Database
from antiphon.web.app import create_app
from antiphon.web.context import WebContext

ORIGIN = "https://shop.example"
WELCOME = starters()["welcome"]


@dataclass
class Counter:
    """The page of a shop, and the server behind it. ``now`` is the clock of the web's edge."""

    db: Database
    browser: TestClient
    context: WebContext
    now: datetime

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def publish(self, source: str = WELCOME) -> None:
        with self.db.begin("settings") as connection:
            publish(connection, source, "test", self.now)
        self.forgets()

    def forgets(self) -> None:
        """Have the process look at its units anew."""
        live = getattr(self.browser.app.state, "live_units", None)  # type: ignore[attr-defined]
        if live is not None:
            live.forget()

    def posts(self, path: str, *, origin: str | None = ORIGIN, agent: str = "Safari", **body: Any) -> Any:
        headers = {"content-type": "text/plain", "user-agent": agent} | ({"origin": origin} if origin else {})
        return self.browser.post(path, content=json.dumps(body), headers=headers)

    def opens(self, slug: str = "welcome", **body: Any) -> dict[str, Any]:
        answer = self.posts(f"/v1/units/{slug}/open", **body)
        assert answer.status_code == 200, answer.text
        self.passes(5)
        return dict(answer.json())

    def sends(self, drawn: dict[str, Any], step: str, slug: str = "welcome", **fields: str) -> dict[str, Any]:
        answer = self.posts(f"/v1/units/{slug}", flow=drawn["flow"], step=step, **fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def resolves(self) -> None:
        resolve(self.db, None)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with self.db.read() as connection:
            return list(connection.execute(text(sql), values))

    def arrivals(self) -> list[Any]:
        return [orjson.loads(orjson.dumps(row.body)) for row in self.rows("SELECT body FROM arrival ORDER BY id")]


@pytest.fixture
def counter(db: Database) -> Iterator[Counter]:
    now = datetime(2026, 11, 20, 12, 0, 0, 0).astimezone()
    found: list[Counter] = []
    context = WebContext(db, Signer(b"x" * 32), Config(), clock=lambda: found[0].now)
    with db.begin("test") as connection:
        values = {"value": json.dumps([ORIGIN]), "now": now}
        connection.execute(
            text("INSERT INTO setting VALUES ('sign-up.origins', cast(:value AS jsonb), :now, 'test')"), values
        )
    with TestClient(create_app(context), base_url="http://127.0.0.1:8420") as browser:
        found.append(Counter(db, browser, context, now))
        found[0].publish()
        yield found[0]
