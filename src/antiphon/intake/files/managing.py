"""Imports as people handle them: look, map, start, cancel, and what is tidied up when nobody comes back."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.intake.files import fields, handed, queries
from antiphon.intake.files.keeping import written
from antiphon.intake.files.models import Import, Mapping, Part
from antiphon.intake.files.shapes.registry import shape_named
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database

_PAGE = 1_000
_TIDYING = handed.Tidying(queries.LEFT_ALONE, queries.FORGET, queries.DROP_CHUNKS, queries.OLD_REPORTS)


def import_from(row: Row[Any]) -> Import:
    """A row of the table as a value."""
    given = row._mapping  # noqa: SLF001  # SQLAlchemy's documented name
    parts = tuple(_part(part) for part in given["parts"])
    return Import(
        **{name: value for name, value in given.items() if name not in {"mapping", "parts", "counts"}},
        mapping=_in_order(Mapping.model_validate(given["mapping"] or {}), parts),
        parts=parts,
        counts=Counter(given["counts"]),
    )


def _part(kept: dict[str, Any]) -> Part:
    return Part(**kept | {"header": tuple(kept["header"]), "notes": tuple(kept["notes"])})


def _in_order(mapping: Mapping, parts: Iterable[Part]) -> Mapping:
    """Columns as the file has them; what is kept as JSON forgets it."""
    columns = dict.fromkeys(column for part in parts for column in part.header)
    known = {column: mapping.columns[column] for column in columns if column in mapping.columns}
    return mapping.model_copy(update={"columns": known})


def find(connection: Connection, number: int) -> Import:
    """One import. Raises ``NotFoundError``."""
    row = connection.execute(queries.ONE, {"id": number}).one_or_none()
    if row is None or row.state == "uploading":
        raise NotFoundError(f"There is no import {number}.", "The list of imports shows all of them.")
    return import_from(row)


def checked(mapping: Mapping) -> Mapping:
    """``mapping`` itself. Raises ``AntiphonError`` for a field that there is not, and for one that two columns claim."""
    shape_named(mapping.shape)
    for field in (*mapping.columns.values(), *mapping.defaults):
        fields.check(field)
    handed.claims(mapping.columns, fields.IGNORE, fields.words)
    if not any(f in fields.IDENTIFIERS or f.startswith("external_id:") for f in mapping.columns.values()):
        raise AntiphonError(
            "No column says who a row is about.", "Say which one is the email address, phone or number."
        )
    return mapping


def remap(database: Database, number: int, mapping: Mapping, now: datetime) -> None:
    """Read the columns otherwise. Raises ``AntiphonError`` once the import has begun."""
    values = {"id": number, "mapping": written(checked(mapping)), "now": now}
    with database.begin("import") as connection:
        handed.change(connection, queries.SET_MAPPING, values, "It has begun already; nothing was changed.")


def start(database: Database, number: int, now: datetime, actor: Actor) -> None:
    """Let workers carry it, from where it stopped when it had failed."""
    with database.begin("import") as connection:
        checked(find(connection, number).mapping)
        handed.change(connection, queries.START, {"id": number, "now": now}, "It cannot be started now.")
        record(connection, now, actor, "people", "import started", f"import {number}")


def cancel(database: Database, number: int, now: datetime, actor: Actor) -> None:
    """Stop it and delete its file. What came in stays."""
    with database.begin("import") as connection:
        # behind a worker's chunk, so that none comes in after this is answered
        handed.change(connection, queries.CANCEL, {"id": number, "now": now}, "It is over already.")
        record(connection, now, actor, "people", "import cancelled", f"import {number}")
        connection.execute(queries.DROP_CHUNKS, {"id": number})


def listed(connection: Connection, at: datetime, before: int, limit: int) -> list[Import]:
    """The newest imports that were made before an instant and an id."""
    values = {"at": at, "before": before, "limit": limit}
    return [import_from(row) for row in connection.execute(queries.LIST, values)]


def faults(database: Database, number: int) -> Iterator[Row[Any]]:
    """Every row that was refused or taken in part, read page by page."""
    after = {"part": -1, "line": 0, "n": 0}
    while True:
        with database.read() as connection:
            rows = connection.execute(queries.FAULTS, {"id": number, "limit": _PAGE, **after}).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = {"part": rows[-1].part, "line": rows[-1].line, "n": rows[-1].n}


def tidy(database: Database, now: datetime) -> None:
    """Delete files that nobody came back to, and old reports."""
    handed.tidy(database, "import", _TIDYING, now)
