"""Short ways to say what comes in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text

from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.models import Arrival, ResolveReport
from antiphon.intake.resolve import resolve
from antiphon.store.db import Database

T0 = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
_numbers: Iterator[int] = count()


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def arrival(kind: str, minute: float, message_id: str = "", *, backfill: bool = False, **body: Any) -> Arrival:
    return Arrival("shop", message_id or f"m{next(_numbers)}", kind, at(minute), backfill, body)


def track(minute: float, event: str, message_id: str = "", *, backfill: bool = False, **body: Any) -> Arrival:
    return arrival("track", minute, message_id, backfill=backfill, event=event, **body)


def identify(
    minute: float, message_id: str = "", *, user: str | None = None, device: str | None = None, **traits: Any
) -> Arrival:
    return arrival("identify", minute, message_id, userId=user, anonymousId=device, traits=traits)


def consent(
    minute: float, channel: str, address: str, state: str, *purposes: str, method: str = "web form", **more: Any
) -> Arrival:
    body = {"channel": channel, "address": address, "state": state, "method": method, "purposes": list(purposes)}
    return arrival("consent", minute, **{**body, **more})


def come_in(db: Database, *arrivals: Arrival, now: datetime | None = None) -> ResolveReport:
    """Store and resolve to the end; returns the last report with the counts summed."""
    store_arrivals(db, arrivals, now)
    return resolve_all(db, now)


def resolve_all(db: Database, now: datetime | None = None) -> ResolveReport:
    reports = [resolve(db, now)]
    while reports[-1].more:
        reports.append(resolve(db, now))
    sums = {
        name: sum(getattr(r, name) for r in reports)
        for name in ("arrivals", "events", "people_new", "merged", "rejected")
    }
    return ResolveReport(**sums, horizon=reports[-1].horizon)


def rows(db: Database, statement: str, **given: Any) -> list[Any]:
    with db.read() as connection:
        return list(connection.execute(text(statement), given).all())


def one(db: Database, statement: str, **given: Any) -> Any:
    found = rows(db, statement, **given)
    assert len(found) == 1, found
    return found[0]


def groups(db: Database) -> set[frozenset[str]]:
    """The grouping of identifiers into people."""
    found: dict[int, set[str]] = {}
    for kind, value, person in rows(db, "SELECT kind, value, person FROM identifier"):
        found.setdefault(person, set()).add(f"{kind}:{value}")
    return {frozenset(keys) for keys in found.values()}


#: All evidence, wherever it stands, as a subquery ``e``.
EVIDENCE = (
    "(SELECT kind, value, other_kind, other_value, source, first_at, last_at, verified_at, outcome FROM evidence "
    "UNION ALL SELECT kind, value, beside[n], beside[n + 1], beside_source, beside_at, "
    "date_trunc('day', beside_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', NULL, 'joined' "
    "FROM identifier CROSS JOIN LATERAL generate_series(1, cardinality(beside), 2) n) e"
)
