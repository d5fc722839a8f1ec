"""People's own hours, for whom a decision may choose them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from antiphon.decisions.models import CHANNELS, Batch
from antiphon.decisions.timing import queries
from antiphon.decisions.timing.arms import draw
from antiphon.decisions.timing.counting import counts, grown
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
    found = factors(
        counts([(bytes(row.hours), row.acts) for row in rows], batch.now), np.array(model.hours), model.kappa
    )
    # as exact as they are kept beside decisions, so that deciding again gives the same
    found = found.astype(np.float16).astype(np.float32)
    ids = np.array([row.person for row in rows], np.int64)
    order = np.argsort(ids)
    place = np.minimum(np.searchsorted(ids, people, sorter=order), len(ids) - 1)
    which = np.where(patient & (ids[order[place]] == people), order[place], -1).astype(np.int32)
    arm = np.where(which >= 0, draw(batch.die, batch.now), np.int8(Arm.REST)).astype(np.int8)
    known = gains(connection)
    shown = tuple(bool((each := known[name]) and each.shown) for name in CHANNELS)
    return Own(which, arm, found.reshape(len(ids), -1), (shown[0], shown[1]), model.version)


def gains(connection: Connection) -> dict[str, Gain | None]:
    """What own hours gain on each channel; None while too little is known."""
    rows = {(row.channel, row.arm): (row.messages, row.answered) for row in connection.execute(queries.ARMS)}
    return {
        name: gain(Arms(*rows.get((name, Arm.OWN), (0, 0)), *rows.get((name, Arm.BRAND), (0, 0)))) for name in CHANNELS
    }
