"""What is wrong with an installation, looked at from inside its database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, text

from antiphon.catalogue.offers.read import offers

Level = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what it is, how it stands, and the way out where it does not stand well."""

    name: str
    level: Level
    what: str
    hint: str = ""


#: A worker that was not heard of for this long is taken for dead.
SILENT = timedelta(seconds=45)
LAGGING = timedelta(minutes=1)
OLD_SNAPSHOT = timedelta(minutes=5)
LATE = timedelta(minutes=5)

_WORKERS = text("SELECT count(*) FROM worker WHERE seen_at > :since")
_ARRIVALS = text("SELECT count(*) AS n, min(received_at) AS oldest FROM arrival")
_REJECTED = text("SELECT count(*) FROM rejected_arrival WHERE rejected_at > :since")
_HELD = text("""
    SELECT j.slug, v.number, v.held_error FROM journey_version v JOIN journey j ON j.id = v.journey
    WHERE v.held_at IS NOT NULL ORDER BY j.slug, v.number
""")
_HELD_SEGMENTS = text("SELECT name, held_error FROM segment WHERE held_at IS NOT NULL ORDER BY name")
_SENDERS = text(
    "SELECT id, error FROM sender WHERE paused_until > :now OR (error IS NOT NULL AND paused_until IS NULL)"
)
_SNAPSHOTS = text("""
    SELECT pid, now() - xact_start AS age, coalesce(application_name, '') AS application FROM pg_stat_activity
    WHERE backend_xmin IS NOT NULL AND xact_start < now() - cast(:old AS interval) AND pid <> pg_backend_pid()
""")
_OVERDUE = text("SELECT count(*) FROM outbox WHERE state IN ('planned', 'due') AND due_at < :since")
_UNKNOWN = text("SELECT count(*) FROM outbox WHERE state = 'unknown' AND state_at > :since")
_TROUBLE = text("SELECT value FROM setting WHERE key = 'call_trouble'")
_OFTEN = 3
_COMMANDS = text("SELECT count(*) FROM command WHERE done_at IS NULL AND created_at < :since")


def examine(connection: Connection, now: datetime) -> list[Finding]:
    """Every check, in the order in which a person should look at them."""
    return [finding for check in _CHECKS for finding in check(connection, now)]


def _workers(connection: Connection, now: datetime) -> list[Finding]:
    n = connection.execute(_WORKERS, {"since": now - SILENT}).scalar_one()
    if n:
        return [Finding("workers", "good", f"{n} at work")]
    return [Finding("workers", "warning", "nobody is at work", "Start `antiphon up` or `antiphon worker`.")]


def _arrivals(connection: Connection, now: datetime) -> list[Finding]:
    row = connection.execute(_ARRIVALS).one()
    if row.oldest is None or now - row.oldest < LAGGING:
        return [Finding("arrivals", "good", f"{row.n} wait to be resolved")]
    minutes = int((now - row.oldest).total_seconds() // 60)
    hint = "Is a worker at work? Its log says what stops it."
    return [Finding("arrivals", "bad", f"{row.n} wait, the oldest for {minutes} minutes", hint)]


def _rejected(connection: Connection, now: datetime) -> list[Finding]:
    n = connection.execute(_REJECTED, {"since": now - timedelta(days=1)}).scalar_one()
    if not n:
        return [Finding("rejected arrivals", "good", "none within a day")]
    hint = "The page Delivery lists them with the reason."
    return [Finding("rejected arrivals", "warning", f"{n} set aside within a day", hint)]


def _versions(connection: Connection, now: datetime) -> list[Finding]:  # noqa: ARG001
    rows = connection.execute(_HELD).all()
    hint = "Publish a version that works; its runs go on after `Release` on the journey's page."
    return [
        Finding("journeys", "bad", f"version {row.number} of `{row.slug}` is held: {row.held_error}", hint)
        for row in rows
    ] or [Finding("journeys", "good", "no version is held")]


def _segments(connection: Connection, now: datetime) -> list[Finding]:  # noqa: ARG001
    hint = (
        "Its members stay as they are. Mend what it failed on, then `antiphon segments release {}`; or define it anew."
    )
    return [
        Finding("segments", "bad", f"`{row.name}` is held: {row.held_error}", hint.format(row.name))
        for row in connection.execute(_HELD_SEGMENTS)
    ] or [Finding("segments", "good", "none is held")]


def _senders(connection: Connection, now: datetime) -> list[Finding]:
    rows = connection.execute(_SENDERS, {"now": now}).all()
    hint = "Check its settings; it tries again by itself, and nothing is lost."
    return [Finding("senders", "bad", f"`{row.id}` is paused: {row.error}", hint) for row in rows] or [
        Finding("senders", "good", "none is paused")
    ]


def _snapshots(connection: Connection, now: datetime) -> list[Finding]:  # noqa: ARG001
    rows = connection.execute(_SNAPSHOTS, {"old": OLD_SNAPSHOT}).all()
    hint = "It keeps dead rows alive and slows everything down; end it with pg_terminate_backend."
    return [
        Finding("old snapshots", "warning", f"process {row.pid} {row.application} is open for {row.age}", hint)
        for row in rows
    ] or [Finding("old snapshots", "good", "none")]


def _messages(connection: Connection, now: datetime) -> list[Finding]:
    overdue = connection.execute(_OVERDUE, {"since": now - LATE}).scalar_one()
    unknown = connection.execute(_UNKNOWN, {"since": now - timedelta(days=7)}).scalar_one()
    found = []
    if overdue:
        hint = "A paused sender, a low rate, or no worker."
        found.append(Finding("messages", "warning", f"{overdue} are over five minutes late", hint))
    if unknown:
        hint = "They were in a provider's hands in a crash. They are never sent again by themselves; look at Messages."
        found.append(Finding("messages", "warning", f"of {unknown} it is unknown whether they left", hint))
    return found or [Finding("messages", "good", "none is late, none unknown")]


def _pools(connection: Connection, now: datetime) -> list[Finding]:
    low = [one for one in offers(connection).values() if one.low and one.state(now) in {"open", "dry"}]
    hint = "`antiphon offers import` or `generate` puts more codes in."
    return [
        Finding(
            "offers", "bad" if one.left <= 0 else "warning", f"the pool of `{one.name}` has {one.left:,} codes", hint
        )
        for one in low
    ] or [Finding("offers", "good", "no pool runs low")]


def _calls(connection: Connection, now: datetime) -> list[Finding]:  # noqa: ARG001
    trouble: dict[str, dict[str, Any]] = connection.execute(_TROUBLE).scalar() or {}
    hint = "Runs go on by `otherwise` once their time is over; `antiphon calls test` tries an address."
    return [
        Finding("calls", "warning", f"{host} failed {one['failed']} times in a row: {one['why']}", hint)
        for host, one in trouble.items()
        if one["failed"] >= _OFTEN
    ] or [Finding("calls", "good", "every program that journeys call answers")]


def _commands(connection: Connection, now: datetime) -> list[Finding]:
    n = connection.execute(_COMMANDS, {"since": now - timedelta(minutes=1)}).scalar_one()
    if not n:
        return [Finding("commands", "good", "none waits")]
    return [Finding("commands", "warning", f"{n} wait", "Start `antiphon up` or `antiphon worker`.")]


_CHECKS: tuple[Callable[[Connection, datetime], list[Finding]], ...] = (
    _workers,
    _arrivals,
    _rejected,
    _versions,
    _segments,
    _senders,
    _messages,
    _commands,
    _pools,
    _calls,
    _snapshots,
)


def as_dict(finding: Finding) -> dict[str, Any]:
    return {"name": finding.name, "level": finding.level, "what": finding.what, "hint": finding.hint}
