"""A feed as it would come in: its first products, and what is wrong with the first thousand rows. Changes nothing."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from sqlalchemy import Connection

from antiphon.catalogue.read import products
from antiphon.catalogue.words import ProductWord
from antiphon.intake.feeds.models import Feed
from antiphon.intake.feeds.running import read_chunk
from antiphon.intake.files.records import records

SHOWN = 8
LOOKED_AT = 1_000


@dataclass(slots=True)
class Preview:
    """``whole``: all rows were looked at. ``shown``: line, product or None, and why it is refused."""

    rows: int = 0
    products: int = 0
    new: int = 0
    refused: int = 0
    whole: bool = True
    shown: list[tuple[int, str, ProductWord | None, str]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)


def preview(connection: Connection, found: Feed, text: IO[bytes], now: datetime) -> Preview:
    """What the page shows before somebody starts it."""
    chunk = read_chunk(text, found, now, LOOKED_AT)
    made = Preview(chunk.rows, whole=chunk.position >= found.size)
    known = products(connection, [each.id for each in chunk.said], deleted=True)
    for each in chunk.said:
        error = each.error
        if each.word is not None and each.word.price is not None:
            currency = each.word.currency or found.mapping.currency
            stored = known.get(each.id)
            if not currency and not (stored and stored.currency):
                error = "price: it names no currency; say one, such as EUR"
            elif stored and stored.currency and each.word.currency and stored.currency != each.word.currency:
                error = f"price: it is in {each.word.currency}, but the product's prices are in {stored.currency}"
        made.products += not error
        made.new += not error and each.id not in known
        made.refused += bool(error)
        if error:
            made.faults[error] += 1
        if len(made.shown) < SHOWN:
            made.shown.append((each.line, each.id or each.raw[:80], None if error else each.word, error))
    made.shown.sort(key=lambda shown: shown[0])
    made.samples = _samples(found, text)
    return made


def _samples(found: Feed, text: IO[bytes]) -> dict[str, list[str]]:
    """Up to three different values of each column."""
    samples: dict[str, list[str]] = {}
    for number, record in enumerate(records(text, found.head.body, found.size, found.head.line, found.head.delimiter)):
        if number >= 50:
            break
        for column, value in zip(found.head.columns, record.fields or (), strict=False):
            known = samples.setdefault(column, [])
            if value.strip() and len(known) < 3 and value[:60] not in known:
                known.append(value[:60])
    return samples
