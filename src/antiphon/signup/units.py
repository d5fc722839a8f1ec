"""Units as they are kept: read, and remembered for a moment, because every visitor's page asks for them."""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from antiphon.catalogue.offers.read import offers
from antiphon.kit.errors import NotFoundError
from antiphon.signup import queries
from antiphon.signup.models import Unit
from antiphon.store.db import Database

#: Seconds for which a change in another process may go unseen.
FRESH = 3.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A version of a unit, and the unit's state."""

    id: int
    slug: str
    name: str
    state: str
    version: int
    unit: Unit
    source: str
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class Shop:
    """What every unit needs to know of the shop."""

    brand: str
    phone: str
    base_url: str
    #: ``https://shop.example``: the pages that may show units and send their forms.
    origins: tuple[str, ...]


def read_shop(connection: Connection) -> Shop:
    brand = connection.execute(queries.BRAND).one()
    origins = connection.execute(queries.SETTING, {"key": ORIGINS}).scalar() or []
    return Shop(brand.name, brand.from_phone, brand.base_url.rstrip("/"), tuple(origins))


def read_kept(connection: Connection, slug: str, number: int | None = None) -> Kept:
    """The version that visitors see, or one by its number."""
    statement, given = (queries.UNIT, {}) if number is None else (queries.VERSION, {"number": number})
    row = connection.execute(statement, {"slug": slug, **given}).one_or_none()
    if row is None:
        what = f"There is no unit `{slug}`" + (f" with a version {number}." if number else ".")
        raise NotFoundError(what, "The page Sign-up lists all there are.")
    unit = Unit.model_validate(row.definition)
    return Kept(
        row.id, row.slug, row.name, row.state, row.version, unit, row.source, row.published_at, row.published_by
    )


#: The setting with the origins of the shop's pages.
ORIGINS = "sign-up.origins"


@dataclass(frozen=True, slots=True)
class Live:
    """What visitors see now: the shop, and the units that are switched on, by their slugs."""

    shop: Shop
    units: dict[str, tuple[int, int, Unit]]  # slug → id, version, unit


class LiveUnits:
    """The live units of one process, read again every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._until = 0.0
        self._live: Live | None = None

    def now(self, at: datetime) -> Live:
        """Those of the instant ``at``."""
        with self._lock:
            if self._live is None or monotonic() >= self._until:
                self._live = self._read(at)
                self._until = monotonic() + FRESH
            return self._live

    def forget(self) -> None:
        """Read anew at the next look: something was changed by this very process."""
        with self._lock:
            self._live = None

    def _read(self, at: datetime) -> Live:
        with self._database.read() as connection:
            rows: list[Any] = list(connection.execute(queries.ACTIVE))
            shop = read_shop(connection)
            units = {row.slug: (row.id, row.version, Unit.model_validate(row.definition)) for row in rows}
            return Live(
                shop, {slug: (id_, n, _telling(connection, unit, at)) for slug, (id_, n, unit) in units.items()}
            )


def version_shown(database: Database, slug: str, number: int, now: datetime) -> Unit:
    """The version that a visitor was shown, though another is live by now."""
    with database.read() as connection:
        return _telling(connection, read_kept(connection, slug, number).unit, now)


def _telling(connection: Connection, unit: Unit, now: datetime) -> Unit:
    """The unit with the code of its offer, where everybody has the same and it is shown when the form is sent."""
    done = unit.done
    if done.offer is None or (done.when == "confirmed" and unit.asks_to_confirm):
        return unit
    one = offers(connection).get(done.offer)
    if one is None or one.kind != "static" or one.state(now) != "open":
        return unit
    told = done.model_copy(update={"coupon": one.code})
    return unit.model_copy(update={"steps": [told if step.step == "done" else step for step in unit.steps]})


def count_view(database: Database, unit: int, now: datetime) -> None:
    """Count a look at a unit; who looked is not asked."""
    with database.begin("sign-up", durable=False) as connection:
        connection.execute(queries.COUNT_VIEW, {"unit": unit, "day": now.date()})
