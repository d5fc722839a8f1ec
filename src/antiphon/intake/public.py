"""Pages for the holder of an address: confirming a sign-up, and the preference centre.

Open to everybody; the token is all there is to know, and it says whose address it is, not what that has agreed to. GET and
HEAD change nothing: scanners open every link. Everything works without script.
"""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from antiphon.content.links import Holder, holder_token, read_holder
from antiphon.delivery import queries
from antiphon.delivery.shell import public_page
from antiphon.intake.opting_in import confirm
from antiphon.intake.preferences import PAUSES, SOURCE, Chosen, Standing, choose, standing

router = APIRouter(include_in_schema=False)

_NAMES = {"email": "emails", "sms": "texts"}


@router.head("/confirm/{token}")
@router.head("/preferences/{token}")
def looked_at(request: Request, token: str) -> Response:
    """Gateways ask for headers only."""
    read_holder(request.app.state.context.signer, request.url.path.split("/")[1], token)
    return Response(status_code=200)


@router.get("/confirm/{token}")
def confirm_page(request: Request, token: str) -> HTMLResponse:
    """Ask once more: who only opens links confirms nothing."""
    holder, brand = _holder(request, "confirm", token)
    body = (
        f"<p>{escape(brand)} may send {_NAMES[holder.channel]} to {escape(holder.address)}.</p>"
        '<form method="post"><p class="row"><button>Yes, confirm</button></p></form>'
        '<p class="quiet">If you did not ask for this, close the page: then nothing is sent.</p>'
    )
    return public_page("Confirm your address", body, brand=brand)


@router.post("/confirm/{token}")
def confirmed(request: Request, token: str) -> HTMLResponse:
    """The double opt-in. The answer is the same for who had confirmed before."""
    holder, brand = _holder(request, "confirm", token)
    context = request.app.state.context
    place = (holder.channel, holder.address, holder.brand)
    done = confirm(context.database, *place, "confirmation link", **_seen(request))
    if not done:
        with context.database.read() as connection:
            done = standing(connection, *place, context.clock()).marketing
    context.wake()
    preferences = holder_token(context.signer, "preferences", holder)
    if done:
        body = (
            f"<p>{escape(holder.address)} is confirmed. You can close this page.</p>"
            f'<p class="quiet"><a href="/preferences/{preferences}">Choose what you get</a></p>'
        )
        return public_page("Thank you", body, brand=brand)
    body = "<p>This link has run out, or was taken back since. Sign up once more, and a new one comes.</p>"
    return public_page("Nothing to confirm", body, brand=brand, status=410)


@router.get("/preferences/{token}")
def preferences_page(request: Request, token: str) -> HTMLResponse:
    """What the holder may choose, as it stands."""
    holder, brand = _holder(request, "preferences", token)
    context = request.app.state.context
    with context.database.read() as connection:
        now = standing(connection, holder.channel, holder.address, holder.brand, context.clock())
    return public_page("Your preferences", _form(holder, now), brand=brand)


@router.post("/preferences/{token}")
async def preferences_chosen(request: Request, token: str) -> HTMLResponse:
    """Carry out what was chosen; the button that ends everything does so whatever else was ticked."""
    form = await request.form(max_files=0, max_fields=20, max_part_size=1_024)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_chosen, request, token, fields)


def _chosen(request: Request, token: str, fields: dict[str, str]) -> HTMLResponse:
    holder, brand = _holder(request, "preferences", token)
    context = request.app.state.context
    if "everything" in fields:
        context.opt_out_of_all(holder, SOURCE, _seen(request))
        words = f"<p>{escape(holder.address)} gets nothing more but what you buy asks for.</p>"
        if holder.channel == "sms":
            words = f"<p>{escape(holder.address)} gets no more texts.</p>"
        return public_page("You are unsubscribed", words, brand=brand)
    if "save" not in fields:
        return public_page("Nothing was changed", "<p>Use the buttons of the page.</p>", brand=brand, status=400)
    pause = fields.get("pause", "")
    prefers = fields.get("prefers", "")
    chosen = Chosen(
        "marketing" in fields,
        "cart" in fields,
        int(pause) if pause in {"0", *map(str, PAUSES)} else None,
        prefers if prefers in _NAMES else None,
    )
    place = (holder.channel, holder.address, holder.brand)
    said = choose(context.database, *place, chosen, _seen(request))
    context.wake()
    words = "".join(f"<p>{escape(one)}</p>" for one in said) or "<p>Your choice is kept.</p>"
    back = f'<p class="quiet"><a href="{escape(request.url.path)}">Back to your preferences</a></p>'
    return public_page("Saved", words + back, brand=brand)


def _holder(request: Request, use: str, token: str) -> tuple[Holder, str]:
    """Whose page it is, and the brand's name."""
    context = request.app.state.context
    holder = read_holder(context.signer, use, token)
    with context.database.read() as connection:
        names = {row.id: row.name for row in connection.execute(queries.BRANDS)}
    return holder, names.get(holder.brand, "This shop")


def _seen(request: Request) -> dict[str, Any]:
    """Who pressed the button, for the ledger."""
    agent = request.headers.get("user-agent", "").replace("\0", "")[:500]
    return {"ip": request.client.host if request.client else None, "agent": agent or None}


def _form(holder: Holder, now: Standing) -> str:
    sms = holder.channel == "sms"
    ways = [_box("marketing", "News and offers", ticked=now.marketing)]
    if sms:
        ways.append(_box("cart", "Reminders of a cart that you left", ticked=now.cart))
    paused = f"<p>Paused until {now.paused_until:%d %B %Y}.</p>" if now.paused_until else ""
    pauses = [("", "As it is"), *(([("0", "End the pause")]) if now.paused_until else [])]
    pauses += [(str(days), f"Nothing for {days} days") for days in PAUSES]
    likes = [("", "No preference"), ("email", "Email"), ("sms", "Text")]
    leave = "Stop all texts" if sms else "Unsubscribe from everything"
    note = ""
    if sms and now.barred not in {None, "preference"}:
        note = '<p class="quiet">You left by a text. To come back, text START to our number.</p>'
    bought = '<p class="quiet">What you buy is confirmed all the same.</p>'
    return (
        f"<p>For {escape(holder.address)}</p>"
        f'<form method="post"><fieldset><legend>What you get by {"text" if sms else "email"}</legend>{"".join(ways)}{note}'
        f"{'' if note else bought}</fieldset>"
        f"<fieldset><legend>A pause</legend>{paused}{_choices('pause', pauses)}</fieldset>"
        f"<fieldset><legend>Where you like to hear from us</legend>{_choices('prefers', likes)}</fieldset>"
        '<p class="row"><button name="save" value="1">Save my choice</button>'
        f'<button class="second" name="everything" value="1">{leave}</button></p></form>'
    )


def _box(name: str, words: str, *, ticked: bool) -> str:
    return (
        f'<label><input type="checkbox" name="{name}" value="1"{" checked" if ticked else ""}> {escape(words)}</label>'
    )


def _choices(name: str, options: list[tuple[str, str]]) -> str:
    return "".join(
        f'<label><input type="radio" name="{name}" value="{value}"{"" if n else " checked"}> {escape(words)}</label>'
        for n, (value, words) in enumerate(options)
    )
