"""Taking in what a shop says of products: the one way into the catalogue, for the API, feeds and webhooks alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection

from antiphon.catalogue import queries, read
from antiphon.catalogue.changes import Occasion, PricePoint, price_drop, stock_occasion
from antiphon.catalogue.merging import Known, changed_variants, merged
from antiphon.catalogue.models import Product, Variant
from antiphon.catalogue.settings import CatalogueSettings, settings_of
from antiphon.catalogue.words import ProductWord, WordError, instant_of
from antiphon.kit.buckets import abucket_of
from antiphon.store.db import Database

#: Words of one transaction; others wait for it, a tenth of a second or so.
PORTION = 1_000
_VARIANT = tuple(each.name for each in fields(Variant))


@dataclass(slots=True)
class Report:
    """``refused``: the place of a word among all, its product's id, and why."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    occasions: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, other: "Report", offset: int) -> None:
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.occasions += other.occasions
        self.refused += [(place + offset, product, why) for place, product, why in other.refused]


def take_words(database: Database, words: Sequence[ProductWord], now: datetime, currency: str = "") -> Report:
    """Take words in, some at a time. Safe to repeat. ``currency`` holds for prices that name none."""
    report = Report()
    for start in range(0, len(words), PORTION):
        with database.begin("catalogue") as connection:
            report.add(write_words(connection, words[start : start + PORTION], now, currency), start)
    return report


def write_words(connection: Connection, words: Sequence[ProductWord], now: datetime, currency: str = "") -> Report:
    """The same inside the open transaction, which then holds the catalogue's lock. Each word counts for itself."""
    connection.execute(queries.LOCK)
    settings = settings_of(connection)
    ids = list(dict.fromkeys(word.id for word in words))
    variants = read.variants(connection, ids)
    found = read.products(connection, ids, deleted=True)
    writing = _Writing({id_: Known(one, tuple(variants.get(id_, ()))) for id_, one in found.items()}, settings)
    writing.past = _past(connection, writing.known, words, now - settings.longest - settings.lowest_over)
    writing.stood = _stood(connection, writing.known, words, now)
    report = Report()
    for place, word in enumerate(words):
        try:
            after = merged(writing.known.get(word.id), word, now, currency)
        except WordError as error:
            report.refused.append((place, word.id, str(error)))
        else:
            writing.take(word.id, after, report)
    report.occasions = len(writing.occasions)
    writing.write(connection, now)
    return report


def _past(
    connection: Connection, known: dict[str, Known], words: Iterable[ProductWord], since: datetime
) -> dict[str, list[PricePoint]]:
    """What those products cost whose price may fall, or is told twice."""
    count = Counter(word.id for word in words)
    ids = [word.id for word in words if (one := known.get(word.id)) is not None and _may_fall(word, one, count)]
    past: dict[str, list[PricePoint]] = {}
    if ids:
        given = {"ids": ids, "pbuckets": [abucket_of(each) for each in ids], "since": since}
        for row in connection.execute(queries.PAST_PRICES, given):
            past.setdefault(row.product, []).append(PricePoint(row.at, row.price, row.currency))
    return past


def _may_fall(word: ProductWord, known: Known, count: Counter[str]) -> bool:
    prices = [word.price, *(each.price for each in word.variants or ())]
    before = known.product.price
    return count[word.id] > 1 or any(each is not None and before is not None and each < before for each in prices)


def _stood(
    connection: Connection, known: dict[str, Known], words: Iterable[ProductWord], now: datetime
) -> dict[str, int | None]:
    """How many pieces there were before the words of this very instant, of products that it was counted for already."""
    ats = {word.id: instant_of(word, now) for word in words}
    same = [id_ for id_, at in ats.items() if id_ in known and known[id_].product.stocked_at == at]
    if not same:
        return {}
    given = {"ids": same, "pbuckets": [abucket_of(id_) for id_ in same], "ats": [ats[id_] for id_ in same]}
    return {row.product: row.stock for row in connection.execute(queries.STOCK_BEFORE, given)}


class _Writing:
    """What a batch changes, gathered word by word, written at once."""

    def __init__(self, known: dict[str, Known], settings: CatalogueSettings) -> None:
        self.known = known
        self.past: dict[str, list[PricePoint]] = {}
        self.stood: dict[str, int | None] = {}
        self.occasions: list[Occasion] = []
        self._settings = settings
        self._changed: dict[str, Product] = {}
        self._variants: dict[str, Known] = {}
        self._prices: dict[tuple[str, str, datetime], tuple[Decimal | None, str]] = {}
        self._stocks: dict[tuple[str, str, datetime], int | None] = {}

    def take(self, id_: str, after: Known, report: Report) -> None:
        before = self.known.get(id_)
        if before is not None and after == before:
            report.unchanged += 1
            return
        self._occasions(before, after.product)
        self._history(before, after)
        self.known[id_] = after
        self._changed[id_] = after.product
        if before is None or before.variants != after.variants:
            self._variants[id_] = after
        if before is None:
            report.added += 1
        elif _plain(before) != _plain(after):
            report.changed += 1
        else:
            report.unchanged += 1  # said again later: only its instants moved

    def _occasions(self, known: Known | None, product: Product) -> None:
        if known is None or known.product.deleted_at is not None or product.deleted_at is not None:
            return
        was = known.product
        if was.price is not None and product.price is not None and product.price < was.price:
            made = price_drop(product, self.past.get(product.id, ()), self._settings)
            self.occasions += [made] if made else []
        if was.stocked_at != product.stocked_at:
            self.stood[product.id] = was.stock
        if was.stock != product.stock:
            # what one instant says in parts, or corrects, is one change from what was before
            before = replace(was, stock=self.stood.get(product.id))
            made = stock_occasion(before, product, self._settings)
            self.occasions += [made] if made else []

    def _history(self, before: Known | None, after: Known) -> None:
        product = after.product
        was = before.product if before else None
        if product.priced_at and (was is None or (was.price, was.currency) != (product.price, product.currency)):
            self._prices[product.id, "", product.priced_at] = product.price, product.currency
            self.past.setdefault(product.id, []).append(PricePoint(product.priced_at, product.price, product.currency))
        if product.stocked_at and (was is None or was.stock != product.stock or was.stocked_at is None):
            self._stocks[product.id, "", product.stocked_at] = product.stock
        variants = before.variants if before else ()
        for each in changed_variants(variants, after.variants, "price"):
            self._prices[product.id, each.id, product.updated_at] = each.price, product.currency
        for each in changed_variants(variants, after.variants, "stock"):
            self._stocks[product.id, each.id, product.updated_at] = each.stock

    def write(self, connection: Connection, now: datetime) -> None:
        if self._changed:
            connection.execute(queries.WRITE_PRODUCTS, _rows(self._changed.values()))
        if self._variants:
            connection.execute(queries.DROP_VARIANTS, {"ids": list(self._variants)})
            rows = [
                {"product": id_, "place": place, **{name: getattr(each, name) for name in _VARIANT}}
                for id_, one in self._variants.items()
                for place, each in enumerate(one.variants)
            ]
            if rows:
                connection.execute(queries.WRITE_VARIANTS, _rows(rows))
        if self._prices:
            prices = [
                {**_key(key), "price": price, "currency": currency} for key, (price, currency) in self._prices.items()
            ]
            connection.execute(queries.WRITE_PRICES, _rows(prices))
        if self._stocks:
            stocks = [{**_key(key), "stock": stock} for key, stock in self._stocks.items()]
            connection.execute(queries.WRITE_STOCKS, _rows(stocks))
        if self.occasions:
            connection.execute(
                queries.WRITE_OCCASIONS, _rows({**asdict(one), "made_at": now} for one in self.occasions)
            )


def _plain(known: Known) -> Known:
    product = known.product
    still = replace(product, updated_at=product.created_at, priced_at=None, stocked_at=None)
    return replace(known, product=still)


def _key(key: tuple[str, str, datetime]) -> dict[str, Any]:
    product, variant, at = key
    return {"pbucket": abucket_of(product), "product": product, "variant": variant, "at": at}


def _rows(rows: Iterable[Any]) -> dict[str, str]:
    """Dictionaries, or values whose fields are columns: orjson writes those out in a tenth of ``asdict``'s time."""
    return {"rows": orjson.dumps(list(rows), default=str).decode()}
