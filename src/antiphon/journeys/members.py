"""The stage ``members``: who is in a segment when a journey that starts by it goes live is let in as well, where the journey
says so (``enter_members``).

They are asked for as another journey would ask for them, in portions: one transaction takes the members of some buckets,
writes the events, puts them where the tick finds what is new, and notes how far it has come. The tick lets them in by the
journey's own condition and re-entry, beside which nobody enters twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Row, text

from antiphon.journeys.models import Journey
from antiphon.journeys.steps.base import REQUESTED
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.keys import Ids, keys
from antiphon.store.locks import lock_buckets

#: Members that one transaction asks for, about; a bucket's are the least.
LIMIT = 10_000
#: No merge lasts so long, nor are clocks so far apart.
_MARGIN = timedelta(hours=1)

_TRY = text("SELECT pg_try_advisory_xact_lock(168230931)")
# How far it has come: buckets of the fixed list, then one more for those whom others have become meanwhile.
_OPEN = text("""
    SELECT v.id, j.slug, v.members_at, v.members_done, s.id AS segment, s.name, s.title, s.revision
      FROM journey j JOIN journey_version v ON v.id = j.version
      JOIN segment s ON s.name = v.definition->'trigger'->>'segment'
     WHERE j.state = 'active' AND v.held_at IS NULL AND v.members_at IS NOT NULL AND v.members_done <= :all
     ORDER BY v.members_at, v.id
""")
_BATCH = text("SELECT batch FROM resolve_state WHERE id = 1")
# Buckets in which the members follow what the segment says now.
_READY = text("""
    SELECT bucket, members FROM segment_bucket
     WHERE segment = :segment AND revision = :revision AND bucket = ANY(cast(:buckets AS smallint[]))
""")
_WHO = """
      FROM segment_member m WHERE m.bucket = ANY(cast(:buckets AS smallint[])) AND m.segment = :segment AND m.since <= :asked_at
       AND (cast(:people AS bigint[]) IS NULL OR m.person = ANY(cast(:people AS bigint[])))
"""
_EVENT = "('x' || md5('members|' || cast(:version AS text) || '|' || m.person))::bit(64)::bigint"
_ASK = text(f"""
    INSERT INTO event (bucket, person, at, id, name, props, received_at, backfill, source)
    SELECT m.bucket, m.person, cast(:now AS timestamptz), {_EVENT}, :name, cast(:props AS jsonb),
           cast(:now AS timestamptz), false, 'antiphon' {_WHO}
        ON CONFLICT DO NOTHING
""")
_FRESH = text(f"""
    INSERT INTO fresh (bucket, event, batch, person, at, name, received_at, backfill)
    SELECT m.bucket, {_EVENT}, :batch, m.person, cast(:now AS timestamptz), :name, cast(:now AS timestamptz), false {_WHO}
        ON CONFLICT DO NOTHING
""")
_MERGED = text("SELECT DISTINCT to_bucket AS bucket, to_person AS person FROM alias WHERE at >= :since")
_PROGRESS = text("UPDATE journey_version SET members_done = :done WHERE id = :version")

_BEFORE = text("SELECT members_at, members_done FROM journey_version WHERE id = :version")
_SET = text("UPDATE journey_version SET members_at = :at, members_done = :done WHERE id = :version")


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a transaction did: ``asked`` for so many people. ``more``: there are others to ask for at once."""

    asked: int = 0
    more: bool = False


def going_live(
    connection: Connection, journey: Journey, version: int, before: tuple[int, Journey] | None, now: datetime
) -> None:
    """A version takes the place of ``before``, the version that was live, if one was. Members are asked for once: where the
    one before did so for the same segment, this one goes on where that one is."""
    trigger = journey.trigger
    if not trigger.enter_members:
        return
    at, done = now, 0
    if before is not None and before[1].trigger.enter_members and before[1].trigger.segment == trigger.segment:
        row = connection.execute(_BEFORE, {"version": before[0]}).one()
        at, done = row.members_at or now, row.members_done
    connection.execute(_SET, {"version": version, "at": at, "done": done})


def admit(database: Database, now: datetime, limit: int = LIMIT) -> Admitted:
    """Ask for some more members, by one transaction. Safe beside other workers, and after a crash."""
    with database.begin("members") as connection:
        if not connection.execute(_TRY).scalar_one():
            return Admitted()
        for row in connection.execute(_OPEN, {"all": len(BUCKETS)}).all():
            people: list[int] | None = None
            if row.members_done == len(BUCKETS):
                gained = connection.execute(_MERGED, {"since": row.members_at - _MARGIN}).all()
                buckets, people = sorted({one.bucket for one in gained}), [one.person for one in gained]
                done = row.members_done + 1
            else:
                buckets = _portion(connection, row, BUCKETS[row.members_done :], limit)
                if not buckets:
                    continue  # the segment is being built, or held: that is nothing to the others
                done = row.members_done + len(buckets)
            asked = _ask(connection, row, buckets, people, now) if buckets else 0
            connection.execute(_PROGRESS, {"version": row.id, "done": done})
            return Admitted(asked, more=True)
    return Admitted()


def _portion(connection: Connection, row: Row[Any], left: Sequence[int], limit: int) -> list[int]:
    given = {"segment": row.segment, "revision": row.revision, "buckets": keys(list(left))}
    members = {one.bucket: one.members for one in connection.execute(_READY, given)}
    found: list[int] = []
    total = 0
    for bucket in left:
        total += members.get(bucket, 0)
        if bucket not in members or (found and total > limit):
            break
        found.append(bucket)
    return found


def _ask(connection: Connection, row: Row[Any], buckets: Sequence[int], people: list[int] | None, now: datetime) -> int:
    batch = connection.execute(_BATCH).scalar_one()
    lock_buckets(connection, buckets)
    given = {
        "buckets": keys(list(buckets)),
        "people": None if people is None else Ids(people),
        "segment": row.segment,
        "asked_at": row.members_at,
        "version": row.id,
        "name": REQUESTED,
        "now": now,
    }
    props = Jsonb({"journey": row.slug, "segment": row.name, "title": row.title})
    asked = connection.execute(_ASK, {**given, "props": props}).rowcount
    connection.execute(_FRESH, {**given, "batch": batch})
    return asked
