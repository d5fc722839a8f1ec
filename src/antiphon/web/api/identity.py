"""Who is who by program: the evidence, what is left to decide, and what humans say of it through a program of theirs."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from antiphon.engine.commands import carry_out
from antiphon.intake.verdicts import current
from antiphon.kit.errors import NotFoundError
from antiphon.store.audit import Actor
from antiphon.web.api.callers import HIGHEST, Caller, answer
from antiphon.web.context import context_of
from antiphon.web.identity import read
from antiphon.web.identity.documents import MAX_WHY, conflict_document, done_document, identity_document, key_named
from antiphon.web.paging import START, Cursor
from antiphon.web.reads import page_read

router = APIRouter(include_in_schema=False, prefix="/api/v1")

_Why = Annotated[str, Field(max_length=MAX_WHY)]
_Person = Annotated[int, Field(gt=0, le=HIGHEST)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Identifier(_Body):
    kind: str
    value: str

    def key(self) -> list[str]:
        return list(key_named(self.kind, self.value))


class Merging(_Body):
    """The other of the two."""

    other: _Person
    why: _Why = ""


class Splitting(_Body):
    """What makes another person."""

    identifiers: list[Identifier] = Field(min_length=1, max_length=read.MOST)
    why: _Why = ""


class Parting(_Body):
    """Two identifiers whose people are two."""

    one: Identifier
    other: Identifier
    why: _Why = ""


class Dismissing(_Body):
    """A conflict by its ends; a shared identifier has but one."""

    one: Identifier
    other: Identifier | None = None


@router.get("/people/{person}/identity")
def read_identity(request: Request, caller: Caller, person: int) -> Response:  # noqa: ARG001  # it guards
    """What makes a person one."""
    with page_read(request) as connection:
        person = current(connection, person) if 0 < person <= HIGHEST else 0
        found = read.identity(connection, person)
    if not found.own:
        raise NotFoundError(f"There is no person {person}.", "They may have been erased.")
    return answer(identity_document(person, found))


@router.get("/conflicts")
def read_conflicts(request: Request, caller: Caller, before: str = "") -> Response:  # noqa: ARG001  # it guards
    """A page of what is left to decide, the newest first; ``next``, where there is more, is the next page's ``before``."""
    until = Cursor.parse(before).at if before else START.at
    with page_read(request) as connection:
        found, after = read.conflicts(connection, until)
    listed = [conflict_document(conflict) for conflict in found]
    return answer({"conflicts": listed, "next": str(Cursor(after, 0)) if after else None})


@router.post("/people/{person}/merge")
def merge(request: Request, caller: Caller, person: int, merging: Merging) -> Response:
    """Make two people one, whatever guards kept them apart."""
    return _done(request, caller, "people.merge", person=person, other=merging.other, why=merging.why)


@router.post("/people/{person}/split")
def split(request: Request, caller: Caller, person: int, splitting: Splitting) -> Response:
    """Make some identifiers of a person another person."""
    keys = [each.key() for each in splitting.identifiers]
    return _done(request, caller, "people.split", person=person, identifiers=keys, why=splitting.why)


@router.post("/conflicts/keep-apart")
def keep_apart(request: Request, caller: Caller, parting: Parting) -> Response:
    """Say for good that the people behind two identifiers are two."""
    keys = [parting.one.key(), parting.other.key()]
    return _done(request, caller, "people.keep_apart", identifiers=keys, why=parting.why)


@router.post("/conflicts/dismiss")
def dismiss(request: Request, caller: Caller, dismissing: Dismissing) -> Response:
    """Take a conflict off the list; it says nothing of people."""
    keys = [dismissing.one.key(), dismissing.other.key() if dismissing.other else ["", ""]]
    return _done(request, caller, "people.dismiss", identifiers=keys)


@router.post("/verdicts/{act}/undo")
def undo(request: Request, caller: Caller, act: int) -> Response:
    """Take back what was said in one act."""
    return _done(request, caller, "people.undo", act=act if 0 < act <= HIGHEST else 0)


def _done(request: Request, caller: Actor, kind: str, **payload: Any) -> Response:
    context = context_of(request)
    if not 0 < payload.get("person", 1) <= HIGHEST:
        raise NotFoundError("There is no such person.", "Mind the number.")
    done = carry_out(context.database, kind, payload, caller, context.clock())
    context.wake()
    return answer(done_document(done))
