"""Write transitions: the outbox's rows and, beside them, the log that explains them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from antiphon.delivery import queries
from antiphon.delivery.models import TRANSITIONS, Change
from antiphon.store.locks import lock_abuckets

#: Answers of a provider that had the message: the instant of the hand-over stands, and a worker that was thought dead
#: may still bring them.
_GONE = frozenset({"accepted", "failed", "unknown"})


def write_log(connection: Connection, now: datetime, changes: Sequence[Change]) -> int:
    """Write the log of ``changes``; returns the newest entry's number, 0 for none."""
    if not changes:
        return 0
    rows = connection.execute(
        queries.LOG,
        _where(changes)
        | {
            "now": now,
            "froms": [c.from_state for c in changes],
            "states": [c.to_state for c in changes],
            "rules": [c.rule for c in changes],
            "details": [_detail(c) for c in changes],
        },
    )
    return max(int(seq) for seq in rows.scalars())


def stop(connection: Connection, now: datetime, changes: Sequence[Change]) -> list[Change]:
    """Write what the gate stopped before a claim; returns what still stood as it was judged."""
    if not changes:
        return []
    _check(changes)
    values = _where(changes) | {
        "now": now,
        "states": [c.to_state for c in changes],
        "rules": [c.rule for c in changes],
        "dues": [c.due_at or c.message.due_at for c in changes],
    }
    done = set(connection.execute(queries.STOP, values).scalars())
    written = [c for c in changes if c.message.id in done]
    write_log(connection, now, written)
    return written


def settle(connection: Connection, now: datetime, claim: UUID, changes: Sequence[Change]) -> list[Change]:
    """Write what became of claimed or handed messages; returns those that were still this claim's.

    Waits for the abuckets' locks: a merge updates the same rows in an order of its own.
    """
    if not changes:
        return []
    _check(changes)
    lock_abuckets(connection, [c.message.abucket for c in changes])
    values = _where(changes) | {
        "now": now,
        "claim": claim,
        "froms": [c.from_state for c in changes],
        "states": [c.to_state for c in changes],
        "rules": [c.rule for c in changes],
        "dues": [c.due_at for c in changes],
        "errors": [c.error for c in changes],
        "refs": [c.ref for c in changes],
        "tried": [int(c.from_state == "handing" and c.rule != "provider.unreachable") for c in changes],
        "accepted": [now if c.to_state == "accepted" else None for c in changes],
        "gone": [c.to_state in _GONE for c in changes],
    }
    done = {row.id: row for row in connection.execute(queries.SETTLE, values)}
    written = [c for c in changes if c.message.id in done]
    # a provider's words about somebody who was erased meanwhile may name them
    said = [replace(c, error=None, detail=None) if done[c.message.id].erased else c for c in written]
    write_log(connection, now, said)
    _tell_delivered(connection, now, written, done)
    return written


def _tell_delivered(connection: Connection, now: datetime, changes: Sequence[Change], done: Mapping[int, Any]) -> None:
    """What a provider took is news for its person's engagement."""
    taken = [c.message for c in changes if c.to_state == "accepted" and c.message.promotional]
    rows = [(done[m.id], m) for m in taken if not done[m.id].erased]
    if rows:
        news = {
            "buckets": [row.bucket for row, _ in rows],
            "messages": [m.id for _, m in rows],
            "people": [row.person for row, _ in rows],
            "channels": [m.channel for _, m in rows],
        }
        connection.execute(queries.TELL_DELIVERED, {**news, "now": now})


def _where(changes: Sequence[Change]) -> dict[str, Any]:
    return {"abuckets": [c.message.abucket for c in changes], "ids": [c.message.id for c in changes]}


def _detail(change: Change) -> str | None:
    detail = dict(change.detail or {})
    if change.error:
        detail["error"] = change.error
    return orjson.dumps(detail).decode() if detail else None


def _check(changes: Sequence[Change]) -> None:
    for change in changes:
        if change.to_state not in TRANSITIONS[change.from_state]:
            raise ValueError(f"no message goes from {change.from_state} to {change.to_state}")
