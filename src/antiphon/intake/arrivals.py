"""Storing what came in: one durable transaction, nothing else."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection

from antiphon.intake.models import Arrival
from antiphon.intake.queries import ARRIVAL_COLUMNS, CLOCK, SHARE_INTAKE
from antiphon.intake.tables import arrival
from antiphon.store.db import Database, copy_rows


def store_arrivals(database: Database, arrivals: Sequence[Arrival], now: datetime | None = None) -> datetime:
    """Make arrivals durable; returns when they were received.

    ``now`` is the instant of reception on a virtual clock; ``None`` reads the database's.
    """
    with database.begin("intake") as connection:
        return write_arrivals(connection, arrivals, now)


def write_arrivals(connection: Connection, arrivals: Sequence[Arrival], now: datetime | None = None) -> datetime:
    """The same inside an open transaction: the intake lock first, the clock after it, in statements of their own."""
    connection.execute(SHARE_INTAKE)
    received_at: datetime = now or connection.execute(CLOCK).scalar_one()
    rows = (
        (a.source, a.message_id, a.type, min(a.at, received_at), received_at, a.backfill, as_json(a.body))
        for a in arrivals
    )
    copy_rows(connection, arrival, ARRIVAL_COLUMNS, rows)
    return received_at


def as_json(value: object) -> str:
    """JSON that PostgreSQL takes: it has no place for the character NUL, so that goes."""
    return json_bytes(value).decode()


def json_bytes(value: object) -> bytes:
    """The same, encoded."""
    written = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    if b"\\u0000" in written:
        written = orjson.dumps(_without_nul(value), option=orjson.OPT_NON_STR_KEYS)
    return written


def _without_nul(value: object) -> object:
    match value:
        case str():
            return value.replace("\0", "")
        case dict():
            return {_without_nul(k): _without_nul(v) for k, v in value.items()}
        case list() | tuple():
            return [_without_nul(v) for v in value]
        case _:
            return value
