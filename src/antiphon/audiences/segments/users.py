"""Who uses a segment: other segments, emails of the library, campaigns that are not over, and every version of a journey that
somebody may still be in.

Those stand above audiences, so of their tables only the definitions are known here: JSON in which a condition names a
segment, or a trigger asks for the event of one. A journey's definition holds its messages, with what their blocks ask.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from antiphon.kit.errors import AntiphonError

# Conditions and filters of events; a filter may name several. A journey's trigger names one, or a date, for which the journey
# has a segment of its own (journeys.trigger.own_segment).
_NAMED = """
    jsonb_path_query_array({0}, '$.** ? (@.kind == "segment").segment')
    || jsonb_path_query_array({0}, '$.** ? (@.prop == "segment").value[*]')
"""
_USES = text(f"""
    SELECT * FROM (
        SELECT 'segment' AS kind, name, title, NULL::integer AS version, NULL::integer AS number, true AS newest,
               {_NAMED.format("definition")} AS named
        FROM segment WHERE state = 'live'
        UNION ALL
        SELECT 'journey', j.slug, j.name, v.id, v.number, coalesce(v.id = j.version, false), {_NAMED.format("v.definition")}
               || jsonb_path_query_array(v.definition, '$.trigger.segment')
               || CASE WHEN v.definition @? '$.trigger.date' THEN jsonb_build_array(j.slug || '-day') ELSE '[]' END
        FROM journey j JOIN journey_version v ON v.journey = j.id WHERE j.state <> 'archived'
        UNION ALL
        SELECT 'email', name, title, NULL, NULL, true, {_NAMED.format("document")} FROM email_draft
        UNION ALL
        SELECT 'campaign', slug, name, NULL, NULL, true, {_NAMED.format("definition")}
        FROM campaign WHERE state NOT IN ('done', 'cancelled')
    ) each
    WHERE named <> '[]' ORDER BY kind DESC, name, number DESC
""")
# Of few versions, those that were replaced: people who entered them finish on them, and messages of people who have finished
# may still wait to be written.
_UNDER_WAY = text("""
    SELECT DISTINCT version FROM run WHERE version = ANY(:versions)
    UNION
    SELECT DISTINCT version FROM outbox WHERE state IN ('planned', 'due') AND version = ANY(:versions)
""")


@dataclass(frozen=True, slots=True)
class User:
    """``kind``: segment, journey or email; its name in files; its title.

    ``version``: the number of a journey's version that was replaced and that people are still in.
    """

    kind: str
    name: str
    title: str
    version: int | None = None

    def __str__(self) -> str:
        older = f", version {self.version}, which people are still in" if self.version else ""
        return f"{self.kind} “{self.title}” ({self.name}{older})"

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"kind": self.kind, "name": self.name, "title": self.title, "version": self.version}


class InUseError(AntiphonError):
    """A segment that others use cannot go; ``users`` are those."""

    def __init__(self, name: str, users: list[User]) -> None:
        super().__init__(
            f"Segment “{name}” is used by {', '.join(map(str, users))}.", "Take it out of those first, or archive them."
        )
        self.users = users


def every_user(connection: Connection) -> dict[str, list[User]]:
    """Names of segments → everything that is on and names them."""
    rows = connection.execute(_USES).all()
    replaced = sorted({row.version for row in rows if not row.newest})
    going = set(connection.execute(_UNDER_WAY, {"versions": replaced}).scalars()) if replaced else set()
    found: dict[str, list[User]] = defaultdict(list)
    for row in rows:
        if row.newest or row.version in going:
            user = User(row.kind, row.name, row.title, None if row.newest else row.number)
            for named in dict.fromkeys(one for one in row.named if isinstance(one, str)):
                if (row.kind, row.name) != ("segment", named):
                    found[named].append(user)
    return dict(found)


def users_of(connection: Connection, name: str) -> list[User]:
    """Everything that is on and names the segment."""
    return every_user(connection).get(name, [])


def check_unused(connection: Connection, name: str) -> None:
    """Raises ``InUseError`` when something uses it."""
    if users := users_of(connection, name):
        raise InUseError(name, users)
