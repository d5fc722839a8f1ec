"""What is kept beside a decision of whose hours it was made by."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import orjson

from antiphon.decisions.models import EMAIL, NO_CHANNEL, Batch, Decisions
from antiphon.decisions.timing.arms import SHARE
from antiphon.decisions.timing.models import Arm

_DRAWN = (Arm.RANDOM, Arm.BRAND, Arm.OWN)


def _counts(batch: Batch) -> list[bool]:
    """Whether each row has hours of its own and may wait for them."""
    if batch.own is None:
        return [False] * len(batch)
    patient = np.array([not policy.urgent for policy in batch.policies], np.bool_)[batch.policy]
    return list(((batch.own.which >= 0) & patient).tolist())


def drawn_arms(batch: Batch) -> list[int | None]:
    """The arm of each row whose hour was drawn by lot, else None."""
    if batch.own is None:
        return [None] * len(batch)
    arms = zip(_counts(batch), batch.own.arm.tolist(), strict=True)
    return [arm if counts and arm != Arm.REST else None for counts, arm in arms]


def tell_hours(batch: Batch, made: Decisions, whole: Iterator[bytes]) -> Iterator[bytes]:
    """The JSON of each row with ``timing``: by whose hours, by which arm, how likely that arm was, by which model."""
    own = batch.own
    if own is None:
        yield from whole
        return

    @cache
    def told(arm: int, channel: int) -> bytes:
        gains = own.gains[max(channel, EMAIL)]
        by = {Arm.RANDOM: "random", Arm.BRAND: "brand", Arm.OWN: "own", Arm.REST: "own" if gains else "brand"}[Arm(arm)]
        drawn = arm in _DRAWN
        propensity = SHARE if drawn else 1 - len(_DRAWN) * SHARE
        words = {"hours": by, "drawn": drawn, "propensity": round(propensity, 2), "model": own.model}
        return b',"timing":%b}' % orjson.dumps(words)

    rows = zip(whole, _counts(batch), own.arm.tolist(), made.channel.tolist(), strict=True)
    for each, counts, arm, channel in rows:
        yield each[:-1] + told(arm, channel) if counts and channel != NO_CHANNEL else each
