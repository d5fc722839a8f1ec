"""Gathers what the page Today shows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.catalogue.offers.read import offers
from antiphon.web.today import queries
from antiphon.web.today.models import Barred, Notice, Period, Series, Tile, Under

#: Period in days → how many parts its lines have.
PERIODS = {1: 24, 7: 7, 30: 30}

#: A message that was put off is never put off for longer than this before it is dropped.
LONGEST_WAIT = timedelta(days=9)

#: A worker that is alive says so at least this often.
WORKER_SILENCE = timedelta(minutes=2)

CLICKS = {"Email Clicked": "email", "SMS Clicked": "sms", "SMS Replied": "sms"}
OPT_OUTS = {"Email Unsubscribed": "email", "SMS Unsubscribed": "sms"}
ORDER = "Order Completed"


def period(days: int, now: datetime) -> Period:
    days = days if days in PERIODS else 7
    return Period(days, now - timedelta(days=days), now, PERIODS[days])


def tiles(connection: Connection, span: Period) -> list[Tile]:
    window = {
        "before": span.before,
        "end": span.end,
        "part": span.part.total_seconds(),
        "earliest": span.before - LONGEST_WAIT,
    }
    sent = connection.execute(queries.SENT, window).all()
    names = [*CLICKS, *OPT_OUTS, ORDER]
    events = connection.execute(queries.EVENTS, window | {"names": names}).all()
    orders = [row for row in events if row.name == ORDER]
    return [
        Tile(
            "Messages sent",
            "Handed over to the provider",
            _by_channel(span, ((row.channel, row) for row in sent)),
            address="/messages",
        ),
        Tile(
            "Responses",
            "Clicks and replies by people; opens never count",
            _by_channel(span, ((CLICKS[row.name], row) for row in events if row.name in CLICKS)),
        ),
        Tile("Orders", "Every order, whatever led to it", {"": _series(span, orders)}),
        Tile("Revenue", "Sum of those orders", {"": _series(span, orders, "value")}, unit="money"),
        Tile(
            "Opt-outs",
            "Unsubscribed, or answered STOP",
            _by_channel(span, ((OPT_OUTS[row.name], row) for row in events if row.name in OPT_OUTS)),
        ),
    ]


def _by_channel(span: Period, rows: Iterable[tuple[str, Row[Any]]]) -> dict[str, Series]:
    of: dict[str, list[Row[Any]]] = {"email": [], "sms": []}
    for channel, row in rows:
        of.setdefault(channel, []).append(row)
    return {channel: _series(span, found) for channel, found in of.items()}


def _series(span: Period, rows: Iterable[Row[Any]], value: str = "n") -> Series:
    """Parts 0 … parts-1 are the period before, the rest is the period."""
    series = Series([0.0] * span.parts)
    for row in rows:
        amount, part = float(getattr(row, value)), row.part - span.parts
        if part < 0:
            series.before += amount
        else:
            series.parts[min(part, span.parts - 1)] += amount
    return series


def barred(connection: Connection, span: Period) -> list[Barred]:
    rows = connection.execute(queries.BARRED, {"start": span.start, "end": span.end})
    return [Barred(row.rule, row.state, row.n) for row in rows]


def not_written(connection: Connection, span: Period) -> list[tuple[str, int]]:
    """Why decisions came out against writing, the most frequent reasons first."""
    rows = connection.execute(queries.NOT_WRITTEN, {"start": span.start, "end": span.end})
    return [((row.sentence or "").removeprefix("No message. "), row.n) for row in rows]


def under_way(connection: Connection) -> Under:
    runs = {row.journey: row.n for row in connection.execute(queries.RUNS)}
    journeys = [(row.slug, row.name, runs[row.id]) for row in connection.execute(queries.JOURNEYS) if row.id in runs]
    waiting = connection.execute(queries.WAITING).all()
    return Under(
        runs=sum(runs.values()),
        people_by_journey=sorted(journeys, key=lambda journey: -journey[2]),
        waiting={row.channel: row.n for row in waiting},
        next_due=min((row.next_due for row in waiting), default=None),
        arrivals=connection.execute(queries.ARRIVALS).scalar_one(),
    )


def notices(connection: Connection, now: datetime) -> list[Notice]:
    """What wants attention, the worst first."""
    day = {"start": now - timedelta(days=1), "end": now, "earliest": now - timedelta(days=1), "now": now}
    found = [
        Notice(
            "bad",
            "circle-alert",
            f"Version {row.number} of {row.name} is held",
            f"Its own SQL failed, so its people stand still: {row.held_error}",
            f"/journeys/{row.slug}",
            "Look at the journey",
        )
        for row in connection.execute(queries.HELD_VERSIONS)
    ]
    found += [
        Notice(
            "bad",
            "circle-alert",
            f"The segment {row.title} is held",
            "It failed, so its members stay as they are until it is released.",
            f"/audiences/{row.name}",
            "Look at the segment",
        )
        for row in connection.execute(queries.HELD_SEGMENTS)
    ]
    found += [
        Notice(
            "wait",
            "circle-pause",
            f"The {'text' if row.channel == 'sms' else 'email'} sender cannot reach its provider",
            f"Messages wait and go out when it answers again: {row.error or 'no answer'}",
            "/delivery",
            "Look at Delivery",
        )
        for row in connection.execute(queries.PAUSED_SENDERS, day)
    ]
    found += _work_notices(connection, now) + _count_notices(connection, day) + _pool_notices(connection, now)
    return found


def _work_notices(connection: Connection, now: datetime) -> list[Notice]:
    seen = connection.execute(queries.LAST_WORKER).scalar_one()
    if seen is not None and now - seen <= WORKER_SILENCE:
        return []
    meaning = (
        "Events are kept, but journeys and messages stand still. Start one with `antiphon worker` or `antiphon up`."
    )
    return [Notice("bad", "server", "No worker is at work", meaning)]


def _pool_notices(connection: Connection, now: datetime) -> list[Notice]:
    return [
        Notice(
            "bad" if one.left <= 0 else "wait",
            "ticket-percent",
            f"The pool of {one.name} is dry"
            if one.left <= 0
            else f"The pool of {one.name} has {one.left:,} codes left",
            "Who asks for a code gets none, or waits." if one.left <= 0 else "Bring or make more before it runs dry.",
            f"/offers/{one.name}",
            "Fill it",
        )
        for one in offers(connection).values()
        if one.low and one.state(now) in {"open", "dry"}
    ]


def _count_notices(connection: Connection, day: dict[str, datetime]) -> list[Notice]:
    found = []
    if unknown := connection.execute(queries.UNKNOWN, day).scalar_one():
        found.append(
            Notice(
                "wait",
                "circle-help",
                f"{unknown:,} message{'s have' if unknown != 1 else ' has'} an unknown outcome since yesterday",
                "The connection broke while they were handed over. They count as sent and are never sent twice.",
                "/messages?state=unknown",
                "Show them",
            )
        )
    if rejected := connection.execute(queries.REJECTED, day).scalar_one():
        found.append(
            Notice(
                "wait",
                "shield-x",
                f"{rejected:,} arrival{'s were' if rejected != 1 else ' was'} set aside in the last 24 hours",
                "They could not become events. Each is kept with its reason.",
                "/delivery#arrivals",
                "Show them",
            )
        )
    return found
