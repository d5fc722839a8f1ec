"""How far a campaign is: planned, sent, barred; how fast, and when it will be over."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from antiphon.campaigns import queries
from antiphon.campaigns.kept import Kept
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database

#: States of messages, as people ask for them.
GROUPS = {
    "planned": "waiting",
    "due": "waiting",
    "held": "held",
    "claimed": "leaving",
    "handing": "leaving",
    "accepted": "sent",
    "delivered": "sent",
    "failed": "failed",
    "unknown": "unknown",
    "dropped": "barred",
    "cancelled": "cancelled",
}
#: Groups of messages that may still leave.
_WAITS = frozenset({"waiting", "held", "leaving"})
#: Over how long the pace of the hand-over is counted.
_LATELY = timedelta(minutes=5)

_NEXT_TICK = text("SELECT nextval('tick_number')")


@dataclass(frozen=True, slots=True)
class Progress:
    """``rate`` is people a second while it is planned, messages a second afterwards; ``eta``: when this will be over."""

    state: str
    audience: int
    unengaged: int
    excluded: int
    gathered: float  # share of the buckets
    planned: int
    to_plan: int
    email: int
    sms: int
    unwritten: int
    barred: dict[str, int]  # people who get nothing, by what bars
    messages: dict[str, dict[str, int]]  # channel -> group of states -> messages
    states: dict[str, dict[str, int]]  # the same by the states themselves
    stopped: dict[str, int]  # messages that will not leave, by the rule that stopped them
    put_off: dict[str, int]  # messages that wait because of a rule, and still may leave
    address_taken: int  # planned, but somebody at the same address gets it already; those erased since are among them
    rate: float | None
    eta: datetime | None

    def document(self) -> dict[str, Any]:
        """For programs."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return found | {"eta": self.eta.isoformat() if self.eta else None}


def progress(connection: Connection, one: Kept, now: datetime) -> Progress:
    """What is counted now. Of one that is over and whose messages are gone: what they had come to."""
    row = connection.execute(queries.PROGRESS, {"campaign": one.id}).one()
    barred = {each.rule: each.n for each in connection.execute(queries.BARRED, {"campaign": one.id})}
    found = _counted(connection, one, now)
    if not found.states and one.row.result is not None:
        found = _kept(one.row.result)
    rate, eta = found.rate, found.eta
    to_plan = row.members - row.unengaged - row.excluded
    if one.row.state == "planning":
        rate, eta = _planning(row, to_plan, now)
    return Progress(
        one.row.state,
        row.members,
        row.unengaged,
        row.excluded,
        row.gathered / len(BUCKETS),
        row.planned,
        to_plan,
        row.email,
        row.sms,
        row.unwritten,
        barred,
        found.messages,
        found.states,
        found.stopped,
        found.put_off,
        max(0, row.email + row.sms - sum(sum(by.values()) for by in found.states.values())),
        rate,
        eta if one.row.state in {"planning", "sending"} else None,
    )


@dataclass(frozen=True, slots=True)
class _Messages:
    states: dict[str, dict[str, int]]
    stopped: dict[str, int]
    put_off: dict[str, int] = field(default_factory=dict)
    rate: float | None = None
    eta: datetime | None = None

    @property
    def messages(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for channel, states in self.states.items():
            by = found.setdefault(channel, {})
            for state, n in states.items():
                by[GROUPS[state]] = by.get(GROUPS[state], 0) + n
        return found


def _kept(result: dict[str, Any]) -> _Messages:
    """What was kept when it ended, once its messages are gone."""
    return _Messages(result.get("states", {}), result["stopped"])


def _planning(row: Any, to_plan: int, now: datetime) -> tuple[float | None, datetime | None]:
    if not row.planned or row.first_at is None or now <= row.first_at or row.gathered < len(BUCKETS):
        return None, None
    rate = row.planned / (now - row.first_at).total_seconds()
    return rate, now + timedelta(seconds=(to_plan - row.planned) / rate)


def _counted(connection: Connection, one: Kept, now: datetime) -> _Messages:
    states: dict[str, dict[str, int]] = {}
    stopped: dict[str, int] = {}
    put_off: dict[str, int] = {}
    lately = waiting = 0
    last: datetime | None = None
    for row in connection.execute(queries.MESSAGES, {"origin": one.origin, "lately": now - _LATELY}):
        by = states.setdefault(row.channel, {})
        by[row.state] = by.get(row.state, 0) + row.n
        waits = GROUPS[row.state] in _WAITS
        if row.rule:
            held_by = put_off if waits else stopped
            held_by[row.rule] = held_by.get(row.rule, 0) + row.n
        lately += row.lately
        if GROUPS[row.state] in {"waiting", "leaving"}:
            waiting += row.n
            last = max(last or row.last_due, row.last_due)
    rate = lately / _LATELY.total_seconds() if lately else None
    if last is None:
        return _Messages(states, stopped, put_off, rate)
    behind = [now + timedelta(seconds=waiting / rate)] if rate and last <= now else []
    return _Messages(states, stopped, put_off, rate, max([last, *behind, now]))


def finish(database: Database, one: Kept, now: datetime) -> None:
    """Everything has left: what it came to is kept, for messages are forgotten one day."""
    with database.begin("campaigns") as connection:
        connection.execute(queries.DONE, {"id": one.id, "now": now, "result": Jsonb(_result(connection, one, now))})


def keep_result(database: Database, one: Kept, now: datetime) -> None:
    """The same of one that was cancelled."""
    with database.begin("campaigns") as connection:
        connection.execute(queries.KEEP_RESULT, {"id": one.id, "result": Jsonb(_result(connection, one, now))})


def _result(connection: Connection, one: Kept, now: datetime) -> dict[str, Any]:
    found = _counted(connection, one, now)
    return {"states": found.states, "stopped": found.stopped}


def next_tick(connection: Connection) -> int:
    """A number for what one portion writes, from those of ticks."""
    return int(connection.execute(_NEXT_TICK).scalar_one())
