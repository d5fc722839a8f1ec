"""People, their rights, and journeys by program. Every address needs the scope that ``permissions.ROUTES`` declares."""

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.responses import Response

from antiphon.engine.commands import carry_out, submit
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.facts import UnreadableError
from antiphon.intake.items import Posting, read_item
from antiphon.intake.queries import SETTING
from antiphon.intake.resolve import DEFAULT_REGION
from antiphon.intake.verdicts import current
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import NotFoundError
from antiphon.people.identifiers import CUSTOMER, EMAIL, PHONE, as_kept
from antiphon.privacy.export import export
from antiphon.privacy.subject import subject_of
from antiphon.store.audit import Actor
from antiphon.web.api import queries
from antiphon.web.api.callers import HIGHEST, ApiError, Caller, answer
from antiphon.web.api.consents import standing_document
from antiphon.web.context import context_of
from antiphon.web.people.engagement import engagement_document
from antiphon.web.people.read import profile
from antiphon.web.reads import page_read
from antiphon.web.times import Place

router = APIRouter(include_in_schema=False, prefix="/api/v1")


def _person(request: Request, person: int) -> dict[str, Any]:
    with page_read(request) as connection:
        person = current(connection, person) if 0 < person <= HIGHEST else 0
        found = profile(connection, person, Place(0))
    row = found.row
    return {
        "id": str(row.id),
        "traits": dict(row.traits),
        "first_seen_at": row.first_seen_at,
        "last_seen_at": row.last_seen_at,
        "identifiers": [{"kind": kind, "value": value, "since": at} for kind, value, at in found.identifiers],
        "addresses": [standing_document(each) for each in found.standings],
        "engagement": engagement_document(found.engagement, context_of(request).clock()),
        "totals": {total.name: {"n": total.n, "value": str(total.value)} for total in found.totals},
    }


@router.get("/people")
def find_person(request: Request, caller: Caller, kind: str, value: str) -> Response:  # noqa: ARG001  # it guards
    """One person by an identifier: ``kind`` is customer_id, email, phone, device, or a third party's name."""
    given = as_kept(kind, value)
    with page_read(request) as connection:
        where = {"abucket": abucket_of(given), "kind": kind, "value": given}
        person = connection.execute(queries.FIND, where).scalar_one_or_none()
    if person is None:
        raise NotFoundError("Nobody is known by this identifier.", "Mind its kind.")
    return answer(_person(request, person))


@router.get("/people/{person}")
def read_person(request: Request, caller: Caller, person: int) -> Response:  # noqa: ARG001  # it guards
    return answer(_person(request, person))


class Told(BaseModel):
    """What is told of a person; at least one of the identifiers."""

    model_config = ConfigDict(extra="forbid")

    customer_id: str | None = None
    email: str | None = None
    phone: str | None = None
    traits: dict[str, Any] = Field(default_factory=dict)


@router.post("/people")
def tell(request: Request, caller: Caller, told: Told) -> Response:
    """Traits of a person, known or not: taken in like an identify of the shop's."""
    context = context_of(request)
    with page_read(request) as connection:
        region = connection.execute(SETTING, {"key": "region"}).scalar() or DEFAULT_REGION
    known = {EMAIL: told.email, PHONE: told.phone}
    traits = told.traits | {name: value for name, value in known.items() if value}
    posting = Posting(f"API key {caller.who}", context.clock(), region)
    try:
        arrival = read_item({"type": "identify", "userId": told.customer_id, "traits": traits}, posting)
    except UnreadableError as error:
        raise ApiError(422, f"It cannot be read: {error}.", f"Send one of {CUSTOMER}, {EMAIL} and {PHONE}.") from error
    store_arrivals(context.database, [arrival])
    context.wake()
    return answer({"accepted": True}, 202)


@router.post("/people/{person}/erase")
def erase(request: Request, caller: Caller, person: int) -> Response:
    """Erase a person. Answers with the request's number; ``GET /api/v1/requests/{number}`` tells when it is done."""
    context = context_of(request)
    with page_read(request) as connection:
        found = subject_of(connection, person) if 0 < person <= HIGHEST else None
    if found is None:
        raise NotFoundError("There is no such person.", "They may have been erased already.")
    number = submit(context.database, "person.erase", {"person": found.person}, caller, context.clock())
    context.wake()
    return answer({"request": number, "person": str(found.person)}, 202)


@router.get("/requests/{command}")
def request_state(request: Request, caller: Caller, command: int) -> Response:  # noqa: ARG001  # it guards
    """What became of an erasure that was asked for."""
    with page_read(request) as connection:
        row = connection.execute(queries.COMMAND, {"id": min(command, HIGHEST)}).one_or_none()
    if row is None or row.kind != "person.erase":
        raise NotFoundError("There is no such request.", "Mind its number.")
    return answer({"done_at": row.done_at, "result": row.result, "error": row.error})


@router.post("/people/{person}/export")
def export_person(request: Request, caller: Caller, person: int) -> Response:
    """Everything that is held of a person, as JSON in a zip."""
    return zipped(request, person if 0 < person <= HIGHEST else 0, caller)


def zipped(request: Request, person: int, actor: Actor) -> Response:
    """The export of a person as a download. It lies in a file that is gone when it was sent."""
    context = context_of(request)
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed when it has been sent
    try:
        subject = export(context.database, person, file, actor, context.clock())
    except BaseException:
        file.close()
        raise
    file.seek(0)
    headers = {
        "Content-Disposition": f'attachment; filename="person-{subject.person}.zip"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_sent(file), media_type="application/zip", headers=headers)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(1 << 16):
            yield piece


@router.get("/journeys")
def journeys(request: Request, caller: Caller) -> Response:  # noqa: ARG001  # it guards
    with page_read(request) as connection:
        rows = connection.execute(queries.JOURNEYS).all()
        goals = _goals(connection, [row.version for row in rows if row.goal])
    told = [{"slug": row.slug, "name": row.name, "state": row.state} for row in rows]
    for one, row in zip(told, rows, strict=True):
        one["goal"] = {**row.goal, **goals[row.version]} if row.goal else None
    return answer({"journeys": told})


def _goals(connection: Connection, versions: list[int]) -> dict[int, dict[str, int]]:
    """Of versions with a goal, how many entered and how many of them reached it."""
    found = {version: {"entered": 0, "reached": 0} for version in versions}
    counts = ((queries.HERE, "entered"), (queries.ENDED, "entered"), (queries.REACHED, "reached"))
    for statement, name in counts if versions else ():
        for row in connection.execute(statement, {"versions": versions}):
            found[row.version][name] += row.n
    return found


@router.post("/journeys/{slug}/{switch}")
def switch_journey(request: Request, caller: Caller, slug: str, switch: str) -> Response:
    """``switch`` is pause or resume."""
    if switch not in {"pause", "resume"}:
        raise NotFoundError(f"There is no {switch!r} of a journey.", "There are pause and resume.")
    context = context_of(request)
    result = carry_out(context.database, f"journey.{switch}", {"journey": slug}, caller, context.clock())
    context.wake()
    return answer({"journey": slug, "state": result["state"]})
