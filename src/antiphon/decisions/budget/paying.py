"""What a transaction's texts cost: prices beside people, the purse, and what is written beside a decided text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np
from sqlalchemy import Connection

from antiphon.decisions import queries
from antiphon.decisions.budget.days import Days
from antiphon.decisions.budget.purse import MILLION, Purse, purse_of
from antiphon.decisions.budget.within import prices
from antiphon.decisions.columns import Intents
from antiphon.decisions.models import SMS, Decisions
from antiphon.decisions.settings import BrandSettings
from antiphon.rules.area import places_of

#: Beside each decided text: what a segment costs, how many there may be, the day for which it is set aside.
COLUMNS = ("segment_price", "most_segments", "spend_day")
Paid = tuple[int | None, int | None, str | None]
_NOTHING: Paid = (None, None, None)


@dataclass(frozen=True, slots=True)
class Paying:
    """``purse`` is None where there is no budget, and ``days`` with it."""

    purse: Purse | None = None
    days: Days | None = None


def paying(
    connection: Connection, now: datetime, settings: BrandSettings, times: float | None = None, *, taking: bool = True
) -> Paying:
    """The money of a transaction that begins to decide; asks nothing where there is no budget."""
    if settings.budget.day is None and settings.budget.month is None:
        return Paying()
    zone = connection.execute(queries.BRAND_ZONE).scalar_one()
    return Paying(purse_of(connection, now, zone, settings.budget, times, taking=taking), Days.of(zone, now))


def fitted(intents: Intents, segments: Mapping[int, int] | None) -> Intents:
    """With the most segments that the text needs for each person, where that is known."""
    if segments is None:
        return intents
    found = np.array([segments[person] for person in intents.columns["person"]], dtype=np.int32)
    return replace(intents, batch=replace(intents.batch, segments=found))


def priced(intents: Intents, settings: BrandSettings) -> Intents:
    """With what a segment to each number costs, where that differs by country."""
    if not settings.sms_prices:
        return intents
    by_country = {country: round(price * MILLION) for country, price in settings.sms_prices.items()}
    usual = round(settings.sms.cost * MILLION)
    found = [by_country.get(_country(phone) if phone else "", usual) for phone in intents.columns["sms"]]
    return replace(intents, batch=replace(intents.batch, price=np.array(found, dtype=np.int32)))


@lru_cache(maxsize=65_536)
def _country(phone: str) -> str:
    """ISO 3166-1 of a number; empty if it says nothing."""
    places = places_of(phone)
    return places[0][:2] if places else ""


def paid(intents: Intents, made: Decisions, settings: BrandSettings, days: Days | None) -> Sequence[Paid]:
    """What is kept beside each row; nothing but beside texts that a budget pays."""
    if days is None:
        return [_NOTHING] * len(made.channel)
    batch = intents.batch
    price, numbers = prices(batch, settings).tolist(), days.numbers(made.due).tolist()
    names = list(map(str, days.days))
    rows = zip(made.channel.tolist(), price, batch.most_segments().tolist(), numbers, strict=True)
    return [(each, segments, names[day]) if channel == SMS else _NOTHING for channel, each, segments, day in rows]
