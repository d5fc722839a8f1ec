"""Turns what was done with links and pictures into events, a few seconds later, with what is known of who did it by then."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.addresses.erased import SHARE_ERASURES
from antiphon.content.links import TRAP
from antiphon.delivery import queries
from antiphon.delivery.clicks import Click, Open
from antiphon.delivery.judging import BUSY, BUSY_WITHIN, JUDGED_AFTER, KEPT, judge_click, judge_open
from antiphon.delivery.touches import Touch
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.models import Arrival
from antiphon.store.db import Database

LIMIT = 1_000

#: Abucket and id of a message.
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """``more``: there are touches left that may be judged; ``next_due``: when the next one may be."""

    judged: int = 0
    more: bool = False
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known beside the touches that are judged."""

    messages: dict[_Place, Any]
    links: dict[_Place, list[str]]
    touches: dict[_Place, list[tuple[int, Touch]]]
    crowds: set[tuple[int, str]]


def judge(database: Database, now: datetime | None) -> JudgeReport:
    """Judge what is old enough; one worker at a time. ``None`` is the database's clock."""
    with database.read() as connection:
        first: datetime | None = connection.execute(queries.NEXT_TOUCH).scalar_one()
        ripe = first is not None and bool(_ripe(connection, now, 1))
    if not ripe:
        return JudgeReport(next_due=first + JUDGED_AFTER if first else None)
    with database.begin("judge") as connection:
        if not connection.execute(queries.TRY_JUDGE).scalar_one():
            return JudgeReport()
        connection.execute(SHARE_ERASURES)  # or an address would come in that an erasure has just looked for
        rows = _ripe(connection, now, LIMIT)
        if not rows:
            return JudgeReport()
        known = _look_up(connection, rows)
        arrivals = [found for row in rows if (found := _event(row, known)) is not None]
        received = write_arrivals(connection, arrivals, now)
        which = {"abuckets": [row.abucket for row in rows], "ids": [row.id for row in rows]}
        connection.execute(queries.JUDGED, {**which, "now": received})
        connection.execute(queries.FORGET_TOUCHES, {"before": received - KEPT})
        left: datetime | None = connection.execute(queries.NEXT_TOUCH).scalar_one()
    return JudgeReport(len(rows), len(rows) == LIMIT, left + JUDGED_AFTER if left else None)


def _ripe(connection: Connection, now: datetime | None, limit: int) -> Sequence[Row[Any]]:
    return connection.execute(queries.RIPE_TOUCHES, {"now": now, "after": JUDGED_AFTER, "limit": limit}).all()


def _look_up(connection: Connection, rows: Sequence[Row[Any]]) -> _Known:
    places = sorted({(row.abucket, row.message) for row in rows})
    which = {"abuckets": [abucket for abucket, _ in places], "ids": [message for _, message in places]}
    messages = {(m.abucket, m.id): m for m in connection.execute(queries.TOUCHED_MESSAGES, which)}
    links = {(m.abucket, m.message): m.links or [] for m in connection.execute(queries.TOUCHED_LINKS, which)}
    touches: dict[_Place, list[tuple[int, Touch]]] = defaultdict(list)
    for row in connection.execute(queries.TOUCHES_OF, which):
        touches[row.abucket, row.message].append((row.id, _touch(row)))
    return _Known(messages, links, touches, _crowds(connection, rows))


def _crowds(connection: Connection, rows: Iterable[Row[Any]]) -> set[tuple[int, str]]:
    """Callers that click for too many readers of one domain."""
    clicks = [row for row in rows if row.kind == "click" and row.caller is not None]
    if not clicks:
        return set()
    given = {
        "callers": sorted({row.caller for row in clicks}),
        "since": min(row.at for row in clicks) - BUSY_WITHIN,
        "until": max(row.at for row in clicks) + JUDGED_AFTER,
    }
    found = connection.execute(queries.CROWDS, given)
    return {(row.caller, row.domain) for row in found if row.readers > BUSY}


def _touch(row: Row[Any]) -> Touch:
    return Touch(row.abucket, row.message, row.kind, row.link, row.method, row.at, row.agent, row.self_told, row.caller)


def _event(row: Row[Any], known: _Known) -> Arrival | None:
    """The event of a touch; none of the link that nobody sees, of a message that is no more, or of somebody erased."""
    place = (row.abucket, row.message)
    message, touch = known.messages.get(place), _touch(row)
    if message is None or message.address.startswith("erased:"):
        return None
    about = (message.journey, message.version, message.step, row.at, row.agent)
    if row.kind == "open":
        opened = Open(row.message, message.address, *about, judge_open(touch, message.gone_at))
        return Arrival("links", opened.message_id, "track", row.at, False, opened.item())
    links = known.links.get(place, [])
    if row.link == TRAP or row.link >= len(links):
        return None
    others = [other for number, other in known.touches[place] if number != row.id]
    crowd = (row.caller, message.address.partition("@")[2]) in known.crowds
    verdict = judge_click(touch, others, len(links), message.gone_at, crowd=crowd)
    click = Click(links[row.link], row.link, row.message, message.channel, message.address, *about, verdict)
    return Arrival("links", click.message_id, "track", row.at, False, click.item())
