"""A version compiled: every statement that carries its people, made once."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Executable
from sqlalchemy.dialects.postgresql import insert

from antiphon.audiences.compiler import FOREVER
from antiphon.decisions.models import PRIORITIES, MessageCap
from antiphon.journeys import react
from antiphon.journeys.goals import reached
from antiphon.journeys.graph import on_cycles
from antiphon.journeys.models import Journey
from antiphon.journeys.react import Reacting
from antiphon.journeys.steps.base import END, LANDED, BaseStep, Compilation, Statements, Target, into_move
from antiphon.journeys.steps.wait import WaitStep
from antiphon.journeys.tables import entry, run

ENTRY_COLUMNS = (
    "bucket",
    "journey",
    "person",
    "run_key",
    "n",
    "at",
    "occasion_at",
    "occasion_event",
    "run",
    "tick",
)
RUN_COLUMNS = (
    "bucket",
    "id",
    "person",
    "journey",
    "version",
    "run_key",
    "n",
    "step",
    "entered_at",
    "wake_at",
    "moves",
    "occasion_at",
    "occasion_event",
    "started_at",
)


@dataclass(frozen=True, slots=True)
class CompiledVersion:
    """What the tick runs for one version; ``steps`` by id."""

    id: int
    journey_id: int
    journey: Journey
    enter: Reacting
    start: Executable
    exits: tuple[Reacting, ...]
    late_exits: tuple[Reacting, ...]
    wakes: tuple[Reacting, ...]
    goal: Reacting | None
    steps: dict[str, Statements]

    def statements(self) -> dict[str, Executable]:
        """Every statement by a name that says what it is for."""
        named: dict[str, Executable] = {"enter": self.enter.statement, "start": self.start}
        named |= {f"exit {number}": one.statement for number, one in enumerate(self.exits)}
        named |= {f"late exit {number}": one.statement for number, one in enumerate(self.late_exits)}
        named |= {f"wake {number}": one.statement for number, one in enumerate(self.wakes)}
        if self.goal is not None:
            named["goal"] = self.goal.statement
        for step, statements in self.steps.items():
            named |= {f"step {step}{what}": one for what, one in statements.named().items()}
        return named


def _target(journey: Journey) -> Callable[[str], Target]:
    def never(_: ColumnElement[Any]) -> ColumnElement[Any]:
        return FOREVER

    def target(step_id: str) -> Target:
        return Target(step_id, never if step_id == END else journey.step(step_id).wake)

    return target


@dataclass(frozen=True, slots=True)
class _Definition:
    """A journey that is the same as another when both say the same: a journey itself, which holds lists, is no key."""

    text: str
    journey: Journey = field(compare=False)


def compile_version(journey: Journey, journey_id: int, version: int, *, mixed: bool = False) -> CompiledVersion:
    """Compile a checked journey as one of its versions.

    A process does so once for whoever publishes it and for all of its workers, because it takes a tenth of a second and more.
    ``mixed``: runs were moved between its versions, so that one may come to any step that it has been at before.
    """
    definition = _Definition(journey.model_dump_json(by_alias=True, exclude_unset=True), journey)
    return _compiled(definition, journey_id, version, mixed)


@lru_cache(maxsize=64)
def _compiled(definition: _Definition, journey_id: int, version: int, mixed: bool) -> CompiledVersion:
    journey = definition.journey
    repeated = frozenset(step.id for step in journey.steps) if mixed else on_cycles(journey)
    compilation = Compilation(version, journey_id, _target(journey), repeated)
    entering = react.entries(journey, journey_id)
    first = compilation.target(journey.steps[0].id)
    return CompiledVersion(
        id=version,
        journey_id=journey_id,
        journey=journey,
        enter=Reacting(
            entering.events, insert(entry).from_select(ENTRY_COLUMNS, entering.select).on_conflict_do_nothing()
        ),
        start=insert(run).from_select(RUN_COLUMNS, react.starts(journey, journey_id, version, first)),
        exits=tuple(
            Reacting(one.events, into_move(one.select))
            for one in (react.exits(version, exit_) for exit_ in journey.endings)
        ),
        late_exits=tuple(
            Reacting(frozenset([exit_.event]), react.late_exits(version, exit_)) for exit_ in journey.endings
        ),
        wakes=tuple(
            Reacting(one.events, into_move(one.select))
            for one in (
                react.wakes(compilation, step, journey.after(step.id))
                for step in journey.steps
                if isinstance(step, WaitStep) and step.until is not None
            )
        ),
        goal=reached(journey.goal, journey_id, version) if journey.goal is not None else None,
        steps={
            step.id: _placed(_of_step(step, compilation, journey.after(step.id)), journey) for step in journey.steps
        },
    )


def _of_step(step: BaseStep, compilation: Compilation, following: str) -> Statements:
    statements = step.statements(compilation, following)
    if not step.goes_on():
        return statements
    return replace(statements, onward=step.statements(replace(compilation, runs=LANDED), following))


def _placed(statements: Statements, journey: Journey) -> Statements:
    """With what holds of all messages of the journey: its cap, and its place among others."""
    caps = journey.caps
    if statements.policy is None or (caps is None and journey.priority == "normal"):
        return statements
    cap = None if caps is None else MessageCap(caps.messages, caps.per)
    return replace(statements, policy=replace(statements.policy, cap=cap, priority=PRIORITIES[journey.priority]))
