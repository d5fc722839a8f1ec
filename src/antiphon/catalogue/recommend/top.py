"""The best of many scores, the same every time."""

import numpy as np

from antiphon.catalogue.recommend.models import Ints, Scores


def top(scores: Scores, number: int) -> Ints:
    """The places of the greatest scores, best first; of equal ones the lower place. Minus infinity is never taken.

    Shorter than ``number`` where there are fewer.
    """
    number = min(number, len(scores))
    if number == 0:
        return np.empty(0, np.int32)
    least = np.partition(scores, len(scores) - number)[len(scores) - number]
    places = np.flatnonzero((scores >= least) & (scores > -np.inf))
    return places[np.argsort(-scores[places], kind="stable")][:number].astype(np.int32)
