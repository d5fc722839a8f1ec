"""Who uses a segment: other segments, journeys and sign-up units.

Those stand above audiences, so of their tables only the definitions are known here: JSON in which a condition names a
segment, or a trigger asks for the event of one.
"""

from dataclasses import dataclass

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from antiphon.kit.errors import AntiphonError

_NAMES = """(
    jsonb_path_exists(definition, '$.** ? (@.kind == "segment" && @.segment == $name)', :vars)
    OR jsonb_path_exists(definition, '$.** ? (@.prop == "segment" && @.value == $name)', :vars)
)"""
_USERS = text(f"""
    SELECT 'segment' AS kind, name, title FROM segment WHERE state = 'live' AND name <> :name AND {_NAMES}
    UNION ALL
    SELECT 'journey', j.slug, j.name FROM journey j
    WHERE j.state <> 'archived' AND EXISTS (SELECT FROM journey_version v WHERE v.journey = j.id AND v.id = j.version
                                            AND {_NAMES})
    UNION ALL
    SELECT 'unit', u.slug, u.name FROM unit u
    WHERE EXISTS (SELECT FROM unit_version v WHERE v.unit = u.id AND v.number = u.version AND {_NAMES})
    ORDER BY 1 DESC, 2
""")


@dataclass(frozen=True, slots=True)
class User:
    """``kind``: segment, journey or unit; its name in files; its title."""

    kind: str
    name: str
    title: str

    def __str__(self) -> str:
        return f"{self.kind} “{self.title}” ({self.name})"


class InUseError(AntiphonError):
    """A segment that others use cannot go; ``users`` are those."""

    def __init__(self, name: str, users: list[User]) -> None:
        super().__init__(
            f"Segment “{name}” is used by {', '.join(map(str, users))}.", "Take it out of those first, or archive them."
        )
        self.users = users


def users_of(connection: Connection, name: str) -> list[User]:
    """Everything that is on and names the segment."""
    rows = connection.execute(_USERS, {"name": name, "vars": Jsonb({"name": name})})
    return [User(row.kind, row.name, row.title) for row in rows]


def check_unused(connection: Connection, name: str) -> None:
    """Raises ``InUseError`` when something uses it."""
    if users := users_of(connection, name):
        raise InUseError(name, users)
