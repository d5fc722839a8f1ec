"""What every step type is: a model, and how it turns into SQL.

A step's SELECT yields one move for each of its due runs. Its instant is the run's ``wake_at``: it sees what had arrived
by then, whenever the tick comes to it.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Executable, FromClause, Select, and_, bindparam, func, literal, null, select
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
#: The pass of this tick in which the runs of :data:`LANDED` came to where they are.
BEHIND = bindparam("behind", type_=BigInteger)

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


#: Runs that came to their step in this very tick, as they will stand once their moves are written down: the columns of
#: ``run``. None of them stays where it was, so that ``entered_at`` is the instant of the move. Updating ``run`` for each hop
#: cost 12 to 19 µs of some 300 that a timer takes. Whoever looks
#: for few of them by other keys says nothing of buckets: beside a list of buckets the planner took a person's moves by another
#: index than the key, 150 µs a run instead of 4.
LANDED = (
    select(
        move.c.bucket,
        run.c.id,
        run.c.person,
        run.c.journey,
        run.c.version,
        run.c.run_key,
        run.c.n,
        move.c.to_step.label("step"),
        move.c.at.label("entered_at"),
        move.c.wake_at,
        move.c.seq.label("moves"),
        run.c.occasion_at,
        run.c.occasion_event,
        run.c.started_at,
    )
    .join(move, and_(move.c.bucket == run.c.bucket, move.c.run == run.c.id))
    .where(move.c.tick == BEHIND, move.c.to_step != move.c.from_step)
    .subquery("landed")
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
    #: Where the runs are found: ``run``, or :data:`LANDED`.
    runs: FromClause = run

    def due(self, step: str) -> ColumnElement[bool]:
        """The runs that are due at a step. The lower bound keeps dead index entries out (probe 23 → 0.24 ms a bucket)."""
        runs = self.runs.c
        here = and_(runs.wake_at <= NOW, runs.version == self.version, runs.step == step)
        mine = runs.bucket == func.any(BUCKETS)
        return and_(mine, here) if self.runs is not run else and_(mine, runs.wake_at >= FLOOR, here)

    def scope(self) -> Scope:
        """Conditions of a run are asked as of its instant."""
        runs = self.runs.c
        return Scope(runs.bucket, runs.person, runs.wake_at, runs.occasion_at, runs.occasion_event)


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks that a stage answers: the INSERT for due runs, and the UPDATE that lets those who asked in a pass rest."""

    asks: Executable
    park: Executable


@dataclass(frozen=True, slots=True)
class Statements:
    """What the tick runs for a step, in this order: ``moves`` of due runs, ``intents`` of messages (a SELECT of what the columns
    of an intent are) and ``asking`` for those that did not move, ``tells`` of those that moved; ``after`` a decision the moves
    of who was decided by ``policy``.

    ``onward``: the same for runs that came here in this tick, where they may go on before they are written down.
    """

    moves: Executable | None = None
    intents: Executable | None = None
    asking: Asking | None = None
    tells: tuple[Executable, ...] = ()
    after: Executable | None = None
    policy: MessagePolicy | None = None
    onward: "Statements | None" = None

    def named(self) -> dict[str, Executable]:
        """Every statement by what it is for."""
        found = {"": self.moves, ": intent": self.intents, ": after the decision": self.after}
        if self.asking is not None:
            found |= {": ask": self.asking.asks, ": rest": self.asking.park}
        found |= {f": tell {number}": one for number, one in enumerate(self.tells)}
        if self.onward is not None:
            found |= {f"{name}, onward": one for name, one in self.onward.named().items()}
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

    def goes_on(self) -> bool:
        """Whether who comes here in a tick may go on in it before that is written down: where each run that is due leaves at
        once, by one statement, and nothing else looks at it meanwhile."""
        return False

    def takes_time(self) -> bool:
        """Whether a run rests here, so that a cycle through it does not spin."""
        return False


def moves_of_runs(
    *,
    at: ColumnElement[Any],
    to_step: ColumnElement[Any],
    wake_at: ColumnElement[Any],
    outcome: ColumnElement[Any] | None = None,
    why: ColumnElement[Any] | None = None,
    runs: FromClause = run,
) -> Select[Any]:
    """A SELECT of moves of ``runs``, in the order of ``MOVE_COLUMNS``; the caller says of which."""
    return select(
        runs.c.bucket,
        TICK.label("tick"),
        runs.c.id.label("run"),
        runs.c.person,
        runs.c.version,
        (runs.c.moves + 1).label("seq"),
        runs.c.step.label("from_step"),
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
    runs = compilation.runs
    moves = moves_of_runs(at=runs.c.wake_at, to_step=to_step, wake_at=wake_at, outcome=outcome, why=why, runs=runs)
    return moves.where(compilation.due(step)).limit(LIMIT)


def straight(compilation: Compilation, step: str, to: str, why: ColumnElement[Any] | None = None) -> Select[Any]:
    """All due runs of a step go one way."""
    target = compilation.target(to)
    return move_select(
        compilation,
        step,
        to_step=literal(target.step),
        outcome=literal(target.outcome) if target.outcome else None,
        wake_at=target.wake(compilation.runs.c.wake_at),
        why=why,
    )
