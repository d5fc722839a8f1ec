"""Pages for the holder of an address: confirming a sign-up, and the preference centre.

Open to everybody; the token is all there is to know, and it says whose address it is, not what that has agreed to. GET and
HEAD change nothing: scanners open every link. Everything works without script.
"""

from html import escape
from time import sleep
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from antiphon.content.languages import Words
from antiphon.content.links import Holder, holder_token, read_holder
from antiphon.delivery.public import asked, speaking
from antiphon.delivery.shell import public_page
from antiphon.intake import choices
from antiphon.intake.opting_in import Waiting, confirm, waiting
from antiphon.intake.preferences import PAUSES, SOURCE, Chosen, Saying, choose, standing
from antiphon.intake.promised import code_of

router = APIRouter(include_in_schema=False)

_CHANNELS = ("email", "sms")
#: How often, and how many seconds apart, it is looked whether a code that was promised is there.
_LOOKS, _BETWEEN = 12, 0.1


@router.head("/confirm/{token}")
@router.head("/preferences/{token}")
def looked_at(request: Request, token: str) -> Response:
    """Gateways ask for headers only."""
    read_holder(request.app.state.context.signer, request.url.path.split("/")[1], token)
    return Response(status_code=200)


@router.get("/confirm/{token}")
def confirm_page(request: Request, token: str) -> HTMLResponse:
    """Ask once more: who only opens links confirms nothing."""
    holder, brand, words = _holder(request, "confirm", token)
    asks = words(f"page.confirm_{holder.channel}", brand=brand, address=holder.address)
    body = (
        f"<p>{escape(asks)}</p>"
        f'<form method="post"><p class="row"><button>{escape(words("page.confirm_button"))}</button></p></form>'
        f'<p class="quiet">{escape(words("page.confirm_not_you"))}</p>'
    )
    return public_page(words("page.confirm_title"), body, brand=brand, language=words.language)


@router.post("/confirm/{token}")
def confirmed(request: Request, token: str) -> HTMLResponse:
    """The double opt-in. The answer is the same for who had confirmed before."""
    holder, brand, words = _holder(request, "confirm", token)
    context = request.app.state.context
    place = (holder.channel, holder.address, holder.brand)
    with context.database.read() as connection:
        promises = [one for one in waiting(connection, *place[:2], context.clock()) if one.brand == holder.brand]
    done = confirm(context.database, *place, "confirmation link", **_seen(request))
    if not done:
        with context.database.read() as connection:
            done = standing(connection, *place, context.clock()).marketing
    context.wake()
    if done:
        preferences = f"/preferences/{holder_token(context.signer, 'preferences', holder)}{asked(request)}"
        body = (
            f"<p>{escape(words('page.confirmed', address=holder.address))}</p>"
            f"{_code(context, holder, promises, words)}"
            f'<p class="quiet"><a href="{preferences}">{escape(words("page.choose_what"))}</a></p>'
        )
        return public_page(words("page.thanks"), body, brand=brand, language=words.language)
    body = f"<p>{escape(words('page.nothing'))}</p>"
    return public_page(words("page.nothing_title"), body, brand=brand, status=410, language=words.language)


def _code(context: Any, holder: Holder, promises: list[Waiting], words: Words) -> str:
    """The code that the sign-up promised: itself where it is there within a moment, else that it is on its way."""
    for one in promises:
        code = one.coupon or (one.offer and _given_soon(context, holder, one.offer))
        if code:
            return f"<p>{escape(words('page.your_code'))}: <strong>{escape(code)}</strong></p>"
        if one.offer:
            return f"<p>{escape(words('page.code_coming', address=holder.address))}</p>"
    return ""


def _given_soon(context: Any, holder: Holder, name: str) -> str | None:
    """The code of an offer, which a worker gives in the next moment, where one runs."""
    for _ in range(_LOOKS):
        with context.database.read() as connection:
            found = code_of(connection, holder.channel, holder.address, name, context.clock())
        if found:
            return found
        sleep(_BETWEEN)
    return None


@router.get("/preferences/{token}")
def preferences_page(request: Request, token: str) -> HTMLResponse:
    """What the holder may choose, as it stands; for what is proven to be theirs as well."""
    holder, brand, words = _holder(request, "preferences", token)
    context = request.app.state.context
    own, *others = _all_of(context, holder)
    with context.database.read() as connection:
        stands = {
            one: standing(connection, one.channel, one.address, one.brand, context.clock()) for one in (own, *others)
        }
    shown = [choices.Shown(one, choices.key(context.signer, one), stands[one]) for one in others]
    body = choices.form(choices.Shown(own, "", stands[own]), shown, words)
    return public_page(words("page.preferences_title"), body, brand=brand, language=words.language)


@router.post("/preferences/{token}")
async def preferences_chosen(request: Request, token: str) -> HTMLResponse:
    """Carry out what was chosen; the button that ends everything does so whatever else was ticked."""
    form = await request.form(max_files=0, max_fields=60, max_part_size=1_024)
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return await run_in_threadpool(_chosen, request, token, fields)


def _chosen(request: Request, token: str, fields: dict[str, str]) -> HTMLResponse:
    holder, brand, words = _holder(request, "preferences", token)
    context = request.app.state.context
    if not {"everything", "save"} & fields.keys():
        body = f"<p>{escape(words('page.unchanged'))}</p>"
        return public_page(words("page.unchanged_title"), body, brand=brand, status=400, language=words.language)
    # only what stood on the page: an address that was proven since was not looked at
    own, *others = _all_of(context, holder)
    keys = {own: ""} | {one: key for one in others if f"of-{(key := choices.key(context.signer, one))}" in fields}
    if "everything" in fields:
        said = []
        for one in keys:
            context.opt_out_of_all(one, SOURCE, _seen(request))
            said.append(words(f"page.stopped_{one.channel}", address=choices.written(one, own)))
        return public_page(words("page.left_title"), _paragraphs(said), brand=brand, language=words.language)
    said = []
    for one, key in keys.items():
        saying = Saying(words, choices.written(one, own), one == own)
        place = (one.channel, one.address, one.brand)
        said += choose(context.database, *place, _wanted(fields, key), _seen(request), saying=saying)
    context.wake()
    back = f'<p class="quiet"><a href="{escape(request.url.path)}{asked(request)}">{escape(words("page.back"))}</a></p>'
    body = _paragraphs(said or [words("page.kept")]) + back
    return public_page(words("page.saved"), body, brand=brand, language=words.language)


def _wanted(fields: dict[str, str], key: str) -> Chosen:
    """What was chosen for one address. The pause is for all of them, what the holder prefers is told once."""
    pause, prefers, tail = fields.get("pause", ""), fields.get("prefers", ""), f"-{key}" if key else ""
    return Chosen(
        f"marketing{tail}" in fields,
        f"cart{tail}" in fields,
        int(pause) if pause in {"0", *map(str, PAUSES)} else None,
        prefers if prefers in _CHANNELS and not key else None,
    )


def _paragraphs(sentences: list[str]) -> str:
    return "".join(f"<p>{escape(one)}</p>" for one in sentences)


def _all_of(context: Any, holder: Holder) -> list[Holder]:
    """The holder, then the same person's other addresses that are proven to be."""
    others = context.proven_with(holder.channel, holder.address)
    return [holder, *(Holder(channel, address, holder.brand) for channel, address in others)]


def _holder(request: Request, use: str, token: str) -> tuple[Holder, str, Words]:
    """Whose page it is, the brand's name, and the words that it is in."""
    holder = read_holder(request.app.state.context.signer, use, token)
    return (holder, *speaking(request, holder.brand))


def _seen(request: Request) -> dict[str, Any]:
    """Who pressed the button, for the ledger."""
    agent = request.headers.get("user-agent", "").replace("\0", "")[:500]
    return {"ip": request.client.host if request.client else None, "agent": agent or None}
