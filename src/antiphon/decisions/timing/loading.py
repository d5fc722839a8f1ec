"""People's own hours, for whom a decision may choose them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from antiphon.decisions.models import CHANNELS, Batch
from antiphon.decisions.timing import queries
from antiphon.decisions.timing.answers import Answers, answer_factors, read_answers
from antiphon.decisions.timing.arms import draw, drawn
from antiphon.decisions.timing.counting import counts, grown
from antiphon.decisions.timing.curves import Curves
from antiphon.decisions.timing.gain import Arms, Gain, gain
from antiphon.decisions.timing.hours import factors
from antiphon.decisions.timing.models import Arm, Own
from antiphon.store.keys import Ids, keys

#: Acts that somebody must have done, as many as they are still worth, to have hours of their own.
LEAST_ACTS = 3.0


def own_hours(connection: Connection, columns: Mapping[str, Sequence[Any]], batch: Batch) -> Own | None:
    """Beside each row; None where nothing can wait, or where nothing was learned yet."""
    patient = np.array([not policy.urgent for policy in batch.policies], np.bool_)[batch.policy]
    if not patient.any():
        return None
    model = connection.execute(queries.MODEL).one_or_none()
    if model is None:
        return None
    people = np.array(columns["person"], np.int64)
    asked = dict(zip(people[patient].tolist(), np.array(columns["bucket"])[patient].tolist(), strict=True))
    given = {"buckets": keys(list(asked.values())), "people": Ids(asked), "least": LEAST_ACTS * grown(batch.now)}
    rows = connection.execute(queries.RHYTHMS, given).all()
    if not rows:
        return None
    acts = counts([(bytes(row.hours), row.acts) for row in rows], batch.now)
    found = factors(acts, np.array(model.hours), model.kappa)
    answers = read_answers(connection)
    # as exact as they are kept beside decisions, so that deciding again gives the same
    found = found.astype(np.float16).astype(np.float32)
    ids = np.array([row.person for row in rows], np.int64)
    order = np.argsort(ids)
    place = np.minimum(np.searchsorted(ids, people, sorter=order), len(ids) - 1)
    which = np.where(patient & (ids[order[place]] == people), order[place], -1).astype(np.int32)
    arm = np.where(which >= 0, draw(batch.die, batch.now, drawn(answers)), np.int8(Arm.REST)).astype(np.int8)
    known = gains(connection)
    if answers is None:
        return Own(which, arm, found.reshape(len(ids), -1), _shown(known), model.version)
    by_answers = gains(connection, Arm.ANSWERS)
    rest = more(by_answers, known)
    found = _by_answers(found, answers, rows, which[(arm == Arm.ANSWERS) | ((arm == Arm.REST) & rest)])
    gain_of = _shown(by_answers if rest else known)
    return Own(which, arm, found.reshape(len(ids), -1), gain_of, model.version, (answers.version, rest))


def _by_answers(found: Curves, answers: Answers, rows: Sequence[Any], which: NDArray[np.int32]) -> Curves:
    """The factors (m, 2, 24) of acts, those of some in ``which`` by answers too."""
    some = np.unique(which[which >= 0])
    told = [rows[row].answers for row in some.tolist()]
    found[some] = answer_factors(answers, told, found[some]).astype(np.float16)
    return found


def more(answers: Mapping[str, Gain | None], own: Mapping[str, Gain | None]) -> bool:
    """Whether the rest goes by answers: they are shown to gain somewhere, and more there than own hours are."""
    pairs = [(gain, own[name]) for name, gain in answers.items() if gain and gain.shown]
    return any(other is None or not other.shown or gain.share >= other.share for gain, other in pairs)


def _shown(known: Mapping[str, Gain | None]) -> tuple[bool, bool]:
    email, sms = (bool((each := known[name]) and each.shown) for name in CHANNELS)
    return email, sms


def gains(connection: Connection, arm: Arm = Arm.OWN) -> dict[str, Gain | None]:
    """What the hours of an arm gain over the brand's best on each channel; None while too little is known."""
    rows = {(row.channel, row.arm): (row.messages, row.answered) for row in connection.execute(queries.ARMS)}
    return {name: gain(Arms(*rows.get((name, arm), (0, 0)), *rows.get((name, Arm.BRAND), (0, 0)))) for name in CHANNELS}
