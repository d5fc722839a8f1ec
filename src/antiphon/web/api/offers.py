"""Offers by program: make, change, fill, give, and say that a code was used. ``permissions.ROUTES`` has each one's scope."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from antiphon.catalogue.offers.filling import MOST, bring_codes, generate
from antiphon.catalogue.offers.managing import checked, delete, give, save, users
from antiphon.catalogue.offers.read import offer, offers
from antiphon.catalogue.offers.redeeming import redeem_code
from antiphon.intake.called import person_called
from antiphon.kit.errors import NotFoundError
from antiphon.web.api.callers import ApiError, Caller, answer
from antiphon.web.context import context_of
from antiphon.web.offers.read import counted
from antiphon.web.reads import page_read

router = APIRouter(include_in_schema=False, prefix="/api/v1/offers")

#: Codes of one request.
_CODES = 10_000
#: How far a shop's clock may run ahead.
_AHEAD = timedelta(minutes=10)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Codes(_Body):
    codes: list[str] = Field(min_length=1, max_length=_CODES)


class Wish(_Body):
    count: int = Field(ge=1, le=MOST)
    length: int = 10
    prefix: str = ""


class Person(_Body):
    #: Their id, email address, phone number or customer id.
    person: int | str


class Redeemed(_Body):
    code: str = Field(min_length=1, max_length=64)
    order_id: str = Field(default="", max_length=200)
    at: AwareDatetime | None = None
    value: Decimal | None = Field(default=None, ge=0, le=Decimal(10) ** 9)


@router.get("")
def show_all(request: Request, caller: Caller) -> Response:  # noqa: ARG001  # it guards
    now = context_of(request).clock()
    with page_read(request) as connection:
        found = [one.document(now) for one in offers(connection).values() if one.deleted_at is None]
    return answer({"offers": found})


@router.post("/redeemed")
def redeemed(request: Request, caller: Caller, said: Redeemed) -> Response:
    """A unique code was used: for shops whose orders do not name the code. Saying it again changes nothing."""
    context = context_of(request)
    now = context.clock()
    if said.at is not None and said.at > now + _AHEAD:
        raise ApiError(422, "`at` lies in the future.", "Say when the code was used.")
    at = min(said.at or now, now)
    person = redeem_code(context.database, said.code, said.order_id, at, said.value, now, caller)
    context.wake()
    return answer({"redeemed": person is not None, "person": None if person is None else str(person)})


@router.get("/{name}")
def show(request: Request, caller: Caller, name: str) -> Response:  # noqa: ARG001  # it guards
    return answer(_document(request, name))


def _document(request: Request, name: str) -> dict[str, Any]:
    now = context_of(request).clock()
    with page_read(request) as connection:
        one = offer(connection, name)
        counts = counted(connection, [name], now)[name]
        used = users(connection, name)
    told = {"given": counts.given, "redeemed": counts.redeemed, "expired": counts.expired, "waiting": counts.waiting}
    return {**one.document(now), **told, "used_by": used}


@router.put("/{name}")
def put(request: Request, caller: Caller, name: str, said: dict[str, Any]) -> Response:
    """Make the offer or change it: the whole of it, as ``docs/offers.md`` says."""
    context = context_of(request)
    save(context.database, checked({**said, "name": name}), context.clock(), caller)
    context.wake()
    return answer(_document(request, name))


@router.delete("/{name}")
def remove(request: Request, caller: Caller, name: str) -> Response:
    """Delete an offer. Refused while a journey or another offer uses it."""
    context = context_of(request)
    delete(context.database, name, context.clock(), caller)
    return answer({"deleted": True})


@router.post("/{name}/codes")
def fill(request: Request, caller: Caller, name: str, said: Codes) -> Response:
    """Put codes into the pool; ``faults`` has the place of each that did not come in, counted from 1."""
    context = context_of(request)
    places = enumerate((code.strip() for code in said.codes), 1)
    report = bring_codes(context.database, name, places, context.clock(), caller)
    context.wake()
    return answer(report.document())


@router.post("/{name}/generate")
def make(request: Request, caller: Caller, name: str, wish: Wish) -> Response:
    context = context_of(request)
    report = generate(
        context.database, name, wish.count, context.clock(), caller, length=wish.length, prefix=wish.prefix
    )
    context.wake()
    return answer(report.document())


@router.post("/{name}/give")
def hand_out(request: Request, caller: Caller, name: str, said: Person) -> Response:
    """Give a person a code, or tell the one that they have."""
    context = context_of(request)
    with context.database.read() as connection:
        who = person_called(connection, str(said.person))
    done = give(context.database, name, who, context.clock(), caller)
    if done.given is None:
        raise NotFoundError("There is no code.", "")
    context.wake()
    return answer(
        {"code": done.given.code, "offer": done.given.offer, "expires_at": done.given.expires_at, "new": done.new}
    )
