"""Pages from templates."""

from datetime import datetime
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from antiphon.addresses.erased import is_erased
from antiphon.web import assets, figures, times, words
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.figures import mask
from antiphon.web.times import Place

THEME_COOKIE = "antiphon_theme"

#: Every page of the bar: address, name, icon, and the letter behind ``g``.
NAV = (
    ("/", "Today", "sun", "t"),
    ("/people", "People", "users", "p"),
    ("/audiences", "Audiences", "filter", "e"),
    ("/journeys", "Journeys", "workflow", "j"),
    ("/campaigns", "Campaigns", "megaphone", "n"),
    ("/catalogue", "Catalogue", "package", "a"),
    ("/offers", "Offers", "ticket-percent", "f"),
    ("/messages", "Messages", "send", "m"),
    ("/send-times", "Send times", "clock", "h"),
    ("/pressure", "Pressure", "calendar", "r"),
    ("/content", "Content", "message-square-text", "o"),
    ("/sign-up", "Sign-up", "user-plus", "u"),
    ("/sandbox", "Sandbox", "flask-conical", "b"),
    ("/delivery", "Delivery", "activity", "d"),
    ("/consent", "Consent", "shield-check", "c"),
    ("/settings", "Settings", "settings", "s"),
)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("antiphon.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        icon=assets.icon,
        look=words.look,
        words=words,
        nav=NAV,
        style=assets.style,
        script=assets.script,
        number=figures.number,
        whole=figures.whole,
        money=figures.money,
        percent=figures.percent,
        spark=figures.spark,
        change=figures.change,
        ago=times.ago,
        when=_when,
        moment=_moment,
        codes=_codes,
        reader=_reader,
        zone_name=lambda zone: Place(zone).name,
        far=times.FAR,
    )
    return environment


def _when(at: datetime, place: Place, now: datetime) -> Markup:
    """A short instant in somebody's zone, the whole of it on hover."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(), place.full(at), place.short(at, now)
    )


def _moment(at: datetime, now: datetime, place: Place) -> Markup:
    """How far from now, the whole instant on hover."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), place.full(at), times.ago(at, now))


def _reader(address: str, viewer: Viewer | None = None) -> str:
    """Whom a message went to, as far as it may be told."""
    if is_erased(address):
        return "somebody who was erased"
    return mask(address) if viewer is not None and viewer.masked else address


def _codes(words: str) -> Markup:
    """Words between backquotes as code."""
    parts = words.split("`")
    marked = (
        Markup("<code class='id'>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)
    )
    return Markup("").join(marked)


def html(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(values)


def page(request: Request, template: str, viewer: Viewer, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of somebody who is signed in; ``now``, ``viewer`` and ``place`` are there for every template."""
    now = values.pop("now", None) or context_of(request).clock()
    body = html(
        template,
        request=request,
        path=request.url.path,
        viewer=viewer,
        place=viewer.place,
        now=now,
        theme=theme(request),
        **values,
    )
    return HTMLResponse(body, status_code=status)


def open_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page for those who are not signed in."""
    body = html(template, request=request, path=request.url.path, viewer=None, theme=theme(request), **values)
    return HTMLResponse(body, status_code=status)


def theme(request: Request) -> str:
    """The reader's choice, or nothing: then the system's."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in {"light", "dark"} else ""
