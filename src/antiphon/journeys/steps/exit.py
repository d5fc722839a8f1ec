"""``exit``: the run is finished."""

from typing import Any, ClassVar, Literal

from sqlalchemy import Select

from antiphon.journeys.steps.base import END, BaseStep, Compilation, straight


class ExitStep(BaseStep):
    """Ends the run here."""

    icon: ClassVar[str] = "log-out"

    type: Literal["exit"]

    def leads_to(self, following: str) -> dict[str, str]:  # noqa: ARG002  # the same for all steps
        return {}

    def describe(self) -> str:
        return self.note or "Leaves the journey"

    def moves(self, compilation: Compilation, following: str) -> Select[Any]:  # noqa: ARG002
        return straight(compilation, self.id, END)
