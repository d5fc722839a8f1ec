"""What there is to know of segments: their list, one of them with who came and went, and why somebody is in one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from antiphon.audiences.describe import describe
from antiphon.audiences.evaluate import Who, evaluate, parameters
from antiphon.audiences.models import Condition
from antiphon.audiences.segments.models import NOBODY, Segment, UnreadableError, stored
from antiphon.kit.buckets import BUCKETS

_LIST = text("""
    SELECT s.id, s.name, s.title, s.definition, s.source, s.state, s.revision, s.created_at, s.changed_at, s.changed_by,
           s.held_at, s.held_error,
           coalesce(b.members, 0) AS members, coalesce(b.built, 0) AS built
    FROM segment s
    LEFT JOIN (
        SELECT b.segment, sum(b.members) AS members, count(*) FILTER (WHERE b.revision = s.revision) AS built
        FROM segment_bucket b JOIN segment s ON s.id = b.segment GROUP BY b.segment
    ) b ON b.segment = s.id
    ORDER BY s.state DESC, s.title
""")
_FLOW = text("""
    SELECT segment, day, sum(entered) AS entered, sum(gone) AS gone FROM segment_flow
    WHERE day >= :since GROUP BY segment, day ORDER BY day
""")


@dataclass(frozen=True, slots=True)
class Flow:
    day: date
    entered: int
    gone: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A segment as it stands. ``built``: the share of people who were looked at for this definition.

    ``held_at``: since then its members stay as they are, because of ``held_error``. ``fault``: why its stored definition
    cannot be read, in which case ``segment`` is nobody; ``definition`` is what is stored.
    """

    id: int
    segment: Segment
    source: str
    state: str
    revision: int
    created_at: datetime
    changed_at: datetime
    changed_by: str
    members: int
    built: float
    flow: tuple[Flow, ...]
    definition: Any
    held_at: datetime | None = None
    held_error: str = ""
    fault: str = ""

    @property
    def name(self) -> str:
        return self.segment.segment

    @property
    def sentence(self) -> str:
        """Who is in it, as a sentence."""
        return self.fault or sentence(self.segment.who)

    @property
    def change(self) -> int:
        """Members more or fewer over the days of ``flow``."""
        return sum(each.entered - each.gone for each in self.flow)


def sentence(who: Condition) -> str:
    """Everybody for whom a condition holds, in words."""
    words = describe(who)
    return f"Everybody {'with' if words.startswith(('“', 'no “')) else 'who'} {words}."


def listed(connection: Connection, since: date) -> list[Listed]:
    """Every segment, live ones first; who came and went since a day."""
    flows: dict[int, list[Flow]] = {}
    for row in connection.execute(_FLOW, {"since": since}):
        flows.setdefault(row.segment, []).append(Flow(row.day, row.entered, row.gone))
    return [_listed(row, flows) for row in connection.execute(_LIST)]


def _listed(row: Any, flows: dict[int, list[Flow]]) -> Listed:
    segment, fault = _read(row)
    return Listed(
        row.id,
        segment,
        row.source,
        row.state,
        row.revision,
        row.created_at,
        row.changed_at,
        row.changed_by,
        int(row.members),
        row.built / len(BUCKETS),
        tuple(flows.get(row.id, ())),
        row.definition,
        row.held_at,
        row.held_error or "",
        fault,
    )


def _read(row: Any) -> tuple[Segment, str]:
    try:
        return stored(row.definition), ""
    except UnreadableError as error:
        return Segment.model_construct(segment=row.name, title=row.title, description="", who=NOBODY), error.what


def document(one: Listed) -> dict[str, Any]:
    """A segment for programs."""
    return {
        "segment": one.name,
        "title": one.segment.title,
        "state": one.state,
        "members": one.members,
        "change": one.change,
        "built": one.built,
        "revision": one.revision,
        "changed_at": one.changed_at.isoformat(),
        "changed_by": one.changed_by,
        "held_at": one.held_at.isoformat() if one.held_at else None,
        "held_error": one.held_error or None,
        "sentence": one.sentence,
        "definition": one.definition,
    }


def evidence(connection: Connection, segment: Segment, who: Who, now: datetime) -> tuple[bool, Any] | None:
    """Whether a segment's condition holds for somebody now, and what that rests on; None when there is nobody."""
    asked = evaluate(segment.who, now, given=True)
    told = asked.selected_columns
    row = connection.execute(asked.with_only_columns(told.truth, told.evidence), parameters([who])).first()
    return None if row is None else (row.truth, row.evidence)
