"""What counts as a drop, as low stock, as interest: the shop's settings, kept under ``catalogue`` in ``setting``."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection

from antiphon.catalogue import queries
from antiphon.kit.durations import Duration
from antiphon.kit.errors import ConfigError
from antiphon.kit.faults import fault
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database

KEY = "catalogue"


class CatalogueSettings(BaseModel):
    """The defaults are this project's. A price is compared with the lowest of ``lowest_over`` before it: Directive 98/6/EC,
    article 6a (as changed by 2019/2161, "Omnibus") asks for at least 30 days where a reduction is announced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: A drop is at least this much of the price before, in percent,
    drop_percent: Decimal = Field(default=Decimal(5), gt=0, lt=100)
    #: and at least this much, in the product's currency.
    drop_amount: Decimal = Field(default=Decimal(1), ge=0)
    lowest_over: Duration = timedelta(days=30)
    #: Stock is low at so many pieces.
    low_stock: int = Field(default=5, ge=1, le=1_000_000)
    #: How long a look, a cart and a wish last as interest.
    viewed: Duration = timedelta(days=30)
    carted: Duration = timedelta(days=60)
    wished: Duration = timedelta(days=365)
    #: Of one product and kind a person hears once within this: stock that comes and goes tells nobody twice a day.
    rest: Duration = timedelta(days=1)
    #: An occasion that nobody could be told of for this long (after an outage) is told no more.
    forget: Duration = timedelta(hours=48)

    @property
    def longest(self) -> timedelta:
        """How far back a look may lie that still counts."""
        return max(self.viewed, self.carted, self.wished)


def checked(values: Any) -> CatalogueSettings:
    """Settings of plain values; raises :class:`ConfigError` that names what is wrong."""
    try:
        found = CatalogueSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "It"
        raise ConfigError(f"The catalogue's setting {place} is not possible: it {fault(first)}.") from None
    if found.lowest_over < timedelta(days=30):
        raise ConfigError(
            "The catalogue's setting lowest_over is shorter than 30 days.",
            "The law of the European Union asks for at least 30.",
        )
    return found


def settings_of(connection: Connection) -> CatalogueSettings:
    """As they are now."""
    return checked(connection.execute(queries.SETTING, {"key": KEY}).scalar_one_or_none() or {})


def change_settings(database: Database, values: dict[str, Any], now: datetime, actor: Actor) -> CatalogueSettings:
    """Set some of them, the others stay."""
    with database.begin("settings") as connection:
        before = settings_of(connection).model_dump(mode="json")
        after = checked(before | values)
        told = after.model_dump(mode="json")
        given = {"key": KEY, "value": told, "now": now, "by": actor.who}
        connection.execute(queries.SET_SETTING, given)
        record(connection, now, actor, "settings", "catalogue's settings changed", before=before, after=told)
    return after
