"""What every step type is: a model, and how it turns into SQL.

A step's SELECT yields one move for each of its due runs. Its instant is the run's ``wake_at``: it sees what had arrived
by then, whenever the tick comes to it.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, func, literal, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import BigInteger

from antiphon.audiences.compiler import Scope
from antiphon.decisions.models import MessagePolicy
from antiphon.journeys.tables import move, run
from antiphon.store.keys import KeysType
from antiphon.store.schema import Instant, Json

#: Leads nowhere: the run is finished.
END = ""

#: The event by which a journey asks another one to let a person in; ``props.journey`` is the other's name. Its other
#: properties are those of the occasion, so that the run key and what messages speak about go along.
REQUESTED = "Journey Requested"

BUCKETS = bindparam("buckets", type_=KeysType())
NOW = bindparam("now", type_=Instant)
FLOOR = bindparam("floor", type_=Instant)
TICK = bindparam("tick", type_=BigInteger)
LIMIT = bindparam("limit", type_=BigInteger)
BATCH = bindparam("batch", type_=BigInteger)

MOVE_COLUMNS = (
    "bucket",
    "tick",
    "run",
    "person",
    "version",
    "seq",
    "from_step",
    "to_step",
    "outcome",
    "at",
    "wake_at",
    "why",
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a move leads: a step's id, or ``END``; and when it wakes there, given the instant of the move: never at the end."""

    step: str
    wake: Callable[[ColumnElement[Any]], ColumnElement[Any]]

    @property
    def outcome(self) -> str | None:
        return "finished" if self.step == END else None


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a step needs to know of the version that it stands in."""

    version: int
    journey: int
    target: Callable[[str], Target]
    #: Steps that a run may come to more than once.
    repeated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks that a stage answers: the INSERT for due runs, and the UPDATE that lets those who asked in a pass rest."""

    asks: Executable
    park: Executable


@dataclass(frozen=True, slots=True)
class Statements:
    """What the tick runs for a step, in this order: ``moves`` of due runs, ``intents`` of messages and ``asking`` for those
    that did not move, ``tells`` of those that moved; ``after`` a decision the moves of who was decided by ``policy``."""

    moves: Executable | None = None
    intents: Executable | None = None
    asking: Asking | None = None
    tells: tuple[Executable, ...] = ()
    after: Executable | None = None
    policy: MessagePolicy | None = None

    def named(self) -> dict[str, Executable]:
        """Every statement by what it is for."""
        found = {"": self.moves, ": intent": self.intents, ": after the decision": self.after}
        if self.asking is not None:
            found |= {": ask": self.asking.asks, ": rest": self.asking.park}
        found |= {f": tell {number}": one for number, one in enumerate(self.tells)}
        return {name: one for name, one in found.items() if one is not None}


def into_move(moves: Select[Any]) -> Executable:
    """The key (bucket, tick, run) allows one move per run and pass: the first statement that moves a run wins."""
    return insert(move).from_select(MOVE_COLUMNS, moves).on_conflict_do_nothing()


def into_move_of_runs(moves: Select[Any]) -> Executable:
    """The same of a SELECT that has each due run at a step once: a run stands at one step, so no other moves it in the pass.

    Without looking for conflicts a move costs the server a tenth less.
    """
    return insert(move).from_select(MOVE_COLUMNS, moves)


class BaseStep(BaseModel):
    """A node of a journey with a stable id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    icon: ClassVar[str] = "circle"

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    note: str = ""

    @abstractmethod
    def leads_to(self, following: str) -> dict[str, str]:
        """The ways out: what each is called → the step it leads to. ``following`` is the next step in the file."""

    @abstractmethod
    def describe(self) -> str:
        """The step in a few words."""

    def wake(self, at: ColumnElement[Any]) -> ColumnElement[Any]:
        """When a run that comes here at ``at`` is due here: at once, unless the step knows better."""
        return at

    @abstractmethod
    def statements(self, compilation: Compilation, following: str) -> Statements:
        """What carries the runs of this step."""

    def takes_time(self) -> bool:
        """Whether a run rests here, so that a cycle through it does not spin."""
        return False


def due(version: int, step: str) -> ColumnElement[bool]:
    """The runs that are due at a step. The lower bound keeps dead index entries out (probe 23 → 0.24 ms a bucket)."""
    return and_(
        run.c.bucket == func.any(BUCKETS),
        run.c.wake_at >= FLOOR,
        run.c.wake_at <= NOW,
        run.c.version == version,
        run.c.step == step,
    )


def run_scope() -> Scope:
    """Conditions of a run are asked as of its instant."""
    return Scope(run.c.bucket, run.c.person, run.c.wake_at, run.c.occasion_at, run.c.occasion_event)


def moves_of_runs(
    *,
    at: ColumnElement[Any],
    to_step: ColumnElement[Any],
    wake_at: ColumnElement[Any],
    outcome: ColumnElement[Any] | None = None,
    why: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """A SELECT of moves of ``run``, in the order of ``MOVE_COLUMNS``; the caller says of which runs."""
    return select(
        run.c.bucket,
        TICK.label("tick"),
        run.c.id.label("run"),
        run.c.person,
        run.c.version,
        (run.c.moves + 1).label("seq"),
        run.c.step.label("from_step"),
        to_step.label("to_step"),
        (outcome if outcome is not None else null()).label("outcome"),
        at.label("at"),
        wake_at.label("wake_at"),
        (why if why is not None else literal(None, Json)).label("why"),
    )


def move_select(
    compilation: Compilation,
    step: str,
    *,
    to_step: ColumnElement[Any],
    wake_at: ColumnElement[Any],
    outcome: ColumnElement[Any] | None = None,
    why: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """The moves of a step's due runs, each at the instant at which its run fell due."""
    moves = moves_of_runs(at=run.c.wake_at, to_step=to_step, wake_at=wake_at, outcome=outcome, why=why)
    return moves.where(due(compilation.version, step)).limit(LIMIT)


def straight(compilation: Compilation, step: str, to: str, why: ColumnElement[Any] | None = None) -> Select[Any]:
    """All due runs of a step go one way."""
    target = compilation.target(to)
    return move_select(
        compilation,
        step,
        to_step=literal(target.step),
        outcome=literal(target.outcome) if target.outcome else None,
        wake_at=target.wake(run.c.wake_at),
        why=why,
    )
