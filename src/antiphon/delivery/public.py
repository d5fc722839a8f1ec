"""What links in messages lead to: redirects that count clicks, and the way out of a list (RFC 8058).

Open to everybody; the token is all there is to know. What is to be done with a click or an opt-out is handed in by
whoever composes the application, as ``request.app.state.context``.
"""

from datetime import datetime
from html import escape
from typing import Annotated, Protocol

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from antiphon.content.links import Subscription, read_unsubscribe
from antiphon.delivery import queries
from antiphon.delivery.clicks import Click, read_clicked
from antiphon.delivery.scanners import is_scanner
from antiphon.kit.signing import Signer
from antiphon.store.db import Database

router = APIRouter(include_in_schema=False)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }}
body {{ display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 1rem; box-sizing: border-box; }}
main {{ max-width: 30rem; }} h1 {{ font-size: 1.5rem; }}
button {{ font: inherit; padding: .75rem 1.5rem; border: 0; border-radius: .5rem; background: #1d4ed8; color: #fff; }}
button:focus-visible {{ outline: 3px solid #f59e0b; outline-offset: 2px; }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""

_FORM = (
    '<p>{address} will get no more of these messages from {brand}.</p><form method="post">'
    '<input type="hidden" name="List-Unsubscribe" value="One-Click">'
    '<button name="page" value="1">Unsubscribe</button></form>'
)


class PublicContext(Protocol):
    """What these pages need of the application."""

    @property
    def database(self) -> Database: ...

    @property
    def signer(self) -> Signer: ...

    def clock(self) -> datetime: ...

    def record_click(self, click: Click) -> None:
        """Keep a person's click as an event."""
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
    """Mail apps and gateways ask for headers only: an answer, no click."""
    context = _context(request)
    click = read_clicked(context.database, context.signer, token, context.clock(), "")
    return _redirect(click.url)


@router.get("/c/{token}")
def followed(request: Request, token: str) -> Response:
    """Lead to where the link was meant to lead; count it when a person did it."""
    context = _context(request)
    agent = request.headers.get("user-agent", "")[:500]
    click = read_clicked(context.database, context.signer, token, context.clock(), agent)
    if not is_scanner(request.headers):
        context.record_click(click)
        return _redirect(context.lead(click))
    return _redirect(click.url)


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
    words = f"<p>{escape(out.address)} will get no more of these messages. You can close this page.</p>"
    return _page("You are unsubscribed", words)


def _ask(request: Request, out: Subscription, status: int = 200) -> HTMLResponse:
    with _context(request).database.read() as connection:
        brands = {row.id: row.name for row in connection.execute(queries.BRANDS)}
    body = _FORM.format(address=escape(out.address), brand=escape(brands.get(out.brand, "this shop")))
    return _page("Unsubscribe?", body, status)


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(_PAGE.format(title=escape(title), body=body), status, headers)


def _redirect(url: str) -> RedirectResponse:
    return RedirectResponse(url, 302, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
