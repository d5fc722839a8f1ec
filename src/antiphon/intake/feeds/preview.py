"""A feed as it would come in: its first products, and what is wrong with the first thousand rows. Changes nothing."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from sqlalchemy import Connection

from antiphon.catalogue.merging import Known, merged
from antiphon.catalogue.read import products, variants
from antiphon.catalogue.words import ProductWord, WordError
from antiphon.intake.feeds.models import Feed
from antiphon.intake.feeds.noting import told_again
from antiphon.intake.feeds.rows import Said
from antiphon.intake.feeds.running import read_chunk
from antiphon.intake.files.records import records

SHOWN = 8
LOOKED_AT = 1_000


@dataclass(slots=True)
class Preview:
    """``again``: rows that say anew what another did. ``whole``: all rows were looked at. ``shown``: line, product or None, and
    why it is refused."""

    rows: int = 0
    products: int = 0
    new: int = 0
    refused: int = 0
    again: int = 0
    whole: bool = True
    shown: list[tuple[int, str, ProductWord | None, str]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)


def preview(connection: Connection, found: Feed, text: IO[bytes], now: datetime) -> Preview:
    """What the page shows before somebody starts it: each row is taken in as it would be, in memory."""
    chunk = read_chunk(text, found, now, LOOKED_AT)
    made = Preview(chunk.rows, whole=chunk.position >= found.size)
    ids = [each.id for each in chunk.said]
    good: list[Said] = []
    kinds = variants(connection, ids)
    standing = products(connection, ids, deleted=True)
    known = {id_: Known(one, tuple(kinds.get(id_, ()))) for id_, one in standing.items()}
    for each in chunk.said:
        error = each.error or _taken(each, known, found.mapping.currency, now)
        made.refused += bool(error)
        if error:
            made.faults[error] += 1
        else:
            good.append(each)
        if len(made.shown) < SHOWN:
            made.shown.append((each.line, each.id or each.raw[:80], None if error else each.word, error))
    made.products = len({each.id for each in good})
    made.new = len({each.id for each in good} - standing.keys())
    made.again = len(list(told_again(good, {})))
    made.shown.sort(key=lambda shown: shown[0])
    made.samples = _samples(found, text)
    return made


def _taken(each: Said, known: dict[str, Known], currency: str, now: datetime) -> str:
    """Why a word is refused, if it is. One that is not for sale and was never known is passed over, as it will be."""
    if each.word is None or (each.word.deleted and each.id not in known):
        return ""
    try:
        known[each.id] = merged(known.get(each.id), each.word, now, currency)
    except WordError as error:
        return str(error)
    return ""


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
