"""Defining segments, archiving them and taking them up again: few rows, beside which the tick carries people along.

Whoever calls holds the resolver's turn, so that no batch that knew of no segment commits after the first one is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from antiphon.audiences.check import ConditionError, check_segment, parts
from antiphon.audiences.models import Condition, EventCondition
from antiphon.audiences.segments.models import NOBODY, Segment, UnreadableError, stored
from antiphon.audiences.segments.upkeep import ENTERED, LEFT
from antiphon.kit.errors import NotFoundError

_BY_NAME = text("SELECT id, name, title, definition, source, state, revision, held_at FROM segment WHERE name = :name")
_ALL = text("SELECT name, definition FROM segment WHERE state = 'live'")
_ADD = text("""
    INSERT INTO segment (name, title, definition, source, created_at, changed_at, changed_by)
    VALUES (:name, :title, :definition, :source, :now, :now, :by) RETURNING id, revision
""")
_CHANGE = text("""
    UPDATE segment SET title = :title, definition = :definition, source = :source, state = 'live', revision = :revision,
                       changed_at = :now, changed_by = :by,
                       held_at = CASE WHEN revision = :revision THEN held_at END,
                       held_error = CASE WHEN revision = :revision THEN held_error END WHERE name = :name
""")
# A new revision, so that everybody is looked at; whatever it failed on is to be tried again.
_SET_STATE = text("""
    UPDATE segment SET state = :state, revision = revision + 1, changed_at = :now, changed_by = :by,
                       held_at = NULL, held_error = NULL WHERE name = :name
""")


@dataclass(frozen=True, slots=True)
class Defined:
    """What defining came to. ``rebuilt``: who is meant changed, so that everybody is looked at once.

    ``held``: it is held still, because who is meant did not change.
    """

    name: str
    revision: int
    new: bool
    changed: bool
    rebuilt: bool
    held: bool = False


def find(connection: Connection, name: str) -> Any:
    """The row of a segment. Raises ``NotFoundError``."""
    row = connection.execute(_BY_NAME, {"name": name}).first()
    if row is None:
        raise NotFoundError(f"There is no segment “{name}”.", "`antiphon segments list` shows all of them.")
    return row


def definitions(connection: Connection) -> dict[str, Condition]:
    """The conditions of live segments by name; one that cannot be read asks about nothing."""
    return {row.name: _condition(row.definition) for row in connection.execute(_ALL)}


def _condition(definition: Any) -> Condition:
    try:
        return stored(definition).who
    except UnreadableError:
        return NOBODY


def check(segment: Segment, known: Mapping[str, Condition]) -> None:
    """Raises ``ConditionError`` for one that cannot stand beside those that there are."""
    check_segment(segment.segment, segment.who, {name: one for name, one in known.items() if name != segment.segment})
    for part in parts(segment.who):
        if isinstance(part, EventCondition) and part.event in {ENTERED, LEFT}:
            raise ConditionError(
                f"Segment “{segment.segment}” asks for the event “{part.event}”, which comes of segments themselves.",
                "Ask for membership: `kind: segment`.",
            )


def define(connection: Connection, segment: Segment, source: str, by: str, now: datetime) -> Defined:
    """Add a segment, or change it. Raises ``ConditionError`` when it cannot stand beside the others."""
    check(segment, definitions(connection))
    definition = segment.model_dump(mode="json", exclude_unset=True)
    row = connection.execute(_BY_NAME, {"name": segment.segment}).first()
    values = {
        "name": segment.segment,
        "title": segment.title,
        "definition": Jsonb(definition),
        "source": source,
        "now": now,
        "by": by,
    }
    if row is None:
        made = connection.execute(_ADD, values).one()
        return Defined(segment.segment, made.revision, new=True, changed=True, rebuilt=True)
    before = row.definition if isinstance(row.definition, dict) else {}
    rebuilt = row.state != "live" or before.get("who") != definition["who"]
    changed = rebuilt or row.definition != definition
    revision = row.revision + rebuilt
    if changed:
        connection.execute(_CHANGE, values | {"revision": revision})
    return Defined(segment.segment, revision, new=False, changed=changed, rebuilt=rebuilt, held=_stays(row, rebuilt))


def _stays(row: Any, rebuilt: bool) -> bool:
    return row.held_at is not None and not rebuilt


def set_state(connection: Connection, name: str, state: str, by: str, now: datetime) -> bool:
    """Archive a segment (``archived``), after which nobody is in it, or take it up again (``live``).

    Returns whether that changed anything. Who uses it is for the caller to ask.
    """
    row = find(connection, name)
    if row.state == state:
        return False
    if state == "live":
        check(stored(row.definition), definitions(connection))
    connection.execute(_SET_STATE, {"name": name, "state": state, "now": now, "by": by})
    return True


def release(connection: Connection, name: str, by: str, now: datetime) -> bool:
    """Let a held segment go on: everybody is looked at. Returns whether it was held.

    Raises ``UnreadableError`` and ``ConditionError`` where it could only fail again.
    """
    row = find(connection, name)
    if row.held_at is None:
        return False
    check(stored(row.definition), definitions(connection))
    connection.execute(_SET_STATE, {"name": name, "state": row.state, "now": now, "by": by})
    return True
