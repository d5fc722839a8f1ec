"""Commands about who is who. They wait for the resolver's turn, because only one at a time changes people."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.intake import verdicts
from antiphon.intake.verdicts import Act
from antiphon.people.identifiers import Key
from antiphon.store.audit import Actor, record


def _act(payload: dict[str, Any], by: str, now: datetime) -> Act:
    return Act(payload["command"], by, now, payload.get("why", ""))


def _note(connection: Connection, by: str, now: datetime, what: str, *people: int, **after: Any) -> None:
    """A line in the audit log: of people their ids, never what points at them."""
    actor = Actor(by, "user" if "@" in by else "process")
    record(connection, now, actor, "people", what, " ".join(map(str, people)), after=after)


def _keys(payload: dict[str, Any]) -> list[Key]:
    return [(kind, value) for kind, value in payload["identifiers"]]


def merge(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"person": id, "other": id, "why": words}``."""
    verdicts.lock(connection)
    done = verdicts.merge(connection, payload["person"], payload["other"], _act(payload, by, now))
    _note(connection, by, now, "people merged", *done["merged"], act=done["act"])
    return done


def split(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"person": id, "identifiers": [[kind, value], …], "why": words}``."""
    verdicts.lock(connection)
    done = verdicts.split(connection, payload["person"], _keys(payload), _act(payload, by, now))
    _note(connection, by, now, "person split", done["person"], done["split"], act=done["act"])
    return done


def undo(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"act": number}``."""
    verdicts.lock(connection)
    done = verdicts.undo(connection, payload["act"], now)
    _note(connection, by, now, "decision on people taken back", *done["people"], act=done["undone"])
    return done


def keep_apart(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"identifiers": [[kind, value], [kind, value]], "why": words}``."""
    verdicts.lock(connection)
    one, other = _keys(payload)
    done = verdicts.keep_apart(connection, one, other, _act(payload, by, now))
    _note(connection, by, now, "people kept apart", *done["people"], act=done["act"])
    return done


def dismiss(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    """``{"identifiers": [[kind, value], [kind, value]]}`` of a conflict; of a shared identifier the second is empty."""
    verdicts.lock(connection)
    one, other = _keys(payload)
    done = verdicts.dismiss(connection, (one, other))
    _note(connection, by, now, "conflict dismissed")
    return done


HANDLERS = {
    "people.merge": merge,
    "people.split": split,
    "people.keep_apart": keep_apart,
    "people.dismiss": dismiss,
    "people.undo": undo,
}
