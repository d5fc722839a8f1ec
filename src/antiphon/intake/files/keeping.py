"""Keeping a file: in pieces, each a transaction of its own, and read again as if it were one."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any

import orjson
from sqlalchemy import Connection, TextClause

from antiphon.intake.files import queries
from antiphon.intake.files.dates import day_comes_first
from antiphon.intake.files.headers import read_header
from antiphon.intake.files.models import Mapping, Part
from antiphon.intake.files.plaintext import Table, opened
from antiphon.intake.files.shapes.registry import mapping_for, shape_named
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database

#: Bytes of a piece. The last one of a file is shorter.
CHUNK = 1024 * 1024


class Kept(io.RawIOBase):
    """The text of a kept file. ``fetch`` gives a piece by its number."""

    def __init__(self, fetch: Callable[[int], bytes | None], size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._at = 0
        self._seq = -1
        self._piece = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        seq, within = divmod(self._at, CHUNK)
        if seq != self._seq:
            piece = self._fetch(seq)
            if piece is None:
                raise AntiphonError("A piece of the file is missing.", "Upload the file again.")
            self._piece, self._seq = piece, seq
        taken = self._piece[within : within + len(buffer)]
        buffer[: len(taken)] = taken
        self._at += len(taken)
        return len(taken)


def kept(connection: Connection, number: int, size: int) -> IO[bytes]:
    """The text of an import, to read inside the open transaction."""
    return text_of(connection, queries.CHUNK, number, size)


def text_of(connection: Connection, piece: TextClause, number: int, size: int) -> IO[bytes]:
    """The text of a file whose pieces the statement ``piece`` reads, by ``id`` and ``seq``."""

    def fetch(seq: int) -> bytes | None:
        found: bytes | None = connection.execute(piece, {"id": number, "seq": seq}).scalar_one_or_none()
        return found

    return io.BufferedReader(Kept(fetch, size), CHUNK)


def plain_text(file: IO[bytes], name: str, write: Callable[[bytes], object]) -> list[tuple[Table, int, int]]:
    """Hand the text of all tables of ``file`` to ``write``; returns each with its bytes and its lines."""
    found = []
    with opened(file, name) as tables:
        for table in tables:
            size = lines = 0
            for block in table.blocks():
                write(block)
                size, lines = size + len(block), lines + block.count(b"\n")
            found.append((table, size, lines))
    return found


def parts_of(tables: Iterable[tuple[Table, int, int]], text: IO[bytes]) -> Iterator[Part]:
    """The parts of a file whose text is ``text``. Raises ``AntiphonError`` for a table without columns."""
    start = 0
    for table, size, lines in tables:
        header, body, line, delimiter, notes = read_header(text, start, start + size, table.name)
        if table.encoding != "UTF-8":
            notes.append(f"Read as {table.encoding}: look whether names are spelt right.")
        yield Part(table.name, start, size, lines, header, body, line, delimiter, table.encoding, tuple(notes))
        start += size


def upload(
    database: Database, file: IO[bytes], name: str, now: datetime, actor: Actor, *, shape: str | None = None
) -> int:
    """Keep a file and look at its columns; returns the import's id. Raises ``AntiphonError`` for what is no table.

    ``shape`` names the service that wrote it, when that is known. Nothing of a refused file stays.
    """
    chosen = shape_named(shape) if shape else None
    with database.begin("import") as connection:
        number: int = connection.execute(
            queries.BEGIN_UPLOAD, {"name": name[:200], "now": now, "by": actor.who}
        ).scalar_one()
    try:
        pieces = _Pieces(database, number)
        tables = plain_text(file, name, pieces.write)
        pieces.end()
        with database.read() as connection:
            parts = list(parts_of(tables, kept(connection, number, pieces.size)))
            day_first = day_comes_first(parts, kept(connection, number, pieces.size))
        guessed = mapping_for([part.header for part in parts], chosen)
        mapping = guessed.model_copy(update={"day_first": day_first})
    except BaseException:
        _drop(database, number)
        raise
    with database.begin("import") as connection:
        connection.execute(
            queries.END_UPLOAD,
            {
                "id": number,
                "now": now,
                "size": pieces.size,
                "lines": sum(max(part.lines - part.line + 1, 0) for part in parts),
                "parts": orjson.dumps([asdict(part) for part in parts]).decode(),
                "mapping": written(mapping),
            },
        )
        record(connection, now, actor, "people", "file uploaded for import", f"import {number}")
    return number


def written(mapping: Mapping) -> str:
    """A mapping as it is kept."""
    return orjson.dumps(mapping.model_dump()).decode()


def _drop(database: Database, number: int) -> None:
    with database.begin("import") as connection:
        connection.execute(queries.DROP_CHUNKS, {"id": number})
        connection.execute(queries.DROP_IMPORT, {"id": number})


class _Pieces:
    """Writes blocks of any size as pieces of one size."""

    def __init__(self, database: Database, number: int) -> None:
        self.size = 0
        self._database = database
        self._number = number
        self._held = bytearray()
        self._seq = 0

    def write(self, block: bytes) -> None:
        self._held += block
        self.size += len(block)
        while len(self._held) >= CHUNK:
            self._store(bytes(self._held[:CHUNK]))
            del self._held[:CHUNK]

    def end(self) -> None:
        if self._held:
            self._store(bytes(self._held))
            self._held.clear()

    def _store(self, data: bytes) -> None:
        with self._database.begin("import", durable=False) as connection:
            connection.execute(queries.ADD_CHUNK, {"id": self._number, "seq": self._seq, "data": data})
        self._seq += 1
