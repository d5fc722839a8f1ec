"""Where a function is highest: of one number by a golden section, of several by Newton's steps."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_GOLDEN = (5**0.5 - 1) / 2
_STEPS, _NEAR = 50, 1e-8

Floats = NDArray[np.float64]


def between(worth: Callable[[float], float], low: float, high: float, precision: float) -> float:
    """Where ``worth``, with a single top, is highest between two numbers, within ``precision``."""
    inner, outer = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_inner, at_outer = worth(inner), worth(outer)
    while high - low > precision:
        if at_inner >= at_outer:
            high, outer, at_outer = outer, inner, at_inner
            inner = high - _GOLDEN * (high - low)
            at_inner = worth(inner)
        else:
            low, inner, at_inner = inner, outer, at_outer
            outer = low + _GOLDEN * (high - low)
            at_outer = worth(outer)
    return (low + high) / 2


def newton(worth: Callable[[Floats], float], step: Callable[[Floats], Floats], start: Floats) -> Floats:
    """Where the concave ``worth`` of a vector is highest: from ``start`` by Newton's ``step``, halved while it leads down."""
    found, before = start.copy(), worth(start)
    for _ in range(_STEPS):
        way, size = step(found), 1.0
        while (now := worth(found + size * way)) < before and size > _NEAR:
            size /= 2
        found = found + size * way
        if now - before < _NEAR * (1 + abs(before)):
            break
        before = now
    return found
