"""Learns when people answer, in the background and a portion at a time: see ``hazard`` and ``combining``.

What is common to all is learned from some; each person's own rhythm is then worked out of it, page by page, under the locks of
their buckets. How much that and people's acts weigh is asked of messages that came later than all that they were learned from.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from antiphon.decisions.timing import queries
from antiphon.decisions.timing.answers import mixed, written
from antiphon.decisions.timing.combining import NOTHING, Later, Weight, combine
from antiphon.decisions.timing.counting import NAMES
from antiphon.decisions.timing.curves import HOURS, decayed, person_curves
from antiphon.decisions.timing.exposure import Exposed, exposed
from antiphon.decisions.timing.gain import LEAST_ANSWERS
from antiphon.decisions.timing.hazard import Hazard, fit, people, reach
from antiphon.decisions.timing.messages import HISTORY, Messages, joined, pages
from antiphon.decisions.timing.messages import LEAST_ANSWERS as LEAST_OWN
from antiphon.decisions.timing.reading import told_acts
from antiphon.decisions.timing.sessions import ages, sessions
from antiphon.decisions.timing.windows import WINDOW, window_sums
from antiphon.kit.buckets import bucket_of, portions
from antiphon.store.db import Database
from antiphon.store.keys import Ids, keys
from antiphon.store.locks import lock_buckets

log = structlog.get_logger(__name__)

#: Messages that must have been delivered before anything is learned of answers.
LEAST_DELIVERED = 50_000
#: People of each portion that what is common is learned from, at most; those who answered often enough.
SAMPLE = 500
#: Which part of all messages comes before those that weights are asked of.
SPLIT = 0.7
#: Later messages that weights are asked of, at most.
MOST_LATER = 100_000

_PORTIONS = portions(16)

Floats = NDArray[np.float64]


def learn_answers(
    database: Database, now: datetime, *, stopping: Callable[[], bool] = lambda: False, least: int = LEAST_DELIVERED
) -> dict[str, Any] | None:
    """A new version, from all that people were sent; returns what was told of it, None where nothing is to be learned.

    Broken off, it keeps what was; of two at once the first is kept.
    """
    began = perf_counter()
    with database.read() as connection:
        delivered = connection.execute(queries.DELIVERED).scalar_one()
        model = connection.execute(queries.MODEL).one_or_none()
        last = connection.execute(queries.ANSWERS_MODEL).one_or_none()
    if delivered < least or model is None:
        return None
    found = _sample(database, now, stopping)
    if found is None:
        return None
    seen = exposed(found.sends, len(found.people))
    common = fit(seen)
    brand = np.array(model.hours)
    weights = _weights(database, found, brand, model.kappa, now)
    answers = seen.answers.sum(axis=(0, 2, 3), dtype=np.float64)
    kept, fingerprint = written(common, answers, weights, window_sums(brand) * (HOURS / WINDOW))
    told = {"delivered": delivered, "people": len(found.people), "answers": int(answers.sum())}
    version = 1 if last is None else last.version + 1
    with database.begin("learn") as connection:
        given = {"version": version, "now": now, "fingerprint": fingerprint, "model": Jsonb(kept), "told": Jsonb(told)}
        connection.execute(queries.KEEP_ANSWERS, given)
    own = sum(_write(database, now, buckets, common, weights[0]) for buckets in _PORTIONS if not stopping())
    told |= {"own": own, "seconds": round(perf_counter() - began, 2)}
    log.info("answers learned", version=version, fingerprint=fingerprint, **told)
    return {"version": version, "fingerprint": fingerprint, **kept, **told}


def _sample(database: Database, now: datetime, stopping: Callable[[], bool]) -> Messages | None:
    parts: list[Messages] = []
    for buckets in _PORTIONS:
        if stopping():
            return None
        parts += islice(pages(database, now, buckets, SAMPLE), 1)
    return joined(parts) if parts else None


def _weights(database: Database, found: Messages, brand: Floats, kappa: float, now: datetime) -> tuple[Weight, Weight]:
    """By messages of the last part of the time; learned from what was known when the first of them left."""
    split = int(np.quantile(found.at, SPLIT))
    rows = found.later(split, int(now.timestamp()))
    if len(rows) > MOST_LATER:
        rows = rows[np.linspace(0, len(rows) - 1, MOST_LATER).astype(np.int64)]
    sends = found.sends.rows(rows)
    if sends.answered.sum() < LEAST_ANSWERS:
        return NOTHING, NOTHING
    seen = exposed(found.before(split), len(found.people))
    common = fit(seen)
    hour = np.floor(sends.hour).astype(np.int64)
    ready, own = _own(seen, common)
    acts = _acts(database, found.people, brand, kappa, split)
    speak = np.stack([own[sends.person, hour], acts[sends.person, hour]], axis=1)
    return combine(
        Later(sends.answered, sends.person, hour, found.origin[rows], np.log(ready[sends.person, sends.channel]), speak)
    )


def _own(seen: Exposed, common: Hazard) -> tuple[Floats, Floats]:
    """People's readiness (people, 2), and how much more than everybody's their rhythm speaks for each hour (people, 24)."""
    ready, rhythm = people(seen, common)
    fades = mixed(common.fades, seen.answers.sum(axis=(0, 2, 3), dtype=np.float64))
    found = np.log(reach(rhythm, fades) / reach(common.rhythm, fades))
    found[seen.answers.sum(axis=(1, 2, 3)) < LEAST_OWN] = 0
    return ready, found


def _acts(database: Database, ids: NDArray[np.int64], brand: Floats, kappa: float, split: int) -> Floats:
    """How much more than everybody's the acts of people before ``split`` speak for each hour (people, 24)."""
    until = datetime.fromtimestamp(split, UTC)
    rows: list[Any] = []
    for start in range(0, len(ids), SAMPLE):
        some = ids[start : start + SAMPLE].tolist()
        which = {"buckets": keys([bucket_of(person) for person in some]), "people": Ids(some)}
        with database.read() as connection:
            zone = connection.execute(queries.ZONE).scalar_one()
            given = {"zone": zone, "since": until - HISTORY, "now": until, "names": list(NAMES)}
            rows += [tuple(row) for row in connection.execute(queries.ACTS, {**which, **given})]
    found = np.zeros((len(ids), HOURS))
    if not rows:
        return found
    known = sessions(told_acts(rows), 1)
    every = np.ones(len(known.at), np.bool_)
    worth = known.counts(every, decayed(ages(known, every))).sum(axis=1)
    speak = np.log(window_sums(person_curves(worth, brand, kappa)) / window_sums(brand))
    found[np.searchsorted(ids, np.unique([row[0] for row in rows]))] = speak
    return found


def _write(database: Database, now: datetime, buckets: Sequence[int], common: Hazard, weight: Weight) -> int:
    """Work out the own rhythm of everybody in some buckets who answered often enough; nobody's where it weighs nothing."""
    written_to = 0
    people_of: list[int] = []
    rhythms: list[list[float]] = []
    for page in pages(database, now, buckets) if weight.used else ():
        _, rhythm = people(exposed(page.sends, len(page.people)), common)
        people_of += page.people.tolist()
        rhythms += np.round(rhythm, 4).tolist()
    with database.begin("learn", durable=False) as connection:
        lock_buckets(connection, buckets)
        connection.execute(queries.FORGET_ANSWERS, {"buckets": keys(buckets), "people": Ids(people_of)})
        if people_of:
            written_to = _note(connection, people_of, rhythms)
    return written_to


def _note(connection: Connection, people_of: list[int], rhythms: list[list[float]]) -> int:
    given = {"buckets": keys([bucket_of(person) for person in people_of]), "people": Ids(people_of)}
    texts = ["{" + ",".join(map(str, rhythm)) + "}" for rhythm in rhythms]
    return connection.execute(queries.NOTE_ANSWERS, {**given, "rhythms": texts}).rowcount
