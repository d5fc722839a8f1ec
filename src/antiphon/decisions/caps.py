"""A journey's own cap: how many messages of it each person has had, or is to have, in the cap's time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from antiphon.decisions import queries
from antiphon.decisions.models import Batch, Index
from antiphon.store.keys import Ids, keys


def sent(
    connection: Connection, columns: Mapping[str, Sequence[Any]], batch: Batch, now: datetime, called_off: list[int]
) -> Index | None:
    """Beside each intent of a journey that has a cap; None where none has one, which asks nothing."""
    pers: dict[int, timedelta] = {}
    capped = []
    for row, policy in enumerate(batch.policy.tolist()):
        cap = batch.policies[policy].cap
        if cap is not None:
            capped.append(row)
            journey = columns["journey"][row]
            pers[journey] = max(cap.per, pers.get(journey, cap.per))
    if not capped:
        return None
    whose = dict.fromkeys((columns["bucket"][row], columns["person"][row]) for row in capped)
    given = {
        "buckets": keys([bucket for bucket, _ in whose]),
        "people": Ids(person for _, person in whose),
        "journeys": list(pers),
        "at": now,
        "since": now - max(pers.values()),
        "called_off": called_off,
    }
    found = connection.execute(queries.SENT_OF_JOURNEYS, given).all()
    counted = Counter((row.person, row.journey) for row in found if row.due_at > now - pers[row.journey])
    return np.array([counted[pair] for pair in zip(columns["person"], columns["journey"], strict=True)], dtype=np.int32)
