"""A version compiled: every statement that carries its people, made once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select
from sqlalchemy.dialects.postgresql import insert

from antiphon.catalogue.offers.tables import coupon_ask
from antiphon.decisions.models import MessagePolicy
from antiphon.decisions.tables import intent
from antiphon.journeys import react
from antiphon.journeys.graph import on_cycles
from antiphon.journeys.models import Journey
from antiphon.journeys.steps.base import END, MOVE_COLUMNS, Compilation, Target
from antiphon.journeys.steps.message import INTENT_COLUMNS, MessageStep
from antiphon.journeys.steps.offer import ASK_COLUMNS, OfferStep
from antiphon.journeys.steps.wait import WaitStep
from antiphon.journeys.tables import entry, move, run

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
class Reacting:
    """An INSERT that is worth running when one of ``events`` is fresh."""

    events: frozenset[str]
    statement: Executable


@dataclass(frozen=True, slots=True)
class CompiledVersion:
    """What the tick runs for one version. ``moves``, ``intents`` and ``asks`` (for codes) go by step id."""

    id: int
    journey_id: int
    journey: Journey
    enter: Reacting
    start: Executable
    exits: tuple[Reacting, ...]
    late_exits: tuple[Reacting, ...]
    wakes: tuple[Reacting, ...]
    moves: dict[str, Executable] = field(default_factory=dict)
    intents: dict[str, Executable] = field(default_factory=dict)
    asks: dict[str, Executable] = field(default_factory=dict)
    moves_after_decision: dict[str, Executable] = field(default_factory=dict)
    policies: dict[str, MessagePolicy] = field(default_factory=dict)

    def statements(self) -> dict[str, Executable]:
        """Every statement by a name that says what it is for."""
        named: dict[str, Executable] = {"enter": self.enter.statement, "start": self.start}
        named |= {f"exit {number}": one.statement for number, one in enumerate(self.exits)}
        named |= {f"late exit {number}": one.statement for number, one in enumerate(self.late_exits)}
        named |= {f"wake {number}": one.statement for number, one in enumerate(self.wakes)}
        named |= {f"step {step}": one for step, one in self.moves.items()}
        named |= {f"step {step}: intent": one for step, one in self.intents.items()}
        named |= {f"step {step}: ask": one for step, one in self.asks.items()}
        named |= {f"step {step}: after the decision": one for step, one in self.moves_after_decision.items()}
        return named


def _into_move(select: Select[Any]) -> Executable:
    # the key (bucket, tick, run) allows one move per run and pass: the first statement that moves a run wins
    return insert(move).from_select(MOVE_COLUMNS, select).on_conflict_do_nothing()


def _into_ask(select: Select[Any]) -> Executable:
    """Whoever asks again while nobody has answered is parked again; who was answered moves in this very pass."""
    asking = insert(coupon_ask).from_select(ASK_COLUMNS, select)
    return asking.on_conflict_do_update(
        index_elements=["bucket", "run", "step", "entered_at"],
        set_={"tick": asking.excluded.tick},
        where=coupon_ask.c.state.in_(("open", "dry")),
    )


def _target(journey: Journey) -> Callable[[str], Target]:
    def rest_of_nothing(at: ColumnElement[Any]) -> ColumnElement[Any]:
        return at

    def target(step_id: str) -> Target:
        return Target(step_id, rest_of_nothing if step_id == END else journey.step(step_id).wake)

    return target


def compile_version(journey: Journey, journey_id: int, version: int) -> CompiledVersion:
    """Compile a checked journey as one of its versions."""
    compilation = Compilation(version, journey_id, _target(journey), on_cycles(journey))
    entering = react.entries(journey, journey_id)
    first = compilation.target(journey.steps[0].id)
    compiled = CompiledVersion(
        id=version,
        journey_id=journey_id,
        journey=journey,
        enter=Reacting(
            entering.events, insert(entry).from_select(ENTRY_COLUMNS, entering.select).on_conflict_do_nothing()
        ),
        start=insert(run).from_select(RUN_COLUMNS, react.starts(journey, journey_id, version, first)),
        exits=tuple(
            Reacting(one.events, _into_move(one.select))
            for one in (react.exits(version, exit_) for exit_ in journey.exits)
        ),
        late_exits=tuple(
            Reacting(frozenset([exit_.event]), react.late_exits(version, exit_)) for exit_ in journey.exits
        ),
        wakes=tuple(
            Reacting(one.events, _into_move(one.select))
            for one in (
                react.wakes(compilation, step, journey.after(step.id))
                for step in journey.steps
                if isinstance(step, WaitStep) and step.until is not None
            )
        ),
    )
    for step in journey.steps:
        following = journey.after(step.id)
        if isinstance(step, MessageStep):
            # open intents are unique by run, step and visit: a tick that is made again asks for nothing twice
            asking = insert(intent).from_select(INTENT_COLUMNS, step.intents(compilation)).on_conflict_do_nothing()
            compiled.intents[step.id] = asking
            compiled.moves_after_decision[step.id] = _into_move(step.moves_after_decision(compilation, following))
            compiled.policies[step.id] = step.policy()
        else:
            compiled.moves[step.id] = _into_move(step.moves(compilation, following))
        if isinstance(step, OfferStep):
            compiled.asks[step.id] = _into_ask(step.asks(compilation))
    return compiled
