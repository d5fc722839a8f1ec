"""Runs scenarios one after another on one throw-away installation and reports each beside its floor."""

from collections.abc import Callable, Mapping, Sequence

from antiphon.bench import (
    audiences,
    deciding,
    engaging,
    flowing,
    moving,
    planning,
    rendering,
    sending,
    stepping,
    storming,
    taking_in,
    timing,
)
from antiphon.bench.memory import Peak
from antiphon.bench.models import Measured, Result, Sizes
from antiphon.bench.world import World, world
from antiphon.kit.errors import AntiphonError

SCENARIOS: Mapping[str, Callable[[World], Measured]] = {
    "ingest": taking_in.ingest,
    "resolve": taking_in.resolving,
    "identify": taking_in.identifying,
    "enrol": moving.enrol,
    "advance": moving.advance,
    "idle": stepping.idle,
    "split": stepping.split,
    "enter": stepping.enter,
    "flow": flowing.flow,
    "aged": flowing.aged,
    "snapshot": flowing.snapshot,
    "lateness": flowing.lateness,
    "burst": flowing.burst,
    "storm": storming.storm,
    "ending": storming.ending,
    "engage": engaging.engage,
    "segments": audiences.keeping,
    "count": audiences.counting,
    "choose": deciding.choosing,
    "decide": planning.deciding,
    "plan": planning.planning,
    "timing": timing.timing,
    "templates": rendering.templates,
    "render": rendering.render,
    "texts": rendering.texts,
    "dispatch": sending.dispatch,
}


def run_bench(
    sizes: Sizes | None = None,
    names: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Run scenarios (all, where none is named) with the durability that ships.

    ``progress`` is told what begins. Figures of a busy machine say little: read the ratios, which are of one run.
    """
    for name in names:
        if name not in SCENARIOS:
            raise AntiphonError(f"There is no scenario {name!r}.", f"Choose among {', '.join(SCENARIOS)}.")
    found = []
    with world(sizes or Sizes()) as ours:
        for name in names or tuple(SCENARIOS):
            progress(name)
            with Peak(ours.postmaster) as peak:
                measured = SCENARIOS[name](ours)
            found.append(_result(name, measured, peak.mb))
    return found


def _result(name: str, measured: Measured, peak: float) -> Result:
    rate, floor = round(measured.rate, 1), round(measured.floor, 1)
    ratio = round(measured.rate / measured.floor, 4)
    return Result(name, rate, floor, ratio, round(peak, 1), measured.unit, measured.against)
