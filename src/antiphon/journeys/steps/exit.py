"""``exit``: the run is finished."""

from typing import ClassVar, Literal

from antiphon.journeys.steps.base import END, BaseStep, Compilation, Statements, into_move_of_runs, straight


class ExitStep(BaseStep):
    """Ends the run here."""

    icon: ClassVar[str] = "log-out"

    type: Literal["exit"]

    def leads_to(self, following: str) -> dict[str, str]:  # noqa: ARG002  # the same for all steps
        return {}

    def describe(self) -> str:
        return self.note or "Leaves the journey"

    def goes_on(self) -> bool:
        return True

    def statements(self, compilation: Compilation, following: str) -> Statements:  # noqa: ARG002
        return Statements(into_move_of_runs(straight(compilation, self.id, END)))
