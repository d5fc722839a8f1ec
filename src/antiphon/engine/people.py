"""Commands about who is who. They wait for the resolver's turn, because only one at a time changes people."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.intake import verdicts
from antiphon.intake.verdicts import Act
from antiphon.people.identifiers import Key


def _act(payload: dict[str, Any], by: str, now: datetime) -> Act:
    return Act(payload["command"], by, now, payload.get("why", ""))


def _keys(payload: dict[str, Any]) -> list[Key]:
    return [(kind, value) for kind, value in payload["identifiers"]]


def merge(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"person": id, "other": id, "why": words}``."""
    verdicts.lock(connection)
    return verdicts.merge(connection, payload["person"], payload["other"], _act(payload, by, now))


def split(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"person": id, "identifiers": [[kind, value], …], "why": words}``."""
    verdicts.lock(connection)
    return verdicts.split(connection, payload["person"], _keys(payload), _act(payload, by, now))


def undo(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    """``{"act": number}``."""
    verdicts.lock(connection)
    return verdicts.undo(connection, payload["act"], now)


def keep_apart(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"identifiers": [[kind, value], [kind, value]], "why": words}``."""
    verdicts.lock(connection)
    one, other = _keys(payload)
    return verdicts.keep_apart(connection, one, other, _act(payload, by, now))


def dismiss(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    """``{"identifiers": [[kind, value], [kind, value]]}`` of a conflict; of a shared identifier the second is empty."""
    verdicts.lock(connection)
    one, other = _keys(payload)
    return verdicts.dismiss(connection, (one, other))


HANDLERS = {
    "people.merge": merge,
    "people.split": split,
    "people.keep_apart": keep_apart,
    "people.dismiss": dismiss,
    "people.undo": undo,
}

#: What the audit log says of each.
TOLD = {
    "people.merge": "people merged",
    "people.split": "person split",
    "people.keep_apart": "people kept apart",
    "people.dismiss": "conflict dismissed",
    "people.undo": "decision on people taken back",
}
