"""Sign-up: the units with their figures, the editor with its preview, and what goes into the shop's pages."""

import re
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from antiphon.content.languages import AUTO, DEFAULT, languages, words_of
from antiphon.kit.errors import AntiphonError
from antiphon.signup import shown
from antiphon.signup.models import Unit
from antiphon.signup.publish import publish, set_state
from antiphon.signup.source import examine
from antiphon.signup.starters import starters
from antiphon.signup.units import Kept, LiveUnits, Shop, read_kept, read_shop
from antiphon.signup.wording import disclosures
from antiphon.store.audit import record
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import html, page
from antiphon.web.signup import read
from antiphon.web.signup.forms import as_file, definition_of, errors_of, fields_of
from antiphon.web.signup.left import left_to_do

router = APIRouter(include_in_schema=False, prefix="/sign-up")

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
KINDS = {
    "popup": "Popup, in the middle of the page",
    "flyout": "Flyout, in a corner",
    "embedded": "Embedded, in its place",
    "page": "Page of its own",
}


@router.get("")
def units(request: Request, viewer: SignedInViewer) -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        found = read.units(connection, now)
        shop = read_shop(connection)
    return page(request, "signup/list.html", viewer, units=found, kinds=KINDS, installed=bool(shop.origins))


@router.get("/new")
def new_unit(request: Request, viewer: SignedInViewer, kind: str = "popup") -> Response:
    unit, _ = examine(starters()["welcome"])
    assert unit is not None
    kind = kind if kind in KINDS else "popup"
    fields = Posted(fields_of(unit) | {"unit": "", "name": "", "kind": kind})
    return _editor(request, viewer, fields)


@router.post("/new")
def add_unit(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    slug = form["unit"].strip()
    if not _SLUG.fullmatch(slug) or slug in {"new", "install", "preview"}:
        words = "Small letters, digits and hyphens, such as welcome-popup."
        return _editor(request, viewer, form, errors={"unit": [words]}, status=422)
    with page_read(request) as connection:
        taken = any(one.slug == slug for one in read.units(connection, context_of(request).clock()))
    if taken:
        return _editor(request, viewer, form, errors={"unit": ["There is a unit of this name."]}, status=422)
    return _save(request, viewer, form, slug, None)


@router.post("/preview")
def preview(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:  # noqa: ARG001  # whoever may see it
    """What the form would look like: drawn by the very script that draws it in shops, in a frame of the editor."""
    definition = definition_of(form, form["unit"].strip() if _SLUG.fullmatch(form["unit"].strip()) else "preview")
    found, problems = examine(as_file({"name": "Preview"} | definition))
    if found is None:
        words = "; ".join(f"{one.what} {one.hint}".strip() for one in problems[:3])
        return HTMLResponse(html("signup/unready.html", words=words), status_code=422)
    with page_read(request) as connection:
        shop = read_shop(connection)
    body = html("signup/preview.html", data=_drawn(found, shop, form), script=context_of(request).unit_script)
    return HTMLResponse(body)


@router.get("/{slug}")
def unit(request: Request, viewer: SignedInViewer, slug: str, version: int | None = None, saved: str = "") -> Response:
    with page_read(request) as connection:
        kept = read_kept(connection, slug, version)
    return _editor(request, viewer, Posted(fields_of(kept.unit)), kept, saved=saved)


@router.post("/{slug}")
def save_unit(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:
    with page_read(request) as connection:
        kept = read_kept(connection, slug)
    return _save(request, viewer, form, slug, kept)


@router.post("/{slug}/{state}")
def switch(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str, state: str) -> Response:  # noqa: ARG001
    wanted = {"on": "active", "pause": "paused"}.get(state)
    if wanted is None:
        raise AntiphonError("A unit can be switched on or paused.", "Use the page's own buttons.")
    context = context_of(request)
    with context.database.begin("settings") as connection:
        set_state(connection, slug, wanted, context.clock())
        what = "unit switched on" if wanted == "active" else "unit paused"
        record(connection, context.clock(), viewer.actor, "units", what, f"unit {slug}")
    _seen(request)
    return RedirectResponse(f"/sign-up/{slug}", status_code=303)


def _save(request: Request, viewer: Viewer, form: Posted, slug: str, kept: Kept | None) -> Response:
    """Publish what the form says as a version; with ``on`` a draft is shown to visitors from now on."""
    definition = definition_of(form, slug)
    source = as_file(definition)
    found, problems = examine(source)
    wrong = [one for one in problems if not one.warning]
    if found is None or wrong:
        errors = errors_of(wrong, definition)
        return _editor(request, viewer, form, kept, errors=errors, status=422)
    context = context_of(request)
    try:
        with context.database.begin("settings") as connection:
            done = publish(connection, source, viewer.email, context.clock(), activate=form["on"] == "yes")
            if done.changed:
                after = {"version": done.number, "state": done.state}
                record(
                    connection, context.clock(), viewer.actor, "units", "unit published", f"unit {slug}", after=after
                )
    except IntegrityError as error:
        raise AntiphonError("Somebody else saved this unit just now.", "Load the page again.") from error
    _seen(request)
    return RedirectResponse(f"/sign-up/{slug}?saved={done.number}", status_code=303)


def _seen(request: Request) -> None:
    live: LiveUnits | None = getattr(request.app.state, "live_units", None)
    if live is not None:
        live.forget()


def _editor(
    request: Request,
    viewer: Viewer,
    fields: Posted,
    kept: Kept | None = None,
    *,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
    saved: str = "",
) -> Response:
    context = context_of(request)
    with page_read(request) as connection:
        shop = read_shop(connection)
        versions = read.versions(connection, kept.slug) if kept else []
        figures = read.figures(connection, context.clock()).get(kept.slug) if kept else None
    current = versions[0].number if versions else 0
    return page(
        request, "signup/editor.html", viewer, status=status, form=fields, kept=kept, errors=errors or {}, saved=saved,
        kinds=KINDS, versions=versions, current=current, figures=figures or read.Figures(), brand=shop.brand,
        origins=shop.origins, base_url=context.base_url, disclosures=disclosures(fields["language"] or DEFAULT),
        usual=words_of(fields["language"]), languages=_languages(fields["language"]), left=left_to_do(fields, shop),
    )  # fmt: skip


def _languages(current: str) -> list[tuple[str, str]]:
    """What a unit may speak; the one that it has stays, whether we speak it or not."""
    found = {code: words.own_name for code, words in languages().items()} | {
        AUTO: "The visitor’s own, by their browser"
    }
    return list((found if current in found or not current else {current: current} | found).items())


def _drawn(unit: Unit, shop: Shop, form: Posted) -> str:
    """The definition as JSON that can stand inside a page's script element."""
    step = form["preview_step"] if form["preview_step"] in {*unit.names, "done"} else unit.names[0]
    state: dict[str, Any] = {"flow": "", "challenge": "", "step": step, "errors": {}}
    state["text"] = shown.by_text(unit.phone, shop, "12345678")
    drawn = shown.definition(unit, shop, words_of(unit.language)) | state | {"phone": form["preview_device"] == "phone"}
    return orjson.dumps(drawn).decode().replace("<", "\\u003c")
