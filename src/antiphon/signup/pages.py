"""Hosted pages of units: the same steps as plain forms, without a line of script."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader
from starlette.concurrency import run_in_threadpool

from antiphon.content.languages import Words
from antiphon.kit.errors import NotFoundError
from antiphon.signup import shown
from antiphon.signup.api import context_of, desk_of, live_of, live_unit, text_way, visitor_of, words_for
from antiphon.signup.flow import Flow, StaleFormError, begin, read, write
from antiphon.signup.models import Unit
from antiphon.signup.submit import TRAP, Answer, TooOftenError, following
from antiphon.signup.units import Live, count_view, version_shown

router = APIRouter(include_in_schema=False, prefix="/s")

#: The step's own styles carry the unit's colours, which are numbers and nothing else.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)

_ENVIRONMENT = Environment(
    loader=PackageLoader("antiphon.signup"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


@router.get("/{slug}")
def begun(request: Request, slug: str) -> HTMLResponse:
    """The first step of a unit."""
    context, live = context_of(request), live_of(request)
    number, version, unit = _hosted(live, slug)
    flow = _fresh(request, unit, version)
    count_view(context.database, number, context.clock())
    return _page(request, live, unit, Answer(flow, unit.names[0]))


@router.post("/{slug}")
async def stepped(request: Request, slug: str) -> HTMLResponse:
    """One step; an error stands at its field and what was typed stays."""
    form = await request.form(max_files=0, max_fields=20, max_part_size=4_096)
    fields = {name: value.replace("\0", "")[:4_000] for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_stepped, request, slug, fields)


def _stepped(request: Request, slug: str, fields: dict[str, str]) -> HTMLResponse:
    context, live = context_of(request), live_of(request)
    _, newest, unit = _hosted(live, slug)
    now = context.clock()
    step = fields.get("step", "")
    try:
        flow = read(context.signer, fields.get("flow", ""), slug, now)
    except StaleFormError as error:
        again = Answer(_fresh(request, unit, newest), unit.names[0], {"form": words_for(request, unit)(error.key)})
        return _page(request, live, unit, again, fields, status=400)
    if flow.version != newest:
        unit = version_shown(context.database, slug, flow.version, now)
    try:
        answer = desk_of(request, live).take(unit, flow, step, fields, visitor_of(request), now)
    except TooOftenError as error:
        again = Answer(flow, step, {"form": words_for(request, unit)(error.key)})
        return _page(request, live, unit, again, fields, status=error.status)
    context.wake()
    return _page(request, live, unit, answer, fields, status=422 if answer.errors else 200)


def _hosted(live: Live, slug: str) -> tuple[int, int, Unit]:
    """A unit that has a page of its own. Work can only be asked of scripts: a unit that asks for it in the shop's pages
    must not be open here without."""
    number, version, unit = live_unit(live, slug)
    if unit.abuse.work and unit.kind != "page":
        raise NotFoundError("This form has no page of its own.", "It is open in the shop.")
    return number, version, unit


def _fresh(request: Request, unit: Unit, version: int) -> Flow:
    flow = begin(unit.unit, version, context_of(request).clock(), page=str(request.url.path))
    return replace(flow, worked=True)


def _page(
    request: Request, live: Live, unit: Unit, answer: Answer, typed: dict[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    words = words_for(request, unit)
    drawn = shown.definition(unit, live.shop, words)
    step = next(one for one in drawn["steps"] if one["step"] == answer.step)
    values: dict[str, Any] = {
        "unit": drawn,
        "step": step,
        "consent": step.get("consent"),
        "flow": write(context_of(request).signer, answer.flow),
        "trap": TRAP,
        "errors": answer.errors,
        "typed": (typed or {}) if answer.errors else {},
        "text": text_way(request, live, unit, answer.flow) if answer.step == "phone" else None,
        "waits": waits(unit, answer.flow, words),
        "words": words,
        "last": following(unit, answer.step) == "done" if answer.step != "done" else True,
        "dark": unit.theme.mode == "auto",
    }
    body = _ENVIRONMENT.get_template("page.html").render(values)
    headers = {
        "Content-Language": words.language,
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
    }
    return HTMLResponse(body, status, headers)


def waits(unit: Unit, flow: Flow, words: Words) -> list[str]:
    """What is left for the visitor to do before anything is sent; the same whoever they are."""
    todo = []
    if flow.email and unit.confirm.email == "link":
        todo.append(words("unit.open_mail_to", address=flow.email))
    if flow.phone and unit.confirm.sms == "reply":
        todo.append(words("unit.answer_yes_to", address=flow.phone))
    done = shown.code_of(unit)
    if "code" in done and (flow.email or flow.phone):
        todo.append(words("unit.code_after" if todo else "unit.code_coming"))
    return todo
