"""Segments by program: define, read, count, archive. Every address needs the scope that ``permissions.ROUTES`` declares."""

from datetime import timedelta
from time import monotonic
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from antiphon.audiences.check import ConditionError
from antiphon.audiences.segments import managing, read
from antiphon.audiences.segments.count import count, members
from antiphon.audiences.segments.models import Segment, UnreadableError
from antiphon.audiences.segments.users import InUseError, users_of
from antiphon.engine.segments import apply, archive, release, restore
from antiphon.journeys.segments.source import as_file
from antiphon.kit.buckets import bucket_of
from antiphon.kit.definitions import DocumentError
from antiphon.kit.errors import NotFoundError
from antiphon.web.api.callers import HIGHEST, ApiError, Caller, answer
from antiphon.web.context import context_of
from antiphon.web.reads import page_read

router = APIRouter(include_in_schema=False, prefix="/api/v1/segments")

#: Over how long ``change`` is counted.
MONTH = timedelta(days=30)
MOST = 1_000


class Definition(BaseModel):
    """What defines a segment, beside its name, which stands in the address."""

    model_config = ConfigDict(extra="forbid")

    title: str
    who: Any
    description: str = ""


class Draft(BaseModel):
    """A condition that is only asked."""

    model_config = ConfigDict(extra="forbid")

    who: Any


@router.get("")
def show_all(request: Request, caller: Caller) -> Response:  # noqa: ARG001  # it guards
    since = (context_of(request).clock() - MONTH).date()
    with page_read(request) as connection:
        return answer({"segments": [read.document(one) for one in read.listed(connection, since)]})


@router.post("/count")
def count_draft(request: Request, caller: Caller, draft: Draft) -> Response:  # noqa: ARG001  # it guards
    """How many a condition holds for now; ``low`` and ``high`` where it was counted in part."""
    segment = _segment({"segment": "draft", "title": "Draft", "who": draft.who})
    now = context_of(request).clock()
    with page_read(request) as connection:
        _fits(segment, managing.definitions(connection))
        found = count(connection, segment.who, now, monotonic)
    people = [str(person) for _, person in found.sample]
    return answer({"n": found.n, "low": found.low, "high": found.high, "exact": found.exact, "sample": people})


@router.get("/{name}")
def show(request: Request, caller: Caller, name: str) -> Response:  # noqa: ARG001  # it guards
    since = (context_of(request).clock() - MONTH).date()
    with page_read(request) as connection:
        managing.find(connection, name)
        one = next(each for each in read.listed(connection, since) if each.name == name)
        users = [user.document() for user in users_of(connection, name)]
    return answer(read.document(one) | {"used_by": users})


@router.get("/{name}/members")
def show_members(
    request: Request,
    caller: Caller,  # noqa: ARG001  # it guards
    name: str,
    after: int = 0,
    limit: int = 100,
) -> Response:
    """Members, ``limit`` (at most 1,000) of them behind the person ``after``; ``next`` goes on."""
    limit = max(1, min(limit, MOST))
    with page_read(request) as connection:
        row = managing.find(connection, name)
        start = (bucket_of(after), after) if 0 < after <= HIGHEST else None
        found = members(connection, row.id, start, limit + 1)
    listed = [{"person": str(one.person), "since": one.since.isoformat()} for one in found[:limit]]
    return answer({"members": listed, "next": str(found[limit - 1].person) if len(found) > limit else None})


@router.put("/{name}")
def define(request: Request, caller: Caller, name: str, given: Definition) -> Response:
    """Define a segment, or change it."""
    context = context_of(request)
    document = {"segment": name, **given.model_dump(exclude_unset=True)}
    segment = _segment(document)
    try:
        done = apply(
            context.database, as_file(segment.model_dump(mode="json", exclude_unset=True)), caller, context.clock()
        )
    except (ConditionError, DocumentError) as error:
        raise ApiError(422, error.what, error.hint) from error
    context.wake()
    return answer({"segment": name, "revision": done.revision, "changed": done.changed}, 201 if done.new else 200)


@router.post("/{name}/{switch}")
def switch(request: Request, caller: Caller, name: str, switch: str) -> Response:
    """``switch`` is archive, restore, or release for a held one. 409 with ``used_by`` while something uses it."""
    acts = {"archive": archive, "restore": restore, "release": release}
    if switch not in acts:
        raise NotFoundError(f"There is no {switch!r} of a segment.", "There are archive, restore and release.")
    context = context_of(request)
    try:
        changed = acts[switch](context.database, name, caller, context.clock())
    except InUseError as error:
        used = [user.document() for user in error.users]
        return answer({"error": error.what, "hint": error.hint, "used_by": used}, 409)
    except (ConditionError, UnreadableError) as error:
        raise ApiError(422, error.what, error.hint) from error
    context.wake()
    with page_read(request) as connection:
        state = managing.find(connection, name).state
    return answer({"segment": name, "state": state, "changed": changed})


def _segment(document: dict[str, Any]) -> Segment:
    try:
        return Segment.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ApiError(422, f"{where}: {first['msg']}.", "docs/conditions.md has every kind.") from error


def _fits(segment: Segment, known: Any) -> None:
    try:
        managing.check(segment, known)
    except ConditionError as error:
        raise ApiError(422, error.what, error.hint) from error
