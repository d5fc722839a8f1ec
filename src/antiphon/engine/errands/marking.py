"""Writing down what came of calls, and which hosts give trouble."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from antiphon.engine.errands import queries
from antiphon.engine.errands.models import Outcome
from antiphon.engine.errands.reading import columns
from antiphon.store.locks import lock_buckets

log = structlog.get_logger(__name__)

#: Hosts of which trouble is remembered.
_MOST = 100


def mark(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Answer the errands that are done with, and put off the others; those that were claimed anew stay as they are."""
    if not outcomes:
        return
    lock_buckets(connection, sorted({one.errand.bucket for one in outcomes}))
    given = columns([one.errand for one in outcomes]) | {
        "attempts": [one.errand.attempts for one in outcomes],
        "states": [one.state for one in outcomes],
        "whys": [orjson.dumps(one.why).decode() for one in outcomes],
        "try_ats": [one.try_at for one in outcomes],
        "now": now,
    }
    connection.execute(queries.MARK, given)
    before = connection.execute(queries.TROUBLE).scalar() or {}
    after = trouble_of(before, outcomes, now)
    if after != before:
        connection.execute(queries.SAVE_TROUBLE, {"value": Jsonb(after), "now": now})


def trouble_of(before: dict[str, Any], outcomes: Sequence[Outcome], now: datetime) -> dict[str, Any]:
    """How often in a row each host failed, when and how it did last; one that answers is forgotten."""
    after = {host: dict(found) for host, found in before.items()}
    for one in outcomes:
        host = one.why["called"]
        if one.state == "done":
            after.pop(host, None)
            continue
        log.warning("call failed", host=host, error=one.why.get("error"), journey=one.errand.journey, state=one.state)
        failed = after.get(host, {}).get("failed", 0) + 1
        after[host] = {"failed": failed, "at": now.isoformat(), "why": one.why.get("error", "")}
    newest = sorted(after, key=lambda host: after[host]["at"], reverse=True)[:_MOST]
    return {host: after[host] for host in sorted(newest)}
