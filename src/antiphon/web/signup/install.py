"""What goes into the shop's pages once: the tag with its key, and which pages may show units."""

from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.intake.models import Scope
from antiphon.intake.sources import create_source
from antiphon.signup import queries
from antiphon.signup.units import ORIGINS, LiveUnits, read_shop
from antiphon.store.audit import record
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/sign-up/install")

#: The tag's key lies open in the shop's pages, so it may be kept to be shown again.
KEY = "sign-up.tag-key"


def origins_of(typed: str) -> tuple[list[str], str]:
    """The origins that lines of addresses name, and what is wrong with the first that names none."""
    found: list[str] = []
    for line in typed.split():
        bare = "http" if line.startswith(("localhost", "127.0.0.1")) else "https"
        written = line if "://" in line else f"{bare}://{line}"
        parts = urlsplit(written)
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
        local = host in {"localhost", "127.0.0.1"}
        # a name without a dot, other than this machine's, is a word that was typed into the wrong field
        if (
            not host
            or parts.username
            or ("." not in host and not local)
            or (parts.scheme != "https" and not (local and parts.scheme == "http"))
        ):
            return [], f"{line} is not the address of a shop. Write it as https://www.example.com."
        try:
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return [], f"{line} has no port that could be."
        found.append(f"{parts.scheme}://{host}{port}".lower())
    return list(dict.fromkeys(found)), ""


@router.get("")
def install(request: Request, viewer: SignedInViewer, saved: str = "") -> Response:
    return _page(request, viewer, saved=saved)


def _page(request: Request, viewer: Viewer, *, status: int = 200, saved: str = "", **typed: Any) -> Response:
    with page_read(request) as connection:
        shop = read_shop(connection)
        key = connection.execute(queries.SETTING, {"key": KEY}).scalar()
    values = {"origins": "\n".join(shop.origins), "errors": {}} | typed
    base = context_of(request).base_url
    return page(request, "signup/install.html", viewer, status=status, saved=saved, key=key, base_url=base, **values)


@router.post("/origins")
def save_origins(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    try:
        found, wrong = origins_of(form["origins"])
    except (UnicodeError, ValueError):
        found, wrong = [], "One of these is not an address. Write it as https://www.example.com."
    if wrong:
        return _page(request, viewer, status=422, origins=form["origins"], errors={"origins": wrong})
    context = context_of(request)
    now = context.clock()
    with context.database.begin("settings") as connection:
        values = {"key": ORIGINS, "value": orjson.dumps(found).decode(), "now": now, "by": viewer.email}
        connection.execute(queries.SAVE_SETTING, values)
        record(connection, now, viewer.actor, "units", "pages of the shop saved", "", after={"origins": found})
    live: LiveUnits | None = getattr(request.app.state, "live_units", None)
    if live is not None:
        live.forget()
    return RedirectResponse("/sign-up/install?saved=origins", status_code=303)


@router.post("/key")
def make_key(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:  # noqa: ARG001  # checked
    """A write key of scope events for the tag."""
    context = context_of(request)
    now = context.clock()
    name = f"browser tag {now:%Y-%m-%d %H:%M:%S}"
    key = create_source(context.database, name, now, Scope.EVENTS, viewer.actor)
    with context.database.begin("settings") as connection:
        values = {"key": KEY, "value": orjson.dumps(key).decode(), "now": now, "by": viewer.email}
        connection.execute(queries.SAVE_SETTING, values)
    return RedirectResponse("/sign-up/install?saved=key", status_code=303)
