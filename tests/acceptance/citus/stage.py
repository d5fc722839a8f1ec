"""What acts play on: the installation under test, a virtual clock, and a browser of its addresses."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Row, text

from antiphon.demo.run import ANCHOR
from antiphon.engine.commands import carry_out
from antiphon.engine.engine import Engine
from antiphon.web.accounts.sessions import create_sign_in_link
from antiphon.web.accounts.setup import add_owner
from antiphon.web.api.keys import create_key
from antiphon.web.api.scopes import SCOPES
from tests.acceptance.citus.places import WrongError
from tests.integration.engine.shop import ShopUnderTest

WHY = {"why": "they said so"}


class Clock:
    """The pages' clock: the system's, or a virtual instant while an act has one."""

    virtual: datetime | None = None

    def __call__(self) -> datetime:
        return self.virtual or datetime.now(UTC)


@dataclass(slots=True)
class Stage:
    """``tag`` tells the names of one run from those of another, so that an act can be played again."""

    engine: Engine
    visitor: TestClient
    clock: Clock
    tag: str = field(default_factory=lambda: f"x{int(time.time()):x}")

    def now(self) -> datetime:
        return self.engine.clock()

    def settle(self) -> datetime:
        now = self.now()
        self.engine.settle(now)
        return now

    def rows(self, sql: str, **values: Any) -> list[Row[Any]]:
        with self.engine.database.read() as connection:
            return list(connection.execute(text(sql), values))

    def one(self, sql: str, **values: Any) -> Any:
        return self.rows(sql, **values)[0][0]

    def order(self, kind: str, **payload: Any) -> dict[str, Any]:
        """Carry a command out, and everything that follows from it."""
        result = carry_out(self.engine.database, kind, payload | WHY, "test", self.now())
        self.settle()
        return result

    @contextmanager
    def shop(self) -> Iterator["Shop"]:
        """A shop on a virtual clock that begins where the resolver is."""
        horizon = self.one("SELECT nullif(horizon, '-infinity') FROM resolve_state")
        begun = max(horizon or ANCHOR, ANCHOR)
        shop = Shop(self.engine.database, self.engine, begun, count(time.time_ns()), stage=self)
        self.clock.virtual = begun
        try:
            yield shop
        finally:
            self.clock.virtual = None

    def signed_in(self) -> TestClient:
        """The browser, signed in as the owner."""
        now = self.clock()
        made = add_owner(self.engine.database, "Robin", "owner@shop.example", "correct horse battery", now)
        self.visitor.get(create_sign_in_link(self.engine.database, made.account if made else 1, now))
        return self.visitor

    def key(self) -> dict[str, str]:
        """The headers of a program that may do everything."""
        name = f"all-{time.time_ns()}"
        return {"authorization": f"Bearer {create_key(self.engine.database, name, list(SCOPES), self.clock())}"}


class Shop(ShopUnderTest):
    """What people do there: as in the engine's tests, with names of this run."""

    def __init__(self, *given: Any, stage: Stage) -> None:
        super().__init__(*given)
        self.stage = stage

    def who(self, name: str) -> str:
        return f"{name}-{self.stage.tag}"

    def person(self, name: str) -> int:
        return int(self.stage.one("SELECT person FROM identifier WHERE value = :who", who=self.who(name)))

    def order(self, kind: str, **payload: Any) -> dict[str, Any]:
        """Carry a command out at the shop's instant."""
        return carry_out(self.db, kind, payload, "test", self.now)

    def settle(self) -> None:
        self.stage.clock.virtual = self.now
        super().settle()


def must(holds: object, what: str) -> None:
    if not holds:
        raise WrongError(what)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    must(found, f"a page without a form: {page[:300]}")
    return found[1] if found else ""


def well(answer: Any) -> Any:
    """An answer that is neither an error nor a refusal."""
    must(answer.status_code < 400, f"{answer.request.url.path} answers {answer.status_code}: {answer.text[:600]}")
    return answer
