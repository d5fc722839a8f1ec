"""One person's way through a journey: where they are, how they came there and why, what was sent, what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row
from starlette.responses import Response

from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.kit.buckets import bucket_of
from antiphon.kit.errors import NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.audiences.pages import lines
from antiphon.web.context import context_of
from antiphon.web.definitions import Version, versions
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.journeys import canvas, queries
from antiphon.web.people import masking
from antiphon.web.people import queries as people
from antiphon.web.people.entries import reason_facts
from antiphon.web.people.models import PersonRow, Profile
from antiphon.web.people.read import profile
from antiphon.web.people.search import with_reaches
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.times import FAR, Place
from antiphon.web.why import Why, read_reasons

router = APIRouter(include_in_schema=False, prefix="/people")

_HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay at a step, with why it ended as it did and what was sent from there."""

    step: str
    sentence: str
    icon: str
    came_at: datetime
    left_at: datetime | None
    why: tuple[tuple[int, str], ...]
    decision: Why | None
    messages: tuple[Any, ...]
    now: bool


@router.get("/at/{slug}/{step}")
def some_at(request: Request, viewer: SignedInViewer, slug: str, step: str, version: int = 0) -> Response:
    """Some of those who rest at a step: ``[{"name": …, "address": …}]``."""
    with page_read(request) as connection:
        rows = connection.execute(queries.SOME_HERE, {"slug": slug, "number": version, "step": step}).all()
        keys = {"buckets": [row.bucket for row in rows], "people": [row.person for row in rows]}
        known = connection.execute(people.PEOPLE, keys).all() if rows else []
        who = {one.id: masking.row(one) if viewer.masked else one for one in with_reaches(connection, known)}
    found = [
        {"name": _called(who[row.person]), "address": f"/people/{row.person}/runs/{row.run}"}
        for row in rows
        if row.person in who
    ]
    return Response(orjson.dumps(found), 200, {"Cache-Control": "no-store"}, "application/json")


@router.get("/{person}/runs/{run}")
def show(request: Request, viewer: SignedInViewer, person: int, run: int) -> Response:
    return _show(request, viewer, person, run)


def _show(request: Request, viewer: Viewer, person: int, run: int, error: str = "") -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        row = _run(connection, person, run)
        version = versions(connection, [row.version])[row.version]
        who = profile(connection, person, viewer.place)
        moves = connection.execute(queries.RUN_MOVES, _key(person, run)).all()
        visits = _visits(connection, row, version, moves, who.place)
    if viewer.masked:
        who = masking.profile(who)
        visits = [_masked(one) for one in visits]
    facts = {
        "mode": "run", "slug": version.slug, "state": canvas.drawn(version.source), "icons": canvas.icons(),
        "run": {
            "visits": [_drawn(one, who.place, now) for one in visits],
            "taken": [[move.from_step, move.to_step] for move in moves],
            "at": "",
        },
    }  # fmt: skip
    return page(
        request, "journeys/run.html", viewer, status=409 if error else 200, run=row, version=version, person=who,
        visits=visits[::-1], name=_name(who), next=_next(row, version), error=error, now=now,
        facts=orjson.dumps(facts, default=str).decode(), sees_messages=viewer.may("content"),
    )  # fmt: skip


@router.post("/{person}/runs/{run}/end")
def end(request: Request, viewer: SignedInViewer, form: OwnForm, person: int, run: int) -> Response:  # noqa: ARG001
    context = context_of(request)
    with page_read(request) as connection:
        _run(connection, person, run)
    try:
        carry_out(context.database, "run.end", {"person": person, "run": run}, viewer.actor, context.clock())
    except CommandFailedError as error:
        return _show(request, viewer, person, run, str(error))
    context.wake()
    return RedirectResponse(f"/people/{person}/runs/{run}", status_code=303)


def _key(person: int, run: int) -> dict[str, int]:
    return {"bucket": bucket_of(person), "person": person, "run": run}


def _run(connection: Connection, person: int, run: int) -> Row[Any]:
    inside = abs(person) <= _HIGHEST and abs(run) <= _HIGHEST
    row = connection.execute(queries.RUN, _key(person, run)).first() if inside else None
    if row is None:
        raise NotFoundError("There is no such run", "The person’s page lists the journeys they are in.")
    return row


def _visits(connection: Connection, row: Row[Any], version: Version, moves: Any, place: Place) -> list[Visit]:
    """The stays in their order; looks that left somebody where they were are part of the stay."""
    key = _key_of(row)
    sent: dict[str, list[Any]] = {}
    for message in connection.execute(queries.RUN_MESSAGES, key):
        sent.setdefault(message.step.split("@")[0], []).append(message)
    decided = {each.step: each for each in connection.execute(queries.RUN_DECISIONS, key)}
    found: list[Visit] = []
    came = row.started_at
    for move in moves:
        if move.to_step == move.from_step:
            continue
        found.append(_visit(version, move.from_step, came, move, sent, decided, place))
        came = move.at
    if row.outcome is None:
        found.append(_visit(version, row.step, came, None, sent, decided, place))
    return found


def _key_of(row: Row[Any]) -> dict[str, int]:
    return {"bucket": row.bucket, "person": row.person, "run": row.id}


def _visit(
    version: Version, step: str, came: datetime, move: Row[Any] | None, sent: dict[str, list[Any]],
    decided: dict[str, Any], place: Place,
) -> Visit:  # fmt: skip
    reasons = decided.get(step)
    return Visit(
        step,
        version.shape.sentence(step),
        version.shape.icon(step),
        came,
        move.at if move is not None else None,
        tuple(_why(move.why)) if move is not None else (),
        read_reasons(reasons.reasons, place) if reasons is not None else None,
        tuple(sent.get(step, ())),
        move is None,
    )


def _why(why: Any) -> Iterator[tuple[int, str]]:
    """Why they went on, as lines with their depth; what a decision chose stands beside it."""
    if not isinstance(why, dict):
        return
    said = {
        name: value
        for name, value in why.items()
        if name not in {"path", "because", "event", "timeout", "decision", "channel"}
    }
    if "path" in why:
        yield 0, f"Went “{why['path']}”"
    if "event" in why:
        yield 0, f"“{why['event']}” came"
    if "timeout" in why:
        yield 0, "The time was over"
    if why.get("because"):
        yield from ((depth + 1, line) for depth, line in lines(why["because"]))
    yield from ((0, f"{name.capitalize()}: {value}") for name, value in reason_facts(said))


def _masked(one: Visit) -> Visit:
    return Visit(one.step, one.sentence, one.icon, one.came_at, one.left_at, (), None, one.messages, one.now)


def _drawn(one: Visit, place: Place, now: datetime) -> dict[str, Any]:
    return {"step": one.step, "at": place.short(one.came_at, now), "left": "", "why": "", "now": one.now}


def _next(row: Row[Any], version: Version) -> str:
    """What they wait for, in words."""
    if row.outcome is not None or row.wake_at >= FAR:
        return ""
    ways = next((node.ways for node in version.shape.nodes if node.id == row.step), {})
    targets = list(dict.fromkeys(ways.values()))
    if len(targets) != 1:
        return ""
    return version.shape.sentence(targets[0]) if targets[0] else "The journey ends for them"


def _name(person: Profile) -> str:
    return _called(person.row)


def _called(person: PersonRow) -> str:
    return person.name or next((reach.address for reach in person.reaches), "") or "Unknown visitor"
