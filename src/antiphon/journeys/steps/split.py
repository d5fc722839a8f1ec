"""``split``: shares of the people go different ways by chance, the same way each time they come."""

from itertools import accumulate
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Subquery, Text, case, cast, func, literal

from antiphon.journeys.steps.base import END, BaseStep, Compilation, Statements, into_move_of_runs
from antiphon.journeys.steps.picking import check_names, picked_moves
from antiphon.store.hashing import hash64

HOLDOUT = "holdout"
_BITS = 32
_MASK = (1 << _BITS) - 1

Percent = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class Share(BaseModel):
    """One way out, for a share of the people in per cent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80)
    share: Percent
    next: str


class SplitStep(BaseStep):
    """Sends shares of the people different ways: to try versions against each other, or to hold some out.

    Who is held out leaves the journey; figures compare them with everybody else. The shares and the holdout make 100 %.
    """

    icon: ClassVar[str] = "git-fork"

    type: Literal["split"]
    paths: list[Share] = Field(min_length=1, max_length=20)
    #: Per cent who get nothing more of this journey.
    holdout: Annotated[float, Field(ge=0, lt=100, allow_inf_nan=False)] = 0

    @model_validator(mode="after")
    def _whole(self) -> "SplitStep":
        check_names([path.name for path in self.paths], HOLDOUT)
        total = round(sum(path.share for path in self.paths) + self.holdout, 6)
        if total != 100:  # per cent
            raise ValueError(f"the shares{' and the holdout' if self.holdout else ''} make {total:g} %, not 100 %")
        return self

    def leads_to(self, following: str) -> dict[str, str]:  # noqa: ARG002  # the same for all steps
        ways = {path.name: path.next for path in self.paths}
        return ways | ({HOLDOUT: END} if self.holdout else {})

    def describe(self) -> str:
        ways = [f"{path.share:g} % {path.name}" for path in self.paths]
        held = [f"{self.holdout:g} % held out"] if self.holdout else []
        return self.note or f"By chance: {', '.join(ways + held)}"

    def goes_on(self) -> bool:
        return True

    def statements(self, compilation: Compilation, following: str) -> Statements:
        ways = list(self.leads_to(following).values())
        return Statements(
            into_move_of_runs(picked_moves(compilation, self.id, self._picked(compilation), ways, self._why))
        )

    def _picked(self, compilation: Compilation) -> ColumnElement[int]:
        """By the person's die and this step: the same in each version, and in each visit."""
        salt = literal(f"|{compilation.journey}|{self.id}")
        drawn = hash64(cast(func.coalesce(compilation.scope().own("die"), 0), Text) + salt).op("&")(_MASK)
        bars = accumulate(path.share for path in self.paths)
        ways = [(drawn < round(bar / 100 * (1 << _BITS)), number) for number, bar in enumerate(bars)]
        if not self.holdout:
            ways = ways[:-1]  # rounding leaves nobody over
        return case(*ways, else_=len(ways)) if ways else literal(0)

    def _why(self, looked: Subquery) -> ColumnElement[Any]:
        names = [*(path.name for path in self.paths), HOLDOUT]
        return case(*((looked.c.to_step == n, func.jsonb_build_object("path", name)) for n, name in enumerate(names)))
