"""How often people are expected to answer, for those about whom is decided."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from antiphon.decisions.affinity import queries
from antiphon.decisions.affinity.models import Affinity, Counts, counts, model_of
from antiphon.decisions.affinity.posterior import rates
from antiphon.people.engagement import halvings


def aged(sends: Any, answers: Any, now: int) -> Counts:
    """Counts as of ``now`` (seconds of the epoch) from those of ``people.engagement.EPOCH``."""
    worth = 2 ** -halvings(datetime.fromtimestamp(now, UTC))
    return counts(np.asarray(sends, np.float64) * worth, np.asarray(answers, np.float64) * worth)


def affinity(connection: Connection, columns: Mapping[str, Sequence[Any]], now: int) -> Affinity | None:
    """Beside each row; None where nothing is learned yet.

    As long as the model is on probation everybody is expected to answer as everybody's mean does.
    """
    row = connection.execute(queries.MODEL).one_or_none()
    if row is None or not row.model["fitted"]:
        return None
    model, used = model_of(row.model), bool(row.told["used"])
    sends, answers = (
        np.array([columns[f"{channel}_{name}"] for channel in ("email", "sms")], np.float64).T
        for name in ("sends", "answers")
    )
    known = aged(sends, answers, now)
    everybody = np.array([each.mean for each in model.channels])
    expected = rates(model, known) if used else np.broadcast_to(everybody, known.sends.shape)
    return Affinity(expected.astype(np.float32), np.asarray((known.sends > 0).any(axis=1)), used, row.version)
