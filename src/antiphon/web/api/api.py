"""The JSON API under ``/api/v1``: every address needs an API key with the scope that ``permissions.ROUTES`` declares."""

import base64
import binascii
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from antiphon.engine.commands import carry_out, submit
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.facts import UnreadableError
from antiphon.intake.items import Posting, read_item
from antiphon.intake.optout import opt_out
from antiphon.intake.queries import SETTING
from antiphon.intake.resolve import DEFAULT_REGION
from antiphon.intake.verdicts import current
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.people.identifiers import CUSTOMER, EMAIL, PHONE, email, phone
from antiphon.people.identifiers import address as normalised
from antiphon.privacy.export import export
from antiphon.privacy.subject import subject_of
from antiphon.store.audit import Actor, record
from antiphon.web.accounts.permissions import API_KEY
from antiphon.web.api import queries
from antiphon.web.api.keys import ApiKey, key_of
from antiphon.web.context import context_of
from antiphon.web.guard import origin_of, permission_of
from antiphon.web.people.models import Reach
from antiphon.web.people.read import profile, standings
from antiphon.web.reads import page_read
from antiphon.web.times import Place

router = APIRouter(include_in_schema=False, prefix="/api/v1")

#: The highest id a person can have.
_HIGHEST = 2**63 - 1


class ApiError(AntiphonError):
    """An answer other than 2xx: ``{"error": what, "hint": hint}``."""

    def __init__(self, status: int, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.status = status


def keyed(request: Request) -> Actor:
    """Whoever calls, as the audit log names them, if their key has the scope that this address asks for."""
    context = context_of(request)
    shown = _shown(request.headers.get("authorization", ""))
    found: ApiKey | None = key_of(context.database, shown, context.clock()) if shown else None
    if found is None:
        what = "This API key is not known, or revoked." if shown else "An API key is missing."
        raise ApiError(401, what, "Send it as `Authorization: Bearer ap_…`.")
    scope = permission_of(request).removeprefix(API_KEY)
    if scope not in found.scopes:
        raise ApiError(403, f"The key {found.name!r} does not have the scope {scope}.", "Make a key that has it.")
    return Actor(found.name, "key", origin_of(request))


def _shown(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


Caller = Annotated[Actor, Depends(keyed)]


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, {"Cache-Control": "no-store"}, "application/json")


def _person(request: Request, person: int) -> dict[str, Any]:
    with page_read(request) as connection:
        person = current(connection, person) if 0 < person <= _HIGHEST else 0
        found = profile(connection, person, Place(0))
    row = found.row
    return {
        "id": str(row.id),
        "traits": dict(row.traits),
        "first_seen_at": row.first_seen_at,
        "last_seen_at": row.last_seen_at,
        "identifiers": [{"kind": kind, "value": value, "since": at} for kind, value, at in found.identifiers],
        "addresses": [_standing(each) for each in found.standings],
        "totals": {total.name: {"n": total.n, "value": str(total.value)} for total in found.totals},
    }


def _standing(standing: Any) -> dict[str, Any]:
    return {
        "channel": standing.channel,
        "address": standing.address,
        "suppressed_at": standing.suppressed_at,
        "suppressed_by": standing.suppressed_by or None,
        "consents": [
            {"purpose": each.purpose, "state": each.state, "since": each.effective_at, "double": each.double_opt_in}
            for each in standing.consents
        ],
    }


@router.get("/people")
def find_person(request: Request, caller: Caller, kind: str, value: str) -> Response:  # noqa: ARG001  # it guards
    """One person by an identifier: ``kind`` is customer_id, email, phone, device, or a third party's name."""
    given = {EMAIL: email, PHONE: phone}.get(kind, str.strip)(value) or ""
    with page_read(request) as connection:
        where = {"abucket": abucket_of(given), "kind": kind, "value": given}
        person = connection.execute(queries.FIND, where).scalar_one_or_none()
    if person is None:
        raise NotFoundError("Nobody is known by this identifier.", "Mind its kind.")
    return _json(_person(request, person))


@router.get("/people/{person}")
def read_person(request: Request, caller: Caller, person: int) -> Response:  # noqa: ARG001  # it guards
    return _json(_person(request, person))


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
    return _json({"accepted": True}, 202)


@router.get("/consents")
def read_consents(request: Request, caller: Caller, channel: str, address: str) -> Response:  # noqa: ARG001
    """The consents of one address, and whether it is suppressed."""
    found = _address(channel, address)
    with page_read(request) as connection:
        (standing,) = standings(connection, (Reach(channel, found, "", "", "", cart_double=False),))
    return _json(_standing(standing))


class Revoked(BaseModel):
    """Whose consent ends."""

    model_config = ConfigDict(extra="forbid")

    channel: str
    address: str


@router.post("/consents/revoke")
def revoke(request: Request, caller: Caller, revoked: Revoked) -> Response:
    """Opt an address out, for every brand and sender: it holds when this is answered."""
    context = context_of(request)
    found = _address(revoked.channel, revoked.address)
    at: datetime = opt_out(context.database, revoked.channel, found, "api", f"API key {caller.who}")
    with context.database.begin("accounts") as connection:
        record(connection, context.clock(), caller, "consents", f"{revoked.channel} opt-out taken")
    context.wake()
    return _json({"suppressed_at": at})


def _address(channel: str, address: str) -> str:
    if channel not in {"email", "sms"}:
        raise ApiError(422, f"There is no channel {channel!r}.", "The channels are email and sms.")
    found = normalised(channel, address)
    if found is None:
        raise ApiError(422, f"{address!r} is not an address of {channel}.", "Send it as a message would have it.")
    return found


@router.post("/people/{person}/erase")
def erase(request: Request, caller: Caller, person: int) -> Response:
    """Erase a person. Answers with the request's number; ``GET /api/v1/requests/{number}`` tells when it is done."""
    context = context_of(request)
    with page_read(request) as connection:
        found = subject_of(connection, person) if 0 < person <= _HIGHEST else None
    if found is None:
        raise NotFoundError("There is no such person.", "They may have been erased already.")
    number = submit(context.database, "person.erase", {"person": found.person}, caller, context.clock())
    context.wake()
    return _json({"request": number, "person": str(found.person)}, 202)


@router.get("/requests/{command}")
def request_state(request: Request, caller: Caller, command: int) -> Response:  # noqa: ARG001  # it guards
    """What became of an erasure that was asked for."""
    with page_read(request) as connection:
        row = connection.execute(queries.COMMAND, {"id": min(command, _HIGHEST)}).one_or_none()
    if row is None or row.kind != "person.erase":
        raise NotFoundError("There is no such request.", "Mind its number.")
    return _json({"done_at": row.done_at, "result": row.result, "error": row.error})


@router.post("/people/{person}/export")
def export_person(request: Request, caller: Caller, person: int) -> Response:
    """Everything that is held of a person, as JSON in a zip."""
    return zipped(request, person if 0 < person <= _HIGHEST else 0, caller)


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
        rows = connection.execute(queries.JOURNEYS).mappings().all()
    return _json({"journeys": [dict(row) for row in rows]})


@router.post("/journeys/{slug}/{switch}")
def switch_journey(request: Request, caller: Caller, slug: str, switch: str) -> Response:
    """``switch`` is pause or resume."""
    if switch not in {"pause", "resume"}:
        raise NotFoundError(f"There is no {switch!r} of a journey.", "There are pause and resume.")
    context = context_of(request)
    result = carry_out(context.database, f"journey.{switch}", {"journey": slug}, caller, context.clock())
    context.wake()
    return _json({"journey": slug, "state": result["state"]})
