"""What fresh events do to a version's runs, as SELECTs: who enters, who leaves, whose wait is over."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    FromClause,
    Select,
    Table,
    Text,
    Update,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.types import Integer

from antiphon.audiences.compiler import FOREVER, Scope, compile_condition
from antiphon.audiences.filters import compile_filters, text_of
from antiphon.decisions.tables import decision
from antiphon.journeys.matching import occasion_props, same
from antiphon.journeys.models import Exit, Journey
from antiphon.journeys.sql import usable_key
from antiphon.journeys.steps.base import BATCH, BUCKETS, END, REQUESTED, TICK, Compilation, Target, moves_of_runs
from antiphon.journeys.steps.wait import WaitStep
from antiphon.journeys.tables import entry, run, run_done
from antiphon.people.humans import of_people
from antiphon.people.tables import OWN_SOURCE, event, fresh
from antiphon.store.hashing import hash64


@dataclass(frozen=True, slots=True)
class Reacting:
    """A statement that writes, worth running when one of ``events`` is fresh."""

    events: frozenset[str]
    statement: Executable


@dataclass(frozen=True, slots=True)
class Reaction:
    """A statement that is worth running when one of ``events`` is fresh."""

    events: frozenset[str]
    select: Select[Any]


def fresh_events(names: list[str]) -> tuple[FromClause, ColumnElement[bool]]:
    """Fresh events of some names with their properties: driven from ``fresh``, looked up by primary key."""
    joined = fresh.join(
        event,
        and_(
            event.c.bucket == fresh.c.bucket,
            event.c.person == fresh.c.person,
            event.c.at == fresh.c.at,
            event.c.id == fresh.c.event,
        ),
    )
    mine = and_(
        fresh.c.bucket == func.any(BUCKETS),
        fresh.c.batch <= BATCH,
        fresh.c.name.in_(names),
        of_people(names, event.c.props),
    )
    return joined, mine


def entries(journey: Journey, journey_id: int) -> Reaction:
    """Who enters: in the order of the columns of ``entry``. Backfilled events never let anybody in."""
    trigger = journey.trigger
    names = _starting(journey)
    joined, mine = fresh_events(names)
    key: ColumnElement[str] = literal("", Text)
    if trigger.run_key and journey.reentry.mode == "each_key":
        key = text_of(event.c.props, trigger.run_key)
    before = and_(entry.c.bucket == fresh.c.bucket, entry.c.journey == journey_id, entry.c.person == fresh.c.person)
    n: ColumnElement[Any] = literal(1, Integer)
    conditions = [
        mine,
        ~fresh.c.backfill,
        fresh.c.at >= fresh.c.received_at - literal(trigger.max_lateness),
        _lets_in(journey),
        *(~_already_over(one) for one in journey.endings),
    ]
    if trigger.run_key:  # an event without its run key is refused, whatever the mode
        conditions.append(usable_key(text_of(event.c.props, trigger.run_key)).is_not(None))
    if journey.reentry.gap is not None:
        # never twice at one instant, or journeys that ask for each other would go round for ever at it
        gap = max(journey.reentry.gap, timedelta(microseconds=1))
        recent = and_(before, entry.c.at > fresh.c.received_at - literal(gap))
        conditions.append(~exists().where(recent))
        n = cast(1 + func.coalesce(select(func.max(entry.c.n)).where(before).scalar_subquery(), 0), Integer)
    if trigger.condition is not None:
        scope = Scope(fresh.c.bucket, fresh.c.person, fresh.c.received_at, fresh.c.at, fresh.c.event)
        conditions.append(compile_condition(trigger.condition, scope).truth)
    numbered = literal(f"{journey_id}|") + cast(fresh.c.person, Text) + "|" + key + "|" + cast(n, Text)
    # entries may leave with a split, and their numbers come again: the occasion does not
    numbered = numbered + "|" + cast(fresh.c.event, Text)
    return Reaction(
        frozenset(names),
        select(
            fresh.c.bucket,
            literal(journey_id, Integer).label("journey"),
            fresh.c.person,
            key.label("run_key"),
            n.label("n"),
            fresh.c.received_at.label("at"),
            fresh.c.at.label("occasion_at"),
            fresh.c.event.label("occasion_event"),
            hash64(numbered).label("run"),
            TICK.label("tick"),
        )
        .select_from(joined)
        .where(and_(*conditions))
        .ext(distinct_on(fresh.c.bucket, fresh.c.person, key))
        .order_by(fresh.c.bucket, fresh.c.person, key, fresh.c.at, fresh.c.event),
    )


def _starting(journey: Journey) -> list[str]:
    return [*journey.trigger.events, REQUESTED]


def _lets_in(journey: Journey) -> ColumnElement[bool]:
    """The trigger's own filters; or that another journey asked for this one."""
    # a shop's page can post any name: what only the engine tells counts only from the engine
    told = event.c.source == OWN_SOURCE
    asked = and_(fresh.c.name == REQUESTED, told, text_of(event.c.props, "journey") == journey.journey)
    named = and_(
        fresh.c.name.in_(journey.trigger.events),
        compile_filters(journey.trigger.filters(journey.journey), event.c.props),
    )
    return or_(asked, named if journey.trigger.listens(journey.journey) is None else and_(named, told))


def _already_over(exit_: Exit) -> ColumnElement[bool]:
    """Whether what ends a run had happened at or after the trigger when the trigger arrived (late and early events)."""
    later = event.alias("later")
    return exists().where(
        and_(
            later.c.bucket == fresh.c.bucket,
            later.c.person == fresh.c.person,
            later.c.at >= fresh.c.at,
            later.c.id != fresh.c.event,
            later.c.name == exit_.event,
            of_people([exit_.event], later.c.props),
            compile_filters(exit_.where, later.c.props),
            same(exit_.match, later.c.props, event.c.props),
        )
    )


def starts(journey: Journey, journey_id: int, version: int, first: Target) -> Select[Any]:
    """The runs of the entries that this tick made, in the order of ``RUN_COLUMNS``; driven from the fresh events."""
    joined = fresh.join(
        entry,
        and_(
            entry.c.bucket == fresh.c.bucket,
            entry.c.journey == journey_id,
            entry.c.person == fresh.c.person,
            entry.c.occasion_event == fresh.c.event,
            entry.c.tick == TICK,
        ),
    )
    return (
        select(
            entry.c.bucket,
            entry.c.run.label("id"),
            entry.c.person,
            entry.c.journey,
            literal(version, Integer).label("version"),
            entry.c.run_key,
            entry.c.n,
            literal(first.step).label("step"),
            entry.c.at.label("entered_at"),
            first.wake(entry.c.at).label("wake_at"),
            literal(0, Integer).label("moves"),
            entry.c.occasion_at,
            entry.c.occasion_event,
            entry.c.at.label("started_at"),
        )
        .select_from(joined)
        .where(
            fresh.c.bucket == func.any(BUCKETS),
            fresh.c.batch <= BATCH,
            fresh.c.name.in_([*journey.trigger.events, REQUESTED]),
        )
    )


def exits(version: int, exit_: Exit) -> Reaction:
    """The moves of runs that an event ends, whatever step they stand at. Backfilled events count here."""
    why = func.jsonb_build_object("exit", exit_.event, "event", cast(event.c.id, Text))
    return Reaction(
        frozenset([exit_.event]),
        _event_moves(
            version,
            exit_.event,
            _ends(exit_, run),
            to_step=literal(END),
            outcome=literal("exited"),
            wake=lambda _: FOREVER,
            why=why,
        ),
    )


def late_exits(version: int, exit_: Exit) -> Update:
    """Marks the runs that were finished when an event came that ends such runs, while a message of theirs may still wait.

    A message that is a journey's last step, or that the gate deferred past the moment it was decided for, outlives its run.
    """
    joined, mine = fresh_events([exit_.event])
    waiting = exists().where(
        decision.c.bucket == run_done.c.bucket,
        decision.c.person == run_done.c.person,
        decision.c.run == run_done.c.id,
        decision.c.channel.is_not(None),
        decision.c.expires_at > fresh.c.received_at,
    )
    ended = (
        select(run_done.c.bucket, run_done.c.id, func.min(fresh.c.received_at).label("at"))
        .select_from(
            joined.join(run_done, and_(run_done.c.bucket == fresh.c.bucket, run_done.c.person == fresh.c.person))
        )
        .where(
            mine,
            run_done.c.version == version,
            run_done.c.outcome == "finished",
            run_done.c.exited_at.is_(None),
            fresh.c.at >= run_done.c.occasion_at,
            _ends(exit_, run_done),
            waiting,
        )
        .group_by(run_done.c.bucket, run_done.c.id)
        .subquery("ended")
    )
    return (
        update(run_done)
        .values(exited_at=ended.c.at)
        .where(run_done.c.bucket == ended.c.bucket, run_done.c.id == ended.c.id)
    )


def _ends(exit_: Exit, runs: Table) -> ColumnElement[bool]:
    """Whether an event is what ends a run of ``runs``."""
    return and_(
        event.c.id != runs.c.occasion_event,  # what let it in does not end it
        compile_filters(exit_.where, event.c.props),
        same(exit_.match, event.c.props, occasion_props(runs, exit_.match)),
    )


def wakes(compilation: Compilation, step: WaitStep, following: str) -> Reaction:
    """The moves of runs whose awaited event has come before their timeout."""
    assert step.until is not None
    then = compilation.target(step.leads_to(following)[step.until.event])
    # a run that is due already looks for itself, as of its own instant
    still_resting = and_(run.c.step == step.id, run.c.wake_at > fresh.c.received_at, step.matches())
    return Reaction(
        frozenset([step.until.event]),
        _event_moves(
            compilation.version,
            step.until.event,
            still_resting,
            to_step=literal(then.step),
            outcome=literal(then.outcome),
            wake=then.wake,
            why=func.jsonb_build_object("event", step.until.event),
        ),
    )


def _event_moves(
    version: int,
    name: str,
    holds: ColumnElement[bool],
    *,
    to_step: ColumnElement[Any],
    outcome: ColumnElement[Any],
    wake: Any,
    why: ColumnElement[Any],
) -> Select[Any]:
    joined, mine = fresh_events([name])
    at = func.greatest(fresh.c.received_at, run.c.entered_at, type_=run.c.wake_at.type)
    return (
        moves_of_runs(at=at, to_step=to_step, wake_at=wake(at), outcome=outcome, why=why)
        .select_from(joined.join(run, and_(run.c.bucket == fresh.c.bucket, run.c.person == fresh.c.person)))
        .where(and_(mine, run.c.version == version, fresh.c.at >= run.c.occasion_at, holds))
        .ext(distinct_on(run.c.bucket, run.c.id))
        .order_by(run.c.bucket, run.c.id, fresh.c.received_at, fresh.c.event)
    )
