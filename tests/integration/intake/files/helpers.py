"""Short ways to bring a file in."""

import io
from datetime import datetime
from typing import Any

from tests.conftest import NOON
from tests.integration.intake.helpers import resolve_all

from antiphon.intake.files.keeping import upload
from antiphon.intake.files.managing import find, remap, start
from antiphon.intake.files.models import Import
from antiphon.intake.files.running import run_imports
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database


def kept(
    db: Database, raw: str | bytes, name: str = "people.csv", shape: str | None = None, now: datetime = NOON
) -> int:
    data = raw if isinstance(raw, bytes) else raw.encode()
    return upload(db, io.BytesIO(data), name, now, COMMAND_LINE, shape=shape)


def look(db: Database, number: int) -> Import:
    with db.read() as connection:
        return find(connection, number)


def mapped(db: Database, number: int, defaults: dict[str, str] | None = None, **columns: str) -> None:
    known = look(db, number).mapping
    changed = {"columns": known.columns | columns, "defaults": known.defaults | (defaults or {})}
    remap(db, number, known.model_copy(update=changed), NOON)


def bring_in(db: Database, raw: str | bytes, name: str = "people.csv", now: datetime = NOON, **more: Any) -> Import:
    """Upload, start, carry to the end, resolve."""
    number = kept(db, raw, name, more.pop("shape", None), now)
    if more:
        mapped(db, number, **more)
    start(db, number, now, COMMAND_LINE)
    while run_imports(db, now):
        pass
    resolve_all(db, now)
    return look(db, number)
