"""``branch``: the first path whose condition holds, else the other way."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Subquery, case, func

from antiphon.audiences.compiler import Scope, compile_condition
from antiphon.audiences.describe import describe
from antiphon.audiences.models import Condition
from antiphon.journeys.steps.base import BaseStep, Compilation, Statements, into_move_of_runs
from antiphon.journeys.steps.picking import check_names, picked_moves

OTHERWISE = "otherwise"


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

    @model_validator(mode="after")
    def _told_apart(self) -> "BranchStep":
        check_names([path.label for path in self.paths], OTHERWISE)
        return self

    def leads_to(self, following: str) -> dict[str, str]:
        ways = {path.label: path.next for path in self.paths}
        return ways | {OTHERWISE: following if self.otherwise is None else self.otherwise}

    def describe(self) -> str:
        return self.note or f"Which way: {'; '.join(path.label for path in self.paths)}"

    def goes_on(self) -> bool:
        return True

    def statements(self, compilation: Compilation, following: str) -> Statements:
        picked = case(
            *((compile_condition(path.condition, compilation.scope()).truth, n) for n, path in enumerate(self.paths)),
            else_=len(self.paths),
        )
        ways = list(self.leads_to(following).values())
        return Statements(into_move_of_runs(picked_moves(compilation, self.id, picked, ways, self._why)))

    def _why(self, looked: Subquery) -> ColumnElement[Any]:
        """The path by name, with the evidence of its condition; asked for the path that was taken alone."""
        scope = Scope(looked.c.bucket, looked.c.person, looked.c.at, looked.c.since, looked.c.occasion)
        reasons = (
            func.jsonb_build_object("path", path.label, "because", compile_condition(path.condition, scope).evidence)
            for path in self.paths
        )
        taken = ((looked.c.to_step == number, reason) for number, reason in enumerate(reasons))
        return case(*taken, else_=func.jsonb_build_object("path", OTHERWISE))
