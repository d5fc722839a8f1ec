"""Segments applied, archived, restored and released in the resolver's turn, with a line in the audit log: see ``managing``."""

from datetime import datetime

from sqlalchemy import Connection

from antiphon.audiences.segments import managing
from antiphon.audiences.segments.managing import Defined
from antiphon.audiences.segments.users import check_unused
from antiphon.intake.verdicts import lock
from antiphon.journeys.segments.source import read_segment
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database


def apply(database: Database, source: str, actor: Actor, now: datetime) -> Defined:
    """Define what a file says. Raises ``SegmentError`` and ``ConditionError``."""
    segment = read_segment(source)
    with database.begin("segments") as connection:
        lock(connection)
        done = managing.define(connection, segment, source, actor.who, now)
        if done.changed:
            what = "segment added" if done.new else "segment changed"
            after = {"revision": done.revision, "title": segment.title}
            record(connection, now, actor, "segments", what, f"segment {done.name}", after=after)
    return done


def archive(database: Database, name: str, actor: Actor, now: datetime) -> bool:
    """Nobody is in it any more; who left is told as history. Raises ``InUseError`` with everything that uses it."""
    with database.begin("segments") as connection:
        lock(connection)
        managing.find(connection, name)
        check_unused(connection, name)
        return _switch(connection, name, "archived", actor, now)


def restore(database: Database, name: str, actor: Actor, now: datetime) -> bool:
    """Take an archived segment up again."""
    with database.begin("segments") as connection:
        lock(connection)
        return _switch(connection, name, "live", actor, now)


def release(database: Database, name: str, actor: Actor, now: datetime) -> bool:
    """Let a held segment go on; everybody is looked at. Returns whether it was held."""
    with database.begin("segments") as connection:
        lock(connection)
        changed = managing.release(connection, name, actor.who, now)
        if changed:
            record(connection, now, actor, "segments", "held segment released", f"segment {name}")
    return changed


def _switch(connection: Connection, name: str, state: str, actor: Actor, now: datetime) -> bool:
    changed = managing.set_state(connection, name, state, actor.who, now)
    if changed:
        what = "segment archived" if state == "archived" else "segment restored"
        record(connection, now, actor, "segments", what, f"segment {name}")
    return changed
