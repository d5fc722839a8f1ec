"""``branch``: the first path whose condition holds, else the other way."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Integer, Select, Subquery, case, func, literal
from sqlalchemy.dialects.postgresql import array

from antiphon.audiences.compiler import FOREVER, Scope, compile_condition
from antiphon.audiences.describe import describe
from antiphon.audiences.models import Condition
from antiphon.journeys.steps.base import (
    END,
    LIMIT,
    MOVE_COLUMNS,
    BaseStep,
    Compilation,
    Statements,
    into_move,
    move_select,
    run_scope,
)
from antiphon.journeys.tables import run


class Path(BaseModel):
    """One way out, open to those for whom the condition holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = ""
    condition: Condition = Field(alias="if")
    next: str

    @property
    def label(self) -> str:
        return self.name or describe(self.condition)


class BranchStep(BaseStep):
    """Looks at the person and takes the first path that fits."""

    icon: ClassVar[str] = "split"

    type: Literal["branch"]
    paths: list[Path] = Field(min_length=1)
    otherwise: str | None = None

    def leads_to(self, following: str) -> dict[str, str]:
        ways = {path.label: path.next for path in self.paths}
        return ways | {"otherwise": following if self.otherwise is None else self.otherwise}

    def describe(self) -> str:
        return self.note or f"Which way: {'; '.join(path.label for path in self.paths)}"

    def statements(self, compilation: Compilation, following: str) -> Statements:
        return Statements(into_move(self.moves(compilation, following)))

    def moves(self, compilation: Compilation, following: str) -> Select[Any]:
        """One look at the conditions decides: the CASE picks a number, everything else follows from it.

        ``unnest`` of the one number keeps the planner from folding the two levels into one, which would ask each condition
        again for every column that depends on it. A LIMIT inside would do the same on one server; a cluster would have to
        fetch its rows before it could look at the evidence, and refuses.
        """
        picked = case(
            *((compile_condition(path.condition, run_scope()).truth, n) for n, path in enumerate(self.paths)),
            else_=len(self.paths),
        )
        inner = (
            move_select(
                compilation, self.id, to_step=func.unnest(array([picked]), type_=Integer), wake_at=run.c.wake_at
            )
            .limit(None)
            .add_columns(run.c.occasion_at.label("since"), run.c.occasion_event.label("occasion"))
            .subquery("looked")
        )
        targets = [compilation.target(step) for step in self.leads_to(following).values()]
        number: ColumnElement[Any] = inner.c.to_step

        def by_number(values: list[ColumnElement[Any]]) -> ColumnElement[Any]:
            return case(*((number == i, value) for i, value in enumerate(values)))

        changed = {
            "to_step": by_number([literal(target.step) for target in targets]),
            "outcome": by_number([literal(target.outcome) for target in targets]),
            "wake_at": by_number([target.wake(inner.c.at) if target.step != END else FOREVER for target in targets]),
            "why": self._why(inner),
        }
        columns = (changed.get(name, inner.c[name]).label(name) for name in MOVE_COLUMNS)
        return inner.select().with_only_columns(*columns).limit(LIMIT)

    def _why(self, looked: Subquery) -> ColumnElement[Any]:
        """The path by name, with the evidence of its condition; asked for the path that was taken alone."""
        scope = Scope(looked.c.bucket, looked.c.person, looked.c.at, looked.c.since, looked.c.occasion)
        reasons = (
            func.jsonb_build_object("path", path.label, "because", compile_condition(path.condition, scope).evidence)
            for path in self.paths
        )
        taken = ((looked.c.to_step == number, reason) for number, reason in enumerate(reasons))
        return case(*taken, else_=func.jsonb_build_object("path", "otherwise"))
