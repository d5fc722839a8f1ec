"""Learns in the background: the brand's curve, kappa, and what came of hours drawn by lot."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from antiphon.decisions.timing import queries
from antiphon.decisions.timing.answering import learn_answers
from antiphon.decisions.timing.counting import NAMES, SLOTS, grown
from antiphon.decisions.timing.curves import HOURS, decayed
from antiphon.decisions.timing.fitting import Past, fit
from antiphon.decisions.timing.reading import Acts, told_acts
from antiphon.decisions.timing.sessions import Sessions, ages, sessions
from antiphon.kit.buckets import bucket_of, portions
from antiphon.people.counted import RESPONSES
from antiphon.store.db import Database
from antiphon.store.keys import Ids, keys

log = structlog.get_logger(__name__)

EVERY = timedelta(hours=24)
#: Acts of so many people in each portion are read, with so many acts at least, to learn kappa.
SAMPLE, LEAST = 250, 5
HISTORY = timedelta(days=730)
#: An answer counts within this of when the message was due. Days are counted once it has passed for all of them.
WITHIN = timedelta(hours=72)
#: How far back outcomes are looked for when none were counted yet.
_FIRST = timedelta(days=90)
_PORTIONS = portions(16)

Stopping = Callable[[], bool]


def learn_hours(
    database: Database, now: datetime, *, stopping: Stopping = lambda: False, force: bool = False
) -> dict[str, Any] | None:
    """Refit once a day, or in any case with ``force``; returns what was told of it, None for nothing.

    Broken off, it keeps what was; two at once come to the same, and the first is kept.
    """
    with database.read() as connection:
        last = connection.execute(queries.MODEL).one_or_none()
    if last is not None and now - last.at < EVERY and not force:
        return None
    count_outcomes(database, now, stopping=stopping)
    began = perf_counter()
    people, everybody = _everybody(database, stopping)
    if not people:
        return None
    past = _past(sessions(_sample(database, now, stopping), LEAST))
    # as events of now: the brand's acts decay like those of its people
    model = fit(everybody.reshape(2, HOURS).sum(axis=0) / grown(now.timestamp()), past)
    told = {
        "people": people,
        "asked": len(past.events),
        "by_evidence": model.by_evidence,
        "by_later": model.by_later,
        "seconds": round(perf_counter() - began, 2),
    }
    version = 1 if last is None else last.version + 1
    given = {"hours": model.brand.tolist(), "kappa": model.kappa, "told": Jsonb(told)}
    with database.begin("learn") as connection:
        connection.execute(queries.KEEP, {"version": version, "now": now, **given})
    log.info("send times learned", version=version, kappa=round(model.kappa, 1), **told)
    learn_answers(database, now, stopping=stopping)
    return told


def _everybody(database: Database, stopping: Stopping) -> tuple[int, NDArray[np.float64]]:
    people, total = 0, np.zeros(SLOTS)
    for buckets in _PORTIONS:
        if stopping():
            return 0, total
        with database.read() as connection:
            number, *sums = connection.execute(queries.EVERYBODY, {"buckets": keys(buckets)}).one()
        if number:
            people += number
            total += np.array(sums, np.float64)
    return people, total


def _sample(database: Database, now: datetime, stopping: Stopping) -> Acts:
    rows: list[tuple[int, int, int]] = []
    given = {"since": now - HISTORY, "now": now, "names": list(NAMES)}
    least = LEAST * grown((now - HISTORY).timestamp())
    for buckets in _PORTIONS:
        if stopping():
            break
        with database.read() as connection:
            found = connection.execute(
                queries.SAMPLE, {"buckets": keys(buckets), "least": least, "limit": SAMPLE}
            ).all()
            zone = connection.execute(queries.ZONE).scalar_one()
            people = [row.person for row in found]
            which = {"buckets": keys([bucket_of(person) for person in people]), "people": Ids(people), "zone": zone}
            rows += [tuple(row) for row in connection.execute(queries.ACTS, {**which, **given})]
    return told_acts(rows)


def _past(known: Sessions) -> Past:
    """The first 70 % of what each did, and the rest."""
    seen = known.rank < known.cut[known.person]
    worth = known.counts(seen, decayed(ages(known, seen)))
    return Past(worth.sum(axis=1), known.counts(seen).sum(axis=1), known.counts(~seen).sum(axis=1))


def count_outcomes(database: Database, now: datetime, *, stopping: Stopping = lambda: False) -> int:
    """Count what came of drawn hours on all days that are over by three; returns of how many rows."""
    until = datetime.combine((now - WITHIN).astimezone(UTC).date(), datetime.min.time(), UTC)
    with database.read() as connection:
        last: date | None = connection.execute(queries.LAST_DAY).scalar_one()
    since = until - _FIRST if last is None else datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
    if since >= until:
        return 0
    totals: dict[tuple[int, str, int], tuple[int, int]] = {}
    given: dict[str, Any] = {"since": since, "until": until, "within": WITHIN, "responses": list(RESPONSES)}
    with database.read() as connection:
        given["called_off"] = [row.origin for row in connection.execute(queries.CALLED_OFF, {"since": since})]
    for buckets in _PORTIONS:
        if stopping():
            return 0
        with database.read() as connection:
            for row in connection.execute(queries.OUTCOMES, {"buckets": keys(buckets), **given}):
                messages, answered = totals.get((row.day, row.channel, row.arm), (0, 0))
                totals[row.day, row.channel, row.arm] = (messages + row.messages, answered + row.answered)
    if totals:
        epoch = date(1970, 1, 1)
        values = {
            "days": [epoch + timedelta(days=day) for day, _, _ in totals],
            "channels": [channel for _, channel, _ in totals],
            "arms": [arm for _, _, arm in totals],
            "messages": [messages for messages, _ in totals.values()],
            "answered": [answered for _, answered in totals.values()],
        }
        with database.begin("learn") as connection:
            connection.execute(queries.WRITE_OUTCOMES, values)
    return len(totals)
