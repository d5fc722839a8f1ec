"""Learns in the background how often people answer on each channel, and what choosing by it would have gained."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from antiphon.decisions.affinity import queries
from antiphon.decisions.affinity.fitting import assumed, fit
from antiphon.decisions.affinity.gain import Gain, gain, margins
from antiphon.decisions.affinity.gate import DAYS, Gate
from antiphon.decisions.affinity.history import Acts, answered, newest, tally
from antiphon.decisions.affinity.loading import aged
from antiphon.decisions.affinity.models import Counts, Model, counts
from antiphon.decisions.affinity.posterior import rates
from antiphon.decisions.settings import BrandSettings, brand_settings
from antiphon.decisions.timing.queries import ANSWERED
from antiphon.kit.buckets import bucket_of, portions
from antiphon.people.counted import RESPONSES
from antiphon.store.db import Database
from antiphon.store.keys import Ids, keys

log = structlog.get_logger(__name__)

EVERY = timedelta(hours=24)
#: People in each portion whose counts, and whose messages, are read.
SAMPLE = 500
#: The gain is asked of so much time, with the time before it to learn from. An answer counts within 72 hours.
LATER, BEFORE, WITHIN = timedelta(days=30), timedelta(days=365), timedelta(hours=72)
_PORTIONS = portions(16)

Stopping = Callable[[], bool]


def guess(settings: BrandSettings) -> tuple[float, float]:
    """What the brand's settings assume of everybody's answers: of emails and of texts."""
    return settings.email.response, settings.sms.response


def learn_affinity(
    database: Database, now: datetime, *, stopping: Stopping = lambda: False, force: bool = False
) -> dict[str, Any] | None:
    """Refit once a day, or in any case with ``force``; returns what was told of it, None for nothing.

    Broken off, it keeps what was; two at once come to the same, and the first is kept.
    """
    with database.read() as connection:
        last = connection.execute(queries.MODEL).one_or_none()
        stored = connection.execute(queries.SETTINGS).scalar_one_or_none()
    if stored is None or (last is not None and now - last.at < EVERY and not force):
        return None
    settings, began = brand_settings(stored), perf_counter()
    gate, known = _everybody(database, now, stopping)
    if gate is None or not len(known):
        return None
    model = fit(known, guess(settings)) if gate.open else assumed(known, guess(settings))
    gained = _gained(database, now, settings, stopping) if gate.open else None
    if stopping():
        return None
    told = {
        "asked": len(known),
        "gate": gate.document(),
        "gain": gained and gained.document(),
        "used": gained is not None and gained.shown,
        "seconds": round(perf_counter() - began, 2),
    }
    version = 1 if last is None else last.version + 1
    given = {"model": Jsonb(model.document()), "told": Jsonb(told)}
    with database.begin("learn") as connection:
        connection.execute(queries.KEEP, {"version": version, "now": now, **given})
    log.info("affinity learned", version=version, fitted=model.fitted, used=told["used"], people=len(known))
    return told


def _everybody(database: Database, now: datetime, stopping: Stopping) -> tuple[Gate | None, Counts]:
    gate = Gate(0, 0, 0)
    rows: list[Any] = []
    for buckets in _PORTIONS:
        if stopping():
            return None, counts([], [])
        with database.read() as connection:
            asked = {"buckets": keys(buckets), "since": now - timedelta(days=DAYS)}
            gate += Gate(*connection.execute(queries.WRITTEN_TO, asked).one())
            rows += connection.execute(queries.COUNTS, {"buckets": keys(buckets), "limit": SAMPLE}).all()
    table = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 4)
    return gate, aged(table[:, :2], table[:, 2:], int(now.timestamp()))


def _gained(database: Database, now: datetime, settings: BrandSettings, stopping: Stopping) -> Gain | None:
    until = now - WITHIN
    split = until - LATER
    sent, answers, people = _history(database, now, split, until, stopping)
    at = int(split.timestamp())
    done = answered(sent, answers, int(WITHIN.total_seconds()))
    # what was answered after the split nobody knew then
    early, late = sent.at <= at, sent.at > at
    before = answers.of(answers.at <= at)
    known = tally(sent.of(early), answered(sent.of(early), before, int(WITHIN.total_seconds())), people, at)
    later = tally(sent.of(late), done[late], people)
    model = fit(known, guess(settings))
    return gain(by_model(model, known, settings), by_rule(model, newest(before, people), settings), later, settings)


def by_model(model: Model, known: Counts, settings: BrandSettings) -> NDArray[np.int8]:
    """The channel on which a message of average worth brings most, by what each is expected to answer, (n,)."""
    return np.asarray(margins(rates(model, known), settings).argmax(axis=1), np.int8)


def by_rule(model: Model, last: NDArray[np.int64], settings: BrandSettings) -> NDArray[np.int8]:
    """The channel of each one's newest answer, else the one that brings most by everybody's mean, (n,)."""
    mean = margins(np.array([[each.mean for each in model.channels]]), settings).argmax()
    return np.asarray(np.where((last < 0).all(axis=1), mean, last[:, 1] > last[:, 0]), np.int8)


def _history(
    database: Database, now: datetime, split: datetime, until: datetime, stopping: Stopping
) -> tuple[Acts, Acts, int]:
    """Messages and answers of some people, and how many these are."""
    given = {"since": split - BEFORE, "until": until, "now": now}
    sent: list[Sequence[int]] = []
    answers: list[Sequence[int]] = []
    for buckets in _PORTIONS:
        if stopping():
            break
        with database.read() as connection:
            which = {"buckets": keys(buckets), "split": split, "limit": SAMPLE}
            people = [row.person for row in connection.execute(queries.ON_BOTH, which)]
            asked = {"buckets": keys([bucket_of(each) for each in people]), "people": Ids(people)}
            sent += connection.execute(queries.SENT, {**asked, "since": given["since"], "until": until}).all()
            answered_ = {**asked, "since": given["since"], "now": now, "responses": list(RESPONSES)}
            answers += connection.execute(ANSWERED, answered_).all()
    both = np.array([tuple(row) for row in (*sent, *answers)], np.int64).reshape(-1, 3)
    ids, number = np.unique(both[:, 0], return_inverse=True)
    acts = Acts(number.astype(np.int64), both[:, 1], both[:, 2])
    first = np.arange(len(both)) < len(sent)
    return acts.of(first), acts.of(~first), len(ids)
