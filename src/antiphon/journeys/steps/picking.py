"""Steps that pick one of several ways by a number: the first way is 0."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Subquery, case, func, literal
from sqlalchemy.dialects.postgresql import array

from antiphon.journeys.steps.base import LIMIT, MOVE_COLUMNS, Compilation, move_select


def check_names(names: Sequence[str], reserved: str) -> None:
    """Raises ``ValueError`` where two ways could not be told apart: each is shown, counted and compared by its name."""
    for name in names:
        if names.count(name) > 1 or name == reserved:
            other = "another path" if name != reserved else "the way for everybody else"
            raise ValueError(f"the path “{name}” is called as {other}; give each a `name` of its own")


def picked_moves(
    compilation: Compilation,
    step: str,
    picked: ColumnElement[int],
    ways: Sequence[str],
    why: Callable[[Subquery], ColumnElement[Any]],
) -> Select[Any]:
    """The moves of a step's due runs: ``picked`` is asked once for each, everything else follows from the number.

    ``why`` is told the picked rows, with ``to_step`` (the number), ``since`` and ``occasion`` (the run's). ``unnest`` of the one
    number keeps the planner from folding the two levels into one, which would ask again for every column that depends on it. A
    LIMIT inside would do the same on one server; a cluster would have to fetch its rows before it could look at the
    evidence, and refuses.
    """
    runs = compilation.runs.c
    inner = (
        move_select(compilation, step, to_step=func.unnest(array([picked]), type_=Integer), wake_at=runs.wake_at)
        .limit(None)
        .add_columns(runs.occasion_at.label("since"), runs.occasion_event.label("occasion"))
        .subquery("looked")
    )
    targets = [compilation.target(way) for way in ways]
    number: ColumnElement[Any] = inner.c.to_step

    def by_number(values: list[ColumnElement[Any]]) -> ColumnElement[Any]:
        return case(*((number == i, value) for i, value in enumerate(values)))

    changed = {
        "to_step": by_number([literal(target.step) for target in targets]),
        "outcome": by_number([literal(target.outcome) for target in targets]),
        "wake_at": by_number([target.wake(inner.c.at) for target in targets]),
        "why": why(inner),
    }
    columns = (changed.get(name, inner.c[name]).label(name) for name in MOVE_COLUMNS)
    return inner.select().with_only_columns(*columns).limit(LIMIT)
