"""Feeds as people handle them: a file is kept, looked at, mapped, started, cancelled, and forgotten in the end."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any

import orjson
from sqlalchemy import Connection, Row

from antiphon.intake.feeds import queries
from antiphon.intake.feeds.fields import FIELDS, IGNORE, guessed
from antiphon.intake.feeds.models import Feed, Head, Mapping
from antiphon.intake.files import handed
from antiphon.intake.files.headers import read_header
from antiphon.intake.files.keeping import CHUNK, plain_text, text_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database

#: Bytes of text; a hundred thousand products are about a tenth of it.
MAX_SIZE = 256 * 1024 * 1024
_PAGE = 1_000
_TIDYING = handed.Tidying(queries.LEFT_ALONE, queries.FORGET, queries.DROP_CHUNKS, queries.OLD_FAULTS)


def feed_of(row: Row[Any]) -> Feed:
    given = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's documented name
    head = given["head"]
    columns = tuple(head["columns"])
    mapping = Mapping.model_validate(given["mapping"])
    known = {column: mapping.columns[column] for column in columns if column in mapping.columns}
    given["head"] = Head(**head | {"columns": columns, "notes": tuple(head["notes"])})
    given["mapping"] = mapping.model_copy(update={"columns": known})
    return Feed(**given | {"counts": Counter(given["counts"])})


def find(connection: Connection, number: int) -> Feed:
    """One feed. Raises ``NotFoundError``."""
    row = connection.execute(queries.ONE, {"id": min(number, 2**63 - 1)}).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no feed {number}.", "The catalogue lists the newest ones.")
    return feed_of(row)


def newest(connection: Connection, limit: int = 10) -> list[Feed]:
    return [feed_of(row) for row in connection.execute(queries.NEWEST, {"limit": limit})]


def kept(connection: Connection, number: int, size: int) -> IO[bytes]:
    """The text of a feed, to read inside the open transaction."""

    return text_of(connection, queries.CHUNK, number, size)


def read_head(text: IO[bytes], size: int, name: str, encoding: str) -> Head:
    """Columns of a text. Raises ``AntiphonError`` for one that has none."""
    columns, body, line, delimiter, notes = read_header(text, 0, size, name)
    if encoding != "UTF-8":
        notes.append(f"Read as {encoding}: look whether titles are spelt right.")
    return Head(columns, body, line, delimiter, encoding, tuple(notes))


def unpacked(file: IO[bytes], name: str, text: IO[bytes]) -> tuple[int, int, str]:
    """Write the one table of ``file`` as UTF-8 into ``text``; returns its bytes, its lines, and what it was written in."""

    def write(block: bytes) -> None:
        if text.tell() + len(block) > MAX_SIZE:
            raise AntiphonError(f"{name} is larger than {MAX_SIZE // 2**20} MB unpacked.", "Split it into several.")
        text.write(block)

    tables = plain_text(file, name, write)
    if len(tables) != 1:
        raise AntiphonError(f"{name} holds {len(tables)} tables.", "Hand them in one by one.")
    ((table, size, lines),) = tables
    return size, lines, table.encoding


def upload(database: Database, file: IO[bytes], name: str, now: datetime, actor: Actor, currency: str = "") -> int:
    """Keep a file and look at its columns; returns the feed's id. Nothing of a refused file stays."""
    with io.BytesIO() as text:
        size, lines, encoding = unpacked(file, name, text)
        head = read_head(text, size, name, encoding)
        mapping = checked_currency(Mapping(columns=guessed(head.columns)), currency)
        pieces = [text.getbuffer()[start : start + CHUNK].tobytes() for start in range(0, size, CHUNK)]
    with database.begin("feed") as connection:
        number: int = connection.execute(queries.BEGIN, {"name": name[:200], "now": now, "by": actor.who}).scalar_one()
        for seq, data in enumerate(pieces):
            connection.execute(queries.ADD_CHUNK, {"id": number, "seq": seq, "data": data})
        values = {"id": number, "size": size, "lines": max(lines - head.line + 1, 0), "mapping": _written(mapping)}
        given = {"head": orjson.dumps(asdict(head)).decode(), "position": head.body, "line": head.line}
        connection.execute(queries.UPLOADED, values | given)
        record(connection, now, actor, "people", "file of products uploaded", f"feed {number}")
    return number


def checked_currency(mapping: Mapping, currency: str) -> Mapping:
    """``mapping`` with the currency of prices that name none. Raises ``AntiphonError``."""
    found = currency.strip().upper()
    if found and not (len(found) == 3 and found.isalpha() and found.isascii()):
        raise AntiphonError(f"{currency[:20]!r} is no currency.", "Write its three letters, such as EUR.")
    return mapping.model_copy(update={"currency": found})


def checked(mapping: Mapping) -> Mapping:
    """``mapping`` itself. Raises ``AntiphonError`` for an unknown field, one claimed twice, and where no column has the id."""
    for field in mapping.columns.values():
        if field not in FIELDS:
            raise AntiphonError(f"{field!r} is not a field of products.", f"Fields are {', '.join(FIELDS)}.")
    if "id" not in handed.claims(mapping.columns, IGNORE, FIELDS.__getitem__):
        raise AntiphonError("No column says which product a row is about.", "Say which one is the product's id.")
    return mapping


def remap(database: Database, number: int, mapping: Mapping) -> None:
    """Read the columns otherwise. Raises ``AntiphonError`` once it has begun."""
    with database.begin("feed") as connection:
        values = {"id": number, "mapping": _written(checked(mapping))}
        handed.change(connection, queries.SET_MAPPING, values, "It has begun already; nothing was changed.")


def start(database: Database, number: int, now: datetime, actor: Actor) -> None:
    """Let workers carry it, from where it stopped when it had failed."""
    with database.begin("feed") as connection:
        checked(find(connection, number).mapping)
        handed.change(connection, queries.START, {"id": number, "now": now}, "It cannot be started now.")
        record(connection, now, actor, "people", "file of products started", f"feed {number}")


def force(database: Database, number: int, now: datetime, actor: Actor) -> None:
    """Let a complete file delete whatever it lacks, more than half of the catalogue too."""
    with database.begin("feed") as connection:
        handed.change(connection, queries.FORCE, {"id": number}, "It cannot be changed now.")
        record(connection, now, actor, "people", "file of products may delete more than half", f"feed {number}")


def cancel(database: Database, number: int, now: datetime, actor: Actor) -> None:
    """Stop it and delete its file. What came in stays."""
    with database.begin("feed") as connection:
        handed.change(connection, queries.CANCEL, {"id": number, "now": now}, "It is over already.")
        connection.execute(queries.DROP_CHUNKS, {"id": number})
        connection.execute(queries.FORGET_PRODUCTS, {"id": number})
        record(connection, now, actor, "people", "file of products cancelled", f"feed {number}")


def _written(mapping: Mapping) -> str:
    return orjson.dumps(mapping.model_dump()).decode()


def faults(database: Database, number: int) -> Iterator[Row[Any]]:
    """Every row that was refused, read page by page."""
    after = 0
    while True:
        with database.read() as connection:
            rows = connection.execute(queries.FAULTS, {"id": number, "limit": _PAGE, "after": after}).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].line


def tidy(database: Database, now: datetime) -> None:
    """Delete files that nobody came back to, and old reports."""
    handed.tidy(database, "feed", _TIDYING, now)
    with database.begin("feed") as connection:
        connection.execute(queries.FORGET_OLD_PRODUCTS)
