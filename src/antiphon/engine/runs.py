"""Ending one run by hand, wherever it stands."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from antiphon.engine.apply import apply_moves, next_tick
from antiphon.kit.buckets import bucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.store.locks import lock_buckets

#: As of now, or of when it came to its step if a clock ran ahead. What still waits to leave is cancelled by the last gate.
_END = text("""
    INSERT INTO move (bucket, tick, run, person, version, seq, from_step, to_step, outcome, at, wake_at, why)
    SELECT bucket, :tick, id, person, version, moves + 1, step, '', 'cancelled', greatest(:now, entered_at), 'infinity',
           jsonb_build_object('ended_by', cast(:by AS text))
      FROM run WHERE bucket = :bucket AND id = :run AND person = :person
""")


def end(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"person": id, "run": id}``."""
    person, run = int(payload["person"]), int(payload["run"])
    bucket = bucket_of(person)
    lock_buckets(connection, [bucket])
    tick = next_tick(connection)
    values = {"bucket": bucket, "run": run, "person": person, "tick": tick, "now": now, "by": by}
    if not connection.execute(_END, values).rowcount:
        raise AntiphonError("This run has ended already.", "Load the page again.")
    apply_moves(connection, [bucket], tick)
    return {"person": person, "run": run}
