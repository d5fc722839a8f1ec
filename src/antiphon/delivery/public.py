"""What links in messages lead to: redirects that count clicks, the picture that counts opens, and the way out of a list.

The way out is RFC 8058's. Open to everybody; the token is all there is to know. What is to be done with a touch or an opt-out
is handed in by whoever composes the application, as ``request.app.state.context``.
"""

from base64 import b64decode
from datetime import datetime
from html import escape
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from antiphon.content.languages import AUTO, DEFAULT, Words, languages, settled
from antiphon.content.links import (
    TRAP,
    Holder,
    Subscription,
    holder_token,
    read_click,
    read_open,
    read_unsubscribe,
)
from antiphon.delivery import queries
from antiphon.delivery.clicks import Click, read_clicked
from antiphon.delivery.scanners import is_scanner, says_prefetch
from antiphon.delivery.shell import public_page
from antiphon.delivery.touches import Touch, caller
from antiphon.kit.signing import Signer
from antiphon.store.db import Database

router = APIRouter(include_in_schema=False)

_UNCACHED = {"Cache-Control": "no-store"}
#: A transparent picture of one dot.
_PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

_FORM = (
    '<p>{leave}</p><form method="post">'
    '<input type="hidden" name="List-Unsubscribe" value="One-Click">'
    '<p class="row"><button name="page" value="1">{button}</button></p></form>'
    '<p class="quiet"><a href="{preferences}">{instead}</a></p>'
)


class PublicContext(Protocol):
    """What these pages need of the application."""

    @property
    def database(self) -> Database: ...

    @property
    def signer(self) -> Signer: ...

    def clock(self) -> datetime: ...

    def keep_touch(self, touch: Touch) -> None:
        """Keep that a link was followed or a picture loaded, until it is judged who did it."""
        ...

    def lead(self, click: Click) -> str:
        """Where a person's click leads: its address, with what recognises them in the shop."""
        ...

    def opt_out(self, out: Subscription, at: datetime) -> None:
        """Suppress the address at once, for good; safe to repeat."""
        ...


def _context(request: Request) -> PublicContext:
    context: PublicContext = request.app.state.context
    return context


@router.head("/c/{token}")
def followed_by_machine(request: Request, token: str) -> Response:
    """Mail apps and gateways ask for headers only: an answer, and a sign of who else follows links of this message."""
    return _followed(request, token, "HEAD")


@router.get("/c/{token}")
def followed(request: Request, token: str) -> Response:
    """Lead to where the link was meant to lead; who did it is judged a few seconds later."""
    return _followed(request, token, "GET")


def _followed(request: Request, token: str, method: Literal["GET", "HEAD"]) -> Response:
    context = _context(request)
    link = read_click(context.signer, token)
    touch = _touch(request, link.abucket, link.message, "click", link.number, method)
    click = read_clicked(context.database, context.signer, token, touch.at, touch.agent)
    context.keep_touch(touch)
    if link.number == TRAP:
        return Response(status_code=204, headers=_UNCACHED)
    return _redirect(click.url if method == "HEAD" or is_scanner(request.headers) else context.lead(click))


@router.get("/o/{token}")
def opened(request: Request, token: str) -> Response:
    """The picture by which an email tells that it was opened. The same for everybody, and nothing follows but a record."""
    context = _context(request)
    mail = read_open(context.signer, token)
    context.keep_touch(_touch(request, mail.abucket, mail.message, "open", 0, "GET"))
    return Response(_PICTURE, media_type="image/gif", headers=_UNCACHED)


def _touch(
    request: Request,
    abucket: int,
    message: int,
    kind: Literal["click", "open"],
    link: int,
    method: Literal["GET", "HEAD"],
) -> Touch:
    context = _context(request)
    agent = request.headers.get("user-agent", "").replace("\0", "")[:500]
    host = request.client.host if request.client else None
    self_told = says_prefetch(request.headers)
    place = caller(context.signer, host)
    return Touch(abucket, message, kind, link, method, context.clock(), agent, self_told, place)


@router.head("/u/{token}")
def unsubscribe_looked_at(request: Request, token: str) -> Response:
    """Gateways ask for headers only."""
    read_unsubscribe(_context(request).signer, token)
    return Response(status_code=200)


@router.get("/u/{token}")
def unsubscribe_page(request: Request, token: str) -> HTMLResponse:
    """Ask; scanners open every link, so nothing happens here."""
    return _ask(request, read_unsubscribe(_context(request).signer, token))


@router.post("/u/{token}")
def unsubscribe(
    request: Request,
    token: str,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
    page: Annotated[str, Form()] = "",
) -> Response:
    """Opt out. A mailbox provider's POST has no cookies and wants an empty answer; a person wants a page."""
    context = _context(request)
    out = read_unsubscribe(context.signer, token)
    if one_click != "One-Click":
        return _ask(request, out, status=400)
    context.opt_out(out, context.clock())
    if not page:
        return Response(status_code=200)
    brand, words = speaking(request, out.brand)
    said = f"<p>{escape(words('page.left', address=out.address))}</p>"
    return public_page(words("page.left_title"), said, brand=brand, language=words.language)


def _ask(request: Request, out: Subscription, status: int = 200) -> HTMLResponse:
    brand, words = speaking(request, out.brand)
    preferences = holder_token(_context(request).signer, "preferences", Holder(out.channel, out.address, out.brand))
    body = _FORM.format(
        leave=escape(words("page.leave", address=out.address, brand=brand)),
        button=escape(words("page.leave_button")),
        instead=escape(words("page.leave_instead")),
        preferences=f"/preferences/{preferences}{asked(request)}",
    )
    return public_page(words("page.leave_title"), body, brand=brand, status=status, language=words.language)


def speaking(request: Request, number: int) -> tuple[str, Words]:
    """The brand's name, and the words that its pages are in: those that the link asks for (``?l=``), else the brand's."""
    with _context(request).database.read() as connection:
        row = next((row for row in connection.execute(queries.BRANDS) if row.id == number), None)
    wanted = request.query_params.get("l", "")
    language = (row.settings.get("language") or DEFAULT) if row is not None else AUTO
    words = settled(wanted if wanted in languages() else language, request.headers.get("accept-language", ""))
    return (row.name if row is not None else words("page.this_shop")), words


def asked(request: Request) -> str:
    """What a link to another of these pages ends with, so that it speaks the same language."""
    wanted = request.query_params.get("l", "")
    return f"?l={wanted}" if wanted in languages() else ""


def _redirect(url: str) -> RedirectResponse:
    return RedirectResponse(url, 302, _UNCACHED | {"Referrer-Policy": "no-referrer"})
