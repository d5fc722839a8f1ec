"""Outside changes, executed one after the other by whoever comes first, in transactions of their own.

What a command changes (versions, journeys) is read by every worker's ticks, so it never changes inside one.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Row
from sqlalchemy.exc import DBAPIError

from antiphon.engine import campaigns, people, queries, runs
from antiphon.intake.verdicts import lock
from antiphon.journeys import queries as journeys
from antiphon.journeys.days import there_is_one
from antiphon.journeys.moving import plan_moving
from antiphon.journeys.publish import publish, set_state
from antiphon.journeys.source import read_journey
from antiphon.kit.errors import AntiphonError
from antiphon.privacy.erase import erase
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database
from antiphon.store.faults import is_the_worlds

log = structlog.get_logger(__name__)

Handler = Callable[[Connection, dict[str, Any], str, datetime], dict[str, Any]]


class CommandFailedError(AntiphonError):
    """A command was executed and refused; the words are the refusal's."""


def _publish(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
    journey = read_journey(payload["source"])
    if journey.trigger.date is not None or there_is_one(connection, journey.journey):
        lock(connection)  # it has a segment, and the resolver tells segments of people
    published = publish(
        connection, payload["source"], by, now, activate=payload.get("activate", True), base=payload.get("base")
    )
    return {
        "journey": published.slug,
        "number": published.number,
        "version": published.version,
        "changed": published.changed,
        "state": published.state,
        "warnings": list(published.warnings),
    }


def _state(state: str) -> Handler:
    def change(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:
        if there_is_one(connection, payload["journey"]):
            lock(connection)
        set_state(connection, payload["journey"], state, by, now)
        return {"journey": payload["journey"], "state": state}

    return change


def _move(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    return plan_moving(connection, payload["journey"], payload, now)


def _release(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    connection.execute(journeys.RELEASE_VERSION, {"version": payload["version"]})
    return {"version": payload["version"]}


HANDLERS: dict[str, Handler] = {
    "journey.publish": _publish,
    "journey.pause": _state("paused"),
    "journey.resume": _state("active"),
    "journey.archive": _state("archived"),
    "journey.move": _move,
    "version.release": _release,
    "run.end": runs.end,
    **people.HANDLERS,
    **campaigns.HANDLERS,
    "person.erase": erase,
}

#: What the audit log says of a command that was carried out: its area and its words.
_TOLD: dict[str, tuple[str, str]] = {
    "journey.publish": ("journeys", "journey published"),
    "journey.pause": ("journeys", "journey paused"),
    "journey.resume": ("journeys", "journey switched on"),
    "journey.archive": ("journeys", "journey archived"),
    "journey.move": ("journeys", "runs moved to another version"),
    "version.release": ("journeys", "held version released"),
    "run.end": ("journeys", "run ended by hand"),
    "person.erase": ("privacy", "person erased"),
    **{kind: ("people", what) for kind, what in people.TOLD.items()},
    **{kind: ("campaigns", what) for kind, what in campaigns.TOLD.items()},
}


def stage_of(kind: str) -> str:
    """The stage in which a command is executed: it says what the command may write."""
    if kind == "person.erase":
        return "privacy"
    if kind == "run.end":
        return "runs"
    return "people" if kind in people.HANDLERS else "commands"


def submit(database: Database, kind: str, payload: dict[str, Any], by: str | Actor, now: datetime) -> int:
    """Put a command into the queue; returns its number. Durable when it returns.

    ``by`` is whoever asks, as the audit log names them; a name alone is a process's.
    """
    if kind not in HANDLERS:
        raise AntiphonError(f"There is no command `{kind}`.", f"The commands are {', '.join(sorted(HANDLERS))}.")
    if _holds_nul(payload):
        raise AntiphonError("A text of this command holds a NUL character.", "Send it without.")
    with database.begin("command") as connection:
        who = by if isinstance(by, Actor) else Actor(by)
        actor = Jsonb({"kind": who.kind, "origin": who.origin})
        values = {"kind": kind, "payload": Jsonb(payload), "now": now, "by": who.who, "actor": actor}
        return int(connection.execute(queries.SUBMIT_COMMAND, values).scalar_one())


def _holds_nul(value: Any) -> bool:
    """Whether the database could not keep it."""
    if isinstance(value, dict):
        return any(_holds_nul(each) for each in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_nul(each) for each in value)
    return isinstance(value, str) and "\0" in value


def run_commands(database: Database, now: datetime) -> int:
    """Execute what waits, in order, each in a transaction of its own; returns how many.

    A command that fails keeps its error and stops nothing. Returns 0 at once while another process executes.
    """
    done = 0
    while True:
        with database.read() as connection:
            waiting = connection.execute(queries.WAITING_COMMANDS).first()
        if waiting is None:
            return done
        with database.begin(stage_of(waiting.kind)) as connection:
            if not connection.execute(queries.COMMAND_LOCK).scalar_one():
                return done
            row = connection.execute(queries.WAITING_COMMANDS).first()
            if row is None or row.id != waiting.id:  # another process was faster
                continue
            _execute(connection, row, now)
        done += 1


def _execute(connection: Connection, row: Row[Any], now: datetime) -> None:
    outcome: dict[str, Any] = {"id": row.id, "now": now, "result": None, "error": None}
    try:
        with connection.begin_nested():  # what a failed command did is undone, that it failed is kept
            result = HANDLERS[row.kind](connection, {**row.payload, "command": row.id}, row.created_by, now)
            outcome["result"] = Jsonb(result)
            _tell(connection, row, result, now)
    except AntiphonError as error:
        outcome["error"] = str(error)
    except Exception as error:  # whatever it is, the commands behind it must have their turn
        if isinstance(error, DBAPIError) and is_the_worlds(error):
            raise
        log.exception("command failed", command=row.id, kind=row.kind)
        # the driver's own words: SQLAlchemy's repeat the parameters, which may hold people's data
        words = error.orig if isinstance(error, DBAPIError) else error
        outcome["error"] = f"The command could not be carried out: {type(error).__name__}: {words}".replace("\0", "")
    connection.execute(queries.FINISH_COMMAND, outcome)


def _tell(connection: Connection, row: Row[Any], result: dict[str, Any], now: datetime) -> None:
    """A command that was carried out stands in the audit log with whoever asked for it."""
    if result.get("launched") is False:
        return  # it was before: nothing was done
    area, what = _TOLD[row.kind]
    after = {name: value for name, value in result.items() if name not in {"person", "people", "journey", "campaign"}}
    asked = row.actor or {}
    actor = Actor(row.created_by, asked.get("kind", "process"), asked.get("origin"))
    record(connection, now, actor, area, what, _about(result), after=after)


def _about(result: dict[str, Any]) -> str:
    """What a command was about; people by their numbers, never by what points at them."""
    if several := result.get("people"):
        return f"person {several[0]}" if len(several) == 1 else f"people {' '.join(map(str, several))}"
    return next(
        (f"{name} {result[name]}" for name in ("person", "journey", "version", "campaign") if name in result), ""
    )


def carry_out(database: Database, kind: str, payload: dict[str, Any], by: str | Actor, now: datetime) -> dict[str, Any]:
    """Submit a command, see it done and return its result.

    Raises ``CommandFailedError`` with the refusal, or when nobody carried it out in ten seconds.
    """
    number = submit(database, kind, payload, by, now)
    until = time.monotonic() + timedelta(seconds=10).total_seconds()
    while True:
        run_commands(database, now)
        with database.read() as connection:
            row = connection.execute(queries.COMMAND_RESULT, {"id": number}).one()
        if row.error:
            raise CommandFailedError(row.error)
        if row.done_at:
            return dict(row.result)
        if time.monotonic() > until:
            raise CommandFailedError(
                f"Command {number} still waits: another process is busy with commands.",
                "Look again with `antiphon doctor`.",
            )
        time.sleep(0.05)
