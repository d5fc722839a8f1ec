"""What the browser tag and the units' script ask: which units there are, one to draw, one step to take in.

Bodies are JSON sent as plain text, which spares a slow phone the question beforehand (CORS preflight). Instead each request
must say by its ``Origin`` that it comes from a page of the shop; no cookie is read or set.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from antiphon.content.languages import Words, settled
from antiphon.intake import codes
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.kit.signing import Signer
from antiphon.signup import limits, shown, visits
from antiphon.signup.countries import country_of
from antiphon.signup.flow import Flow, begin, read, write
from antiphon.signup.giving import Visitor, agreed, submitted
from antiphon.signup.models import Unit
from antiphon.signup.submit import Answer, Desk
from antiphon.signup.units import Live, LiveUnits, count_view, version_shown
from antiphon.store.db import Database

router = APIRouter(prefix="/v1", include_in_schema=False)

MAX_BODY = 16 * 1024
_DEVICE = re.compile(r"[\w-]{16,64}")


class SignUpContext(Protocol):
    """What sign-up needs of the application."""

    @property
    def database(self) -> Database: ...

    @property
    def signer(self) -> Signer: ...

    @property
    def base_url(self) -> str: ...

    @property
    def unit_script(self) -> str:
        """The address of the script that draws units."""
        ...

    def clock(self) -> datetime: ...

    def wake(self) -> None: ...


class NotOurPageError(AntiphonError):
    status = 403

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"Pages of {origin or 'nowhere'} may not show sign-up units.",
            "Add the address of the shop under Sign-up, Install.",
        )


def context_of(request: Request) -> SignUpContext:
    context: SignUpContext = request.app.state.context
    return context


def live_of(request: Request) -> Live:
    """The units that visitors see now, remembered for seconds."""
    state = request.app.state
    if not hasattr(state, "live_units"):
        state.live_units = LiveUnits(context_of(request).database)
    kept: LiveUnits = state.live_units
    return kept.now(context_of(request).clock())


def visitor_of(request: Request) -> Visitor:
    headers = request.headers
    host = request.client.host if request.client else ""
    return Visitor(host, headers.get("user-agent", "")[:500], headers.get("accept-language", "")[:500])


def words_for(request: Request, unit: Unit) -> Words:
    """In what a unit speaks to this visitor."""
    return settled(unit.language, request.headers.get("accept-language", ""))


def own_origin(request: Request) -> str:
    """The origin of this installation's own pages: hosted units and previews."""
    parts = urlsplit(context_of(request).base_url)
    return f"{parts.scheme}://{parts.netloc}"


def desk_of(request: Request, live: Live) -> Desk:
    context = context_of(request)
    return Desk(context.database, context.signer, live.shop)


_Handle = Callable[[Request, dict[str, Any], str], dict[str, Any]]


async def _answer(request: Request, handle: _Handle, slug: str = "") -> Response:
    raw = b""
    origin = request.headers.get("origin", "")
    try:
        async for chunk in request.stream():
            raw = (raw + chunk)[: MAX_BODY + 1]
        status, content = 200, await run_in_threadpool(_work, request, raw, slug, handle)
    except AntiphonError as error:
        status, content = error.status, {"error": _said(request, slug, error), "hint": error.hint}
    headers = {"Vary": "Origin", "Cache-Control": "no-store"}
    if status != 403:
        headers["Access-Control-Allow-Origin"] = origin
    return Response(orjson.dumps(content), status, headers, "application/json")


def _said(request: Request, slug: str, error: AntiphonError) -> str:
    """An error in the unit's language, where it is one that visitors read."""
    found = live_of(request).units.get(slug)
    key: str | None = getattr(error, "key", None)
    return words_for(request, found[2])(key) if found is not None and key else error.what


def _work(request: Request, raw: bytes, slug: str, handle: _Handle) -> dict[str, Any]:
    origin = request.headers.get("origin", "").lower()
    if origin not in {*live_of(request).shop.origins, own_origin(request)}:
        raise NotOurPageError(origin[:100])
    if len(raw) > MAX_BODY:
        raise AntiphonError("This is too large for a form.", "Send less.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise AntiphonError("The body is not JSON.", "Send one JSON object.") from error
    if not isinstance(body, dict):
        raise AntiphonError("The body is not a JSON object.", "Send one JSON object.")
    return handle(request, body | {"slug": slug}, origin)


def _text(body: dict[str, Any], name: str, longest: int = 500) -> str:
    value = body.get(name)
    return value.replace("\0", "")[:longest] if isinstance(value, str) else ""


def _device(body: dict[str, Any]) -> str:
    """The browser's own id: long enough that nobody hits another's."""
    value = _text(body, "device")
    return value if _DEVICE.fullmatch(value) else ""


def _units(request: Request, body: dict[str, Any], origin: str) -> dict[str, Any]:
    context, live = context_of(request), live_of(request)
    now, device = context.clock(), _device(body)
    key = _text(body, "pass")
    if device and (token := _text(body, "token")):
        key = visits.recognise(context.database, context.signer, token, origin, device, now, None) or key
        context.wake()
    known = visits.Known()
    if device and key:
        known = visits.channels(context.database, context.signer, key, device, now)
    units = [shown.rules(slug, version, unit) for slug, (_, version, unit) in live.units.items() if unit.kind != "page"]
    country = country_of(_text(body, "zone", 64))
    return {
        "units": units,
        "script": context.unit_script,
        "country": country,
        "pass": known.key,
        "has": list(known.channels),
    }


def live_unit(live: Live, slug: str) -> tuple[int, int, Unit]:
    found = live.units.get(slug)
    if found is None:
        raise NotFoundError("This form is not open.", "It may have ended.")
    return found


def _open(request: Request, body: dict[str, Any], _origin: str) -> dict[str, Any]:
    context, live = context_of(request), live_of(request)
    number, version, unit = live_unit(live, str(body["slug"]))
    now = context.clock()
    page = _text(body, "page").partition("?")[0] or None
    flow = begin(unit.unit, version, now, _device(body) or None, page)
    count_view(context.database, number, now)
    first = unit.names[0]
    return shown.definition(unit, live.shop, words_for(request, unit)) | _state(
        request, live, unit, Answer(flow, first)
    )


def _step(request: Request, body: dict[str, Any], _origin: str) -> dict[str, Any]:
    context, live = context_of(request), live_of(request)
    now = context.clock()
    slug = str(body["slug"])
    _, newest, unit = live_unit(live, slug)
    flow = read(context.signer, _text(body, "flow", 4_000), slug, now)
    if flow.version != newest:
        unit = version_shown(context.database, slug, flow.version, now)
    form = {name: _text(body, name) for name in body if name not in {"flow", "step"}}
    answer = desk_of(request, live).take(unit, flow, _text(body, "step"), form, visitor_of(request), now)
    context.wake()
    return _state(request, live, unit, answer)


def _state(request: Request, live: Live, unit: Unit, answer: Answer) -> dict[str, Any]:
    """Where the form stands: the same shape whatever came of the step."""
    context = context_of(request)
    found: dict[str, Any] = {
        "flow": write(context.signer, answer.flow),
        "challenge": answer.flow.id,
        "step": answer.step,
        "errors": answer.errors,
    }
    if answer.step == "phone" and not answer.errors:
        found["text"] = text_way(request, live, unit, answer.flow)
    return found


def text_way(request: Request, live: Live, unit: Unit, flow: Flow) -> dict[str, Any] | None:
    """The way in by a text, with a code of this visitor's own; the keyword alone where their network asked for too many."""
    if unit.phone is None or unit.phone.keyword is None:
        return None
    code = None if flow.mute else _code(context_of(request), live, unit, flow, visitor_of(request))
    return shown.by_text(unit.phone, live.shop, code)


def _code(context: SignUpContext, live: Live, unit: Unit, flow: Flow, visitor: Visitor) -> str | None:
    now, drawn = context.clock(), codes.draws(context.signer, flow.id)
    with context.database.begin("sign-up") as connection:
        if found := codes.find(connection, drawn, flow.id, now):
            return found
        if limits.too_many(connection, context.signer, visitor.host, unit.abuse.per_network, now, "code"):
            return None
        asked = agreed(flow, unit, live.shop, "sms")
        asked = replace(
            asked,
            ip=visitor.host,
            agent=visitor.agent,
            more=asked.more | {"form": flow.id, "language": settled(unit.language, visitor.accept).language},
        )
        event = submitted(replace(flow, email=None), unit, "sms")  # the device ties the two: no address lies here
        return codes.give(connection, asked, event, drawn, now)


@router.post("/units")
async def units(request: Request) -> Response:
    """Which units may show and by what rules; what this browser's pass lets it know of its own person."""
    return await _answer(request, _units)


@router.post("/units/{slug}/open")
async def open_unit(request: Request, slug: str) -> Response:
    """A unit to draw, and a fresh flow through it. Counts a view."""
    return await _answer(request, _open, slug)


@router.post("/units/{slug}")
async def step(request: Request, slug: str) -> Response:
    """One step of a form."""
    return await _answer(request, _step, slug)
