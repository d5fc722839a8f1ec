"""The hours in which people answer: the brand's own counts, shrunk to a curve that ships."""

import numpy as np
import numpy.typing as npt

from antiphon.decisions.models import Amount

#: Relative responses by local hour, midnight first. Written by hand, not measured: no public log of answers to
#: marketing messages exists. It says no more than that people sleep at night and that lunch and evening are a little
#: better than the rest of the day; the brand's own responses replace it as they come in.
SHIPPED = np.array([
    0.35, 0.22, 0.15, 0.12, 0.15, 0.30, 0.60, 0.90, 1.10, 1.25, 1.30, 1.30,
    1.40, 1.30, 1.20, 1.15, 1.15, 1.20, 1.30, 1.45, 1.50, 1.35, 1.00, 0.60,
])  # fmt: skip

#: How many responses the shipped curve counts as. With as many of its own, a brand's curve is half its own.
WEIGHT = 200.0


def hour_factors(counts: npt.NDArray[np.int64]) -> Amount:
    """How much better than the mean each local hour is, from a brand's responses by hour; any shape (…, 24), mean 1.

    Counts are of responses, not of rates by exposure: they follow the hours at which the brand wrote, as well as
    people's own. The share of a clock hour moves no further than the evidence: (n + w * shipped) / (N + w).
    """
    prior = SHIPPED / SHIPPED.sum()
    share = (counts + WEIGHT * prior) / (counts.sum(axis=-1, keepdims=True) + WEIGHT)
    return np.asarray(share * 24, dtype=np.float32)
