"""A row of a feed, and the rows of one product together, into what is said of the product. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from antiphon.catalogue.words import ProductWord, WordError, read_word
from antiphon.intake.feeds.fields import IGNORE
from antiphon.intake.files.fields import plain
from antiphon.intake.files.moments import moment
from antiphon.intake.files.records import Record

_MARKS = {"€": "EUR", "£": "GBP", "$": "", "¥": "JPY", "₹": "INR", "zł": "PLN", "fr.": "CHF", "kr": ""}
_NUMBER = re.compile(r"-?[\d.,'\u00a0\u202f ]*\d")
#: Signs of the longest cell that is still looked at as a price.
_LONGEST_PRICE = 100
_CODE = re.compile(r"[A-Z]{3}")
GONE = frozenset(
    {"archived", "draft", "inactive", "disabled", "discontinued", "deleted", "false", "no", "0", "unlisted"}
)
_SOLD_OUT = frozenset({"outofstock", "soldout", "false", "no", "0", "unavailable", "discontinued"})
_IN_STOCK = frozenset({"instock", "available", "true", "yes", "1", "limitedavailability", "onbackorder", "backorder"})
_COMING = frozenset({"preorder"})


@dataclass(frozen=True, slots=True)
class Row:
    """A row that says what a product is, or one of its variants ('' is the product)."""

    variant: str
    line: int
    raw: str


@dataclass(slots=True)
class Group:
    """The rows of one product that stand together: its values, its variants', and which row says each of those."""

    id: str
    line: int
    raw: str
    rows: dict[str, "Row"] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    variants: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Said:
    """What one or several rows say: a product, or why nothing can be made of them. No two of ``rows`` say one variant."""

    line: int
    raw: str
    id: str
    word: ProductWord | None
    error: str = ""
    rows: tuple[Row, ...] = ()


def price_of(said: str) -> tuple[str, str]:
    """Number and currency of a price as shops write it: ``19.90 EUR``, ``€ 1.234,56``, ``1,299.00``. Raises ``WordError``."""
    number = _NUMBER.search(said) if len(said) <= _LONGEST_PRICE else None
    if number is None:
        raise WordError(f"price: {said[:40]!r} is no price")
    rest = (said[: number.start()] + " " + said[number.end() :]).strip()
    code = _CODE.fullmatch(rest.upper())
    currency = code[0] if code else _MARKS.get(rest.lower())
    if rest and currency is None:
        raise WordError(f"price: {said[:40]!r} is no price")
    digits = re.sub(r"['\u00a0\u202f ]", "", number[0])
    point = max(digits.rfind("."), digits.rfind(","))
    mark = digits[point] if point >= 0 else ""
    if "," in digits and "." in digits:
        digits = digits.replace("." if mark == "," else ",", "").replace(",", ".")
    elif mark == ",":  # 1,234 has thousands; 12,5 and 12,50 have cents
        thousands = digits.count(",") > 1 or len(digits) - point == 4
        digits = digits.replace(",", "" if thousands else ".")
    elif digits.count(".") > 1:
        digits = digits.replace(".", "")
    return digits, currency or ""


def read_row(cells: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a row that say something. Raises :class:`WordError`."""
    found: dict[str, Any] = {name: cells[name] for name in ("title", "url", "image", "vendor") if cells.get(name)}
    if cells.get("category"):
        found["category"] = [part.strip() for part in re.split(r">|»| / ", cells["category"]) if part.strip()]
    if cells.get("tags"):
        found["tags"] = [part.strip() for part in cells["tags"].split(",") if part.strip()]
    if cells.get("updated_at"):
        at = moment(cells["updated_at"])
        if at is None:
            raise WordError(f"updated_at: {cells['updated_at'][:40]!r} is no time")
        found["updated_at"] = at
    return found | _prices(cells) | _stock(cells) | _gone(cells)


def _prices(cells: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    currencies = {cells["currency"].upper()} if cells.get("currency") else set()
    for name in ("price", "sale_price", "compare_at"):
        if cells.get(name):
            found[name], currency = price_of(cells[name])
            currencies |= {currency} if currency else set()
    if len(currencies) > 1:
        raise WordError(f"price: it names two currencies, {' and '.join(sorted(currencies))}")
    if "sale_price" in found:  # Google's: the price is the one before
        found["compare_at"], found["price"] = found.get("price"), found.pop("sale_price")
    return found | ({"currency": currencies.pop()} if currencies else {})


def _stock(cells: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    word = re.sub(r"[^a-z0-9]", "", cells.get("availability", "").lower())
    if cells.get("stock"):
        number = re.fullmatch(r"(-?\d{1,30})(?:\.0+)?", cells["stock"])
        if number is None:
            raise WordError(f"stock: {cells['stock'][:40]!r} is no count")
        found["stock"] = int(number[1])
    elif word:
        if word not in _SOLD_OUT | _IN_STOCK | _COMING:
            raise WordError(f"availability: {cells['availability'][:40]!r} is neither in stock nor out of stock")
        found["stock"] = None if word in _IN_STOCK else 0
    if word in _SOLD_OUT:
        found["stock"] = 0
    return found


def _gone(cells: Mapping[str, str]) -> dict[str, Any]:
    return {"deleted": True} if cells.get("status", "").lower() in GONE else {}


def said(
    records: Iterable[Record], columns: tuple[str, ...], mapping: Mapping[str, str], at: datetime
) -> Iterator[tuple[Said | None, Record]]:
    """What rows say, product by product. Each record is given back with what was finished before it, if anything; the rows
    of a product that stand together are one, up to one that says again what another did: that begins anew, so that the later
    one counts wherever it stands. ``at``: since when it is so, where a row does not say."""
    names = [mapping.get(column, IGNORE) for column in columns]
    grouped = any(plain(column) == "itemgroupid" and name == "id" for column, name in zip(columns, names, strict=True))
    group: Group | None = None
    for record in records:
        try:
            cells = _cells(record, names)
            id_, values = _id(cells, grouped=grouped), read_row(cells)
        except WordError as error:
            known = dict(zip(names, record.fields or (), strict=False)).get("id", "").strip()
            yield Said(record.line, record.raw, known, None, str(error)), record
            continue
        row = _row(record, cells, values)
        finished = None
        if group is None or group.id != id_ or (row is not None and row.variant in group.rows):
            finished = _word(group, at) if group else None
            group = Group(id_, record.line, record.raw)
        _add(group, cells, values)
        if row is not None:
            group.rows[row.variant] = row
        yield finished, record
    if group is not None:
        last = Record(0, 0, 0, 0, "", None)
        yield _word(group, at), last


def _id(cells: dict[str, str], *, grouped: bool) -> str:
    """The product; in a feed of Google's a row without a group is a product of its own."""
    if grouped and "id" not in cells and "variant_id" in cells:
        cells["id"] = cells.pop("variant_id")
    if "id" not in cells:
        raise WordError("it has no product id")
    return cells["id"]


def _row(record: Record, cells: Mapping[str, str], values: Mapping[str, Any]) -> Row | None:
    """What can be said twice; exports of shops have rows of a product that bring one more picture and nothing else."""
    variant = cells.get("variant_id", "")
    return Row(variant, record.line, record.raw) if variant or values.keys() - {"image"} else None


def _cells(record: Record, names: list[str]) -> dict[str, str]:
    if record.fields is None:
        raise WordError(record.error)
    if len(record.fields) > len(names) and any(cell.strip() for cell in record.fields[len(names) :]):
        raise WordError(f"it has {len(record.fields)} cells for {len(names)} columns")
    cells = {}
    for name, cell in zip_longest(names, record.fields[: len(names)], fillvalue=""):
        if name != IGNORE and (text := cell.replace("\0", "").strip()):
            cells[name] = text
    return cells


def _add(group: Group, cells: Mapping[str, str], values: dict[str, Any]) -> None:
    """The first row that says something of the product says it; prices and counts are each variant's."""
    variant = cells.get("variant_id", "")
    own = {"price", "compare_at", "stock"}
    if variant:
        told = {name: value for name, value in values.items() if name in own}
        extra = {"title": cells.get("variant_title", ""), "sku": cells.get("sku", "")}
        group.variants.append({"id": variant, **extra, **told})
    for name, value in values.items():
        if name == "currency" and group.values.get(name, value) != value:
            group.values["clash"] = sorted({group.values[name], value})
        if not (variant and name in own):
            group.values.setdefault(name, value)


def _word(group: Group, at: datetime) -> Said:
    values = {"updated_at": at} | group.values
    if clash := values.pop("clash", None):
        why = f"price: its rows name two currencies, {' and '.join(clash)}"
        return Said(group.line, group.raw, group.id, None, why)
    if group.variants:
        values["variants"] = group.variants
    if values.get("deleted"):
        values = {"deleted": True, "updated_at": values["updated_at"]}
    try:
        word = read_word({"id": group.id, **values})
        return Said(group.line, group.raw, group.id, word, rows=tuple(group.rows.values()))
    except WordError as error:
        return Said(group.line, group.raw, group.id, None, str(error))
