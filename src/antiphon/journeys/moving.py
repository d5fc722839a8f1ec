"""Moving live runs from one version of a journey to another, by an explicit mapping of steps; else they finish on theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Executable, Select, and_, func, literal
from sqlalchemy.dialects.postgresql import insert

from antiphon.audiences.compiler import FOREVER
from antiphon.journeys import queries
from antiphon.journeys.models import Journey
from antiphon.journeys.steps.base import BUCKETS, END, LIMIT, MOVE_COLUMNS, NOW, moves_of_runs
from antiphon.journeys.tables import move, run
from antiphon.kit.errors import AntiphonError, NotFoundError


@dataclass(frozen=True, slots=True)
class Moving:
    """Runs of version ``from_version`` go to ``to_version``; ``moves`` is one INSERT for each of their steps."""

    from_version: int
    to_version: int
    moves: tuple[Executable, ...]


def compile_moving(
    from_version: int, old: Journey, to_version: int, new: Journey, mapping: Mapping[str, str]
) -> Moving:
    """The INSERTs of moves. Who rests for an answer of a stage goes along once it has come."""
    return Moving(
        from_version,
        to_version,
        tuple(
            insert(move).from_select(MOVE_COLUMNS, _leaving(from_version, old, step, new, to)).on_conflict_do_nothing()
            for step, to in mapping.items()
        ),
    )


def _leaving(version: int, old: Journey, step: str, new: Journey, to: str) -> Select[Any]:
    """A step that is as it was keeps its time; one of the same name counts from when the run came to it; another from now."""
    stays = step == to
    why: dict[str, Any] = {"moved": True, "stays": stays}
    wake: Any = FOREVER
    if to != END:
        came = run.c.entered_at if stays else NOW
        same = stays and old.step(step) == new.step(to)
        wake = run.c.wake_at if same else func.greatest(new.step(to).wake(came), NOW, type_=run.c.wake_at.type)
    moves = moves_of_runs(
        at=func.greatest(NOW, run.c.entered_at, type_=run.c.wake_at.type),
        to_step=literal(to),
        wake_at=wake,
        outcome=literal("cancelled" if to == END else None),
        why=literal(why, move.c.why.type),
    )
    here = and_(
        run.c.bucket == func.any(BUCKETS), run.c.version == version, run.c.step == step, run.c.wake_at < FOREVER
    )
    return moves.where(here).limit(LIMIT)


def plan_moving(connection: Connection, slug: str, payload: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Have the ticks move the runs of version ``from`` of a journey to version ``to`` (the newest where none is named).

    ``map`` leads steps of the old version to steps of the new one, or to the end (an empty text); steps of one name lead to
    each other. Returns how many runs stand at which step. Raises ``AntiphonError`` where a step that somebody stands at, or may
    come to, has no counterpart.
    """
    row = connection.execute(queries.JOURNEY_BY_SLUG, {"slug": slug}).first()
    if row is None:
        raise NotFoundError(f"There is no journey `{slug}`.", "`antiphon journeys list` shows all of them.")
    versions = {one.number: one for one in connection.execute(queries.VERSIONS_OF, {"journey": row.id})}
    old = _version(versions, slug, payload["from"])
    new = _version(versions, slug, payload.get("to") or max(versions))
    if old.id == new.id:
        raise AntiphonError(f"The runs are in version {old.number} already.", "Name another with --from or --to.")
    mapping = _mapping(
        Journey.model_validate(old.definition), Journey.model_validate(new.definition), payload.get("map") or {}
    )
    standing = {one.step: one.n for one in connection.execute(queries.STANDING_AT, {"version": old.id})}
    values = {"version": old.id, "to": new.id, "mapping": Jsonb(mapping), "now": now}
    connection.execute(queries.MOVE_VERSION, values)
    if _leads_back({one.id: one.moved_to for one in versions.values()}, new.id, old.id):
        connection.execute(queries.STAY_IN_VERSION, {"version": new.id})  # the newest word counts, or they went round
    return {"journey": slug, "from": old.number, "to": new.number, "map": mapping, "runs": standing}


def _leads_back(moved: Mapping[int, int | None], start: int, to: int) -> bool:
    """Whether the runs of version ``start`` come to ``to``, by what was asked for before; there are no rings in that."""
    at: int | None = start
    while at is not None and at != to:
        at = moved.get(at)
    return at == to


def _version(versions: Mapping[int, Any], slug: str, number: int) -> Any:
    if number not in versions:
        raise NotFoundError(
            f"Journey `{slug}` has no version {number}.", f"Its versions are 1 to {max(versions, default=0)}."
        )
    return versions[number]


def _mapping(old: Journey, new: Journey, asked: Mapping[str, str]) -> dict[str, str]:
    olds, news = [step.id for step in old.steps], [step.id for step in new.steps]
    for known, names in ((olds, asked), (news, filter(None, asked.values()))):
        for name in names:
            if name not in known:
                which = "old" if known is olds else "new"
                near = get_close_matches(name, known, 1, cutoff=0.5)
                raise AntiphonError(
                    f"The {which} version has no step `{name}`.",
                    f"Did you mean `{near[0]}`?" if near else f"Its steps are {', '.join(known)}.",
                )
    mapping = {step: asked.get(step, step) for step in olds if step in asked or step in news}
    if lost := [step for step in olds if step not in mapping]:
        raise AntiphonError(
            f"The new version has no step {', '.join(f'`{step}`' for step in lost)}.",
            f"Say where people who stand there go: --map {lost[0]}={news[0]}, or --map {lost[0]}= to end their runs.",
        )
    return mapping
