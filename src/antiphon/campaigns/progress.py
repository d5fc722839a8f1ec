"""How far a campaign is: planned, sent, barred; how fast, and when it will be over."""

from dataclasses import dataclass
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
    stopped: dict[str, int]  # messages that rules stopped or hold up since, by rule
    rate: float | None
    eta: datetime | None

    def document(self) -> dict[str, Any]:
        """For programs."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return found | {"eta": self.eta.isoformat() if self.eta else None}


def progress(connection: Connection, one: Kept, now: datetime) -> Progress:
    """What is counted now; of one that is over, what its messages came to then."""
    row = connection.execute(queries.PROGRESS, {"campaign": one.id}).one()
    barred = {each.rule: each.n for each in connection.execute(queries.BARRED, {"campaign": one.id})}
    messages, stopped, rate, eta = _kept(one) or _counted(connection, one, now)
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
        messages,
        stopped,
        rate,
        eta if one.row.state in {"planning", "sending"} else None,
    )


_Messages = tuple[dict[str, dict[str, int]], dict[str, int], float | None, datetime | None]


def _kept(one: Kept) -> _Messages | None:
    found = one.row.result
    return None if found is None else (found["messages"], found["stopped"], None, None)


def _planning(row: Any, to_plan: int, now: datetime) -> tuple[float | None, datetime | None]:
    if not row.planned or row.first_at is None or now <= row.first_at or row.gathered < len(BUCKETS):
        return None, None
    rate = row.planned / (now - row.first_at).total_seconds()
    return rate, now + timedelta(seconds=(to_plan - row.planned) / rate)


def _counted(connection: Connection, one: Kept, now: datetime) -> _Messages:
    messages: dict[str, dict[str, int]] = {}
    stopped: dict[str, int] = {}
    lately = waiting = 0
    last: datetime | None = None
    for row in connection.execute(queries.MESSAGES, {"origin": one.origin, "lately": now - _LATELY}):
        group = GROUPS[row.state]
        by = messages.setdefault(row.channel, {})
        by[group] = by.get(group, 0) + row.n
        if row.rule:
            stopped[row.rule] = stopped.get(row.rule, 0) + row.n
        lately += row.lately
        if group in {"waiting", "leaving"}:
            waiting += row.n
            last = max(last or row.last_due, row.last_due)
    rate = lately / _LATELY.total_seconds() if lately else None
    if last is None:
        return messages, stopped, rate, None
    behind = [now + timedelta(seconds=waiting / rate)] if rate and last <= now else []
    return messages, stopped, rate, max([last, *behind, now])


def finish(database: Database, one: Kept, now: datetime) -> None:
    """Everything has left: what it came to is kept, for messages are forgotten one day."""
    with database.begin("campaigns") as connection:
        connection.execute(queries.DONE, {"id": one.id, "now": now, "result": Jsonb(_result(connection, one, now))})


def keep_result(database: Database, one: Kept, now: datetime) -> None:
    """The same of one that was cancelled."""
    with database.begin("campaigns") as connection:
        connection.execute(queries.KEEP_RESULT, {"id": one.id, "result": Jsonb(_result(connection, one, now))})


def _result(connection: Connection, one: Kept, now: datetime) -> dict[str, Any]:
    messages, stopped, _, _ = _counted(connection, one, now)
    return {"messages": messages, "stopped": stopped}


def next_tick(connection: Connection) -> int:
    """A number for what one portion writes, from those of ticks."""
    return int(connection.execute(_NEXT_TICK).scalar_one())
