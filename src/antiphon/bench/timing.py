"""Send time: the hours at which many people are met best."""

from time import perf_counter

import numpy as np

from antiphon.bench.models import Measured
from antiphon.bench.world import World, timer
from antiphon.decisions.curves import SHIPPED
from antiphon.decisions.timing.curves import HOURS
from antiphon.decisions.timing.hours import CHUNK, best_hours

#: Acts of a person, on average; most have few.
_ACTS = 6.0


def timing(world: World) -> Measured:
    """People's best hours a second on two cores, work days and weekends, from what each did; all but the night permitted.

    Beside it the least that it takes: the best of 48 ready float32 numbers by ``argmax``, on one core.
    """
    number = world.sizes.people
    draw = np.random.default_rng(1)
    brand = SHIPPED / SHIPPED.sum()
    some = draw.poisson(_ACTS * draw.gamma(0.5, 2, (CHUNK, 1, 1)) * brand / 2, (CHUNK, 2, HOURS)).astype(np.float32)
    counts = np.tile(some, (-(-number // CHUNK), 1, 1))[:number]
    permitted = np.isin(np.arange(HOURS), np.arange(8, 21))
    with timer() as took:
        found = best_hours(counts, brand, 16.0, permitted, threads=2)
    if not permitted[found].all():
        raise RuntimeError("somebody's best hour is at night")
    return Measured(took.rate(number), _floor(some, number), "people", "best of 48 ready numbers by argmax, one core")


def _floor(ready: np.ndarray[tuple[int, ...], np.dtype[np.float32]], number: int) -> float:
    done, start = 0, perf_counter()
    while done < number:
        ready.argmax(axis=-1)
        done += len(ready)
    return done / (perf_counter() - start)
