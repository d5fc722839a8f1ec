"""The canvas: a journey is changed as a draft, looked over, and published."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.responses import Response

from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.journeys import changes, drafts, editing
from antiphon.journeys.drafts import Draft
from antiphon.journeys.playbooks import playbooks
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.audiences.suggest import suggestions
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.journeys import canvas, queries
from antiphon.web.reads import page_read
from antiphon.web.render import html, page

router = APIRouter(include_in_schema=False, prefix="/journeys")

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
#: Addresses of pages that stand beside those of journeys.
_TAKEN = frozenset({"new", "playbooks"})
_BLANK = """\
journey: {slug}
name: {name}

trigger:
  {trigger}
  max_lateness: 2h

reentry:
  {reentry}

steps: []
"""
#: What may start a journey, with how it is written and how often one person may enter to begin with.
_STARTS = {
    "event": ("event: {}", "mode: once"),
    "segment": ("segment: {}", "mode: once"),
    "date": ("date: {{trait: {}}}", "mode: after\n  gap: 300d"),
    "product": ("product: {}", "mode: each_key"),
}


@dataclass(frozen=True, slots=True)
class Published:
    """The newest version of a journey; ``number`` is 0 where there is none yet."""

    number: int = 0
    source: str | None = None
    state: str = ""
    by: str = ""
    at: datetime | None = None


@router.get("/new")
def new(request: Request, viewer: SignedInViewer) -> Response:
    return _new(request, viewer, dict.fromkeys(("name", "slug", *_STARTS), "") | {"starts": "event"}, {})


def _new(request: Request, viewer: Viewer, typed: dict[str, str], errors: dict[str, str]) -> Response:
    with page_read(request) as connection:
        known = suggestions(connection)
        kept = drafts.drafts(connection, viewer.account)
    return page(
        request, "journeys/new.html", viewer, status=422 if errors else 200, typed=typed, errors=errors, known=known,
        drafts=kept, now=context_of(request).clock(),
    )  # fmt: skip


@router.post("/new")
def make(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """A draft with a trigger and no step yet."""
    starts = form["starts"] if form["starts"] in _STARTS else "event"
    typed = {name: form[name].strip() for name in ("name", "slug", *_STARTS)} | {"starts": starts}
    errors = {name: "Fill this in." for name in ("name", "slug", starts) if not typed[name]}
    if len(typed["name"]) > 120:
        errors["name"] = "At most 120 characters."
    if typed["slug"] and not _SLUG.fullmatch(typed["slug"]):
        errors["slug"] = "Small letters, digits and hyphens, such as abandoned-cart."
    context = context_of(request)
    with page_read(request) as connection:
        if typed["slug"] in _TAKEN or _published(connection, typed["slug"]).number:
            errors["slug"] = "There is a journey of this name."
        elif drafts.find(connection, viewer.account, typed["slug"]):
            errors["slug"] = "You have a draft of this name."
    if errors:
        return _new(request, viewer, typed, errors)
    written = {name: orjson.dumps(value).decode() for name, value in typed.items()}  # any text, as YAML reads it
    trigger, reentry = _STARTS[starts]
    start = {"trigger": trigger.format(written[starts]), "reentry": reentry}
    source = _BLANK.format_map({"slug": typed["slug"], "name": written["name"]} | start)
    draft = Draft(typed["slug"], 0, source, context.clock())
    with context.database.begin("drafts") as connection:
        drafts.save(connection, viewer.account, draft)
    return RedirectResponse(f"/journeys/{typed['slug']}/edit", status_code=303)


@router.get("/{slug}/edit")
def edit(request: Request, viewer: SignedInViewer, slug: str) -> Response:
    with page_read(request) as connection:
        newest, draft = _published(connection, slug), drafts.find(connection, viewer.account, slug)
        if draft is None and newest.source is None:
            raise NotFoundError(f"There is no journey {slug[:60]}", "Start one, or switch a playbook on.")
        shown = draft or Draft(slug, newest.number, newest.source or "", context_of(request).clock())
        drawn = canvas.draw(connection, slug, shown.source, _base(connection, slug, shown.base))
        known = _known(connection)
        others = connection.execute(queries.OTHERS, {"slug": slug, "account": viewer.account}).all()
    name = str((drawn["head"]["values"].get("name")) or slug)
    state = drawn | {"base": shown.base, "newest": newest.number, "saved": draft is not None}
    facts = {
        "mode": "edit",
        "slug": slug,
        "state": state,
        "known": known,
        "icons": canvas.icons(),
        "schemas": canvas.schemas(),
    }
    return page(
        request, "journeys/edit.html", viewer, slug=slug, name=name, newest=newest, others=others, draft=draft,
        facts=orjson.dumps(facts, default=str).decode(), now=context_of(request).clock(),
    )  # fmt: skip


def _known(connection: Connection) -> dict[str, list[str]]:
    """Names that fields offer."""
    found = suggestions(connection)
    for name, query in (("emails", queries.EMAIL_NAMES), ("offers", queries.OFFER_NAMES), ("journeys", queries.SLUGS)):
        found[name] = list(connection.execute(query).scalars())
    return found


def _published(connection: Connection, slug: str) -> Published:
    row = connection.execute(queries.NEWEST, {"slug": slug}).one_or_none()
    return Published(row.number, row.source, row.state, row.published_by, row.published_at) if row else Published()


def _base(connection: Connection, slug: str, number: int) -> str | None:
    """The file of the version that a draft began from."""
    found: str | None = connection.execute(queries.SOURCE, {"slug": slug, "number": number}).scalar_one_or_none()
    return found


@router.post("/{slug}/draft")
def change(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:
    """One change of a draft: what it was, and ``op``, or what it is now; answers with what the canvas draws."""
    context, base = context_of(request), int(form["base"]) if form["base"].isdecimal() else 0
    try:
        done = _done(form)
    except AntiphonError as error:
        return _json({"error": error.what, "hint": error.hint}, 422)
    draft = Draft(slug, base, done.source, context.clock())
    with page_read(request) as connection:
        before, newest = _base(connection, slug, base), _published(connection, slug)
        if before is None and (base or drafts.find(connection, viewer.account, slug) is None):
            raise NotFoundError(f"There is no journey {slug[:60]}", "Start one, or switch a playbook on.")
        drawn = canvas.draw(connection, slug, done.source, before)
    saved = before != done.source
    with context.database.begin("drafts") as connection:
        if saved:
            drafts.save(connection, viewer.account, draft)
        else:
            drafts.drop(connection, viewer.account, slug)
    state = drawn | {"base": base, "newest": newest.number, "saved": saved}
    return _json({"state": state, "step": done.step, "also": done.also})


def _done(form: Posted) -> editing.Edited:
    source = form["source"].replace("\r\n", "\n")
    if not form["op"]:
        return editing.Edited(source)
    try:
        op = orjson.loads(form["op"])
        match op["do"]:
            case "add":
                return editing.add(source, op["type"], op["behind"], tuple(op["slot"]))
            case "remove":
                return editing.remove(source, op["step"])
            case "duplicate":
                return editing.duplicate(source, op["step"])
            case "put":
                return editing.put(source, op["step"], op["values"])
            case "head":
                return editing.put_head(source, op["values"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise AntiphonError("This change cannot be read.", "Load the page again.") from error
    raise AntiphonError("There is no such change.", "Load the page again.")


@router.post("/{slug}/review")
def review(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001
    """What publishing would come to: ``{"html": …}`` for the dialog."""
    with page_read(request) as connection:
        draft = drafts.find(connection, viewer.account, slug)
        newest = _published(connection, slug)
        if draft is None:
            return _json({"html": html("journeys/review.html", draft=None, viewer=viewer, newest=newest)})
        before = _base(connection, slug, draft.base) or ""
        drawn = canvas.draw(connection, slug, draft.source, before)
        here = connection.execute(queries.HERE_BY_NUMBER, {"slug": slug}).all()
    values = {
        "draft": draft, "newest": newest, "viewer": viewer, "here": here, "slug": slug,
        "changes": changes.compare(before, draft.source),
        "lines": changes.lines(before, draft.source, ("before", "after")) if before else [],
        "errors": [one for one in drawn["problems"] if not one["warning"]],
        "warnings": [one for one in drawn["problems"] if one["warning"]],
        "overtaken": changes.compare(before, newest.source or "") if newest.number != draft.base else None,
        "place": viewer.place, "now": context_of(request).clock(),
    }  # fmt: skip
    return _json({"html": html("journeys/review.html", **values)})


@router.post("/{slug}/publish")
def publish(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:
    """Publish the draft. Refused when somebody else has published since it began."""
    context = context_of(request)
    with page_read(request) as connection:
        draft = drafts.find(connection, viewer.account, slug)
    if draft is None:
        return _json({"error": "There is nothing to publish.", "hint": "Load the page again."}, 422)
    payload = {"source": draft.source, "activate": form["activate"] == "yes", "base": draft.base}
    try:
        carry_out(context.database, "journey.publish", payload, viewer.actor, context.clock())
    except CommandFailedError as error:
        return _json({"error": str(error), "hint": ""}, 409)
    with context.database.begin("drafts") as connection:
        drafts.drop(connection, viewer.account, slug)
    context.wake()
    return _json({"address": f"/journeys/{slug}"})


@router.post("/{slug}/rebase")
def rebase(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001
    """Say that a draft is to come behind the newest version, whatever that changed."""
    context = context_of(request)
    with page_read(request) as connection:
        draft, newest = drafts.find(connection, viewer.account, slug), _published(connection, slug)
    if draft is not None:
        with context.database.begin("drafts") as connection:
            drafts.save(connection, viewer.account, Draft(slug, newest.number, draft.source, context.clock()))
    return RedirectResponse(f"/journeys/{slug}/edit", status_code=303)


@router.post("/{slug}/discard")
def discard(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001
    context = context_of(request)
    with context.database.begin("drafts") as connection:
        drafts.drop(connection, viewer.account, slug)
        there = connection.execute(queries.JOURNEY, {"slug": slug}).one_or_none()
    return RedirectResponse(f"/journeys/{slug}" if there else "/journeys", status_code=303)


@router.get("/{slug}/counts.json")
def counts(request: Request, viewer: SignedInViewer, slug: str, version: int = 0) -> Response:  # noqa: ARG001
    """Who is where: ``{"here": {step: n}, "taken": [[from, to, n]]}`` of a version by its number, else of all of them."""
    values = {"slug": slug, "number": version}
    with page_read(request) as connection:
        here = {row.step: row.n for row in connection.execute(queries.HERE_OF, values)}
        taken = [[row.from_step, row.to_step, row.n] for row in connection.execute(queries.TAKEN_OF, values)]
    return _json({"here": here, "taken": taken})


@router.get("/{slug}/changes")
def differences(request: Request, viewer: SignedInViewer, slug: str, since: int = 0, until: int = 0) -> Response:
    """Two versions side by side: what was added, removed and changed."""
    with page_read(request) as connection:
        numbers = [row.number for row in connection.execute(queries.NUMBERS, {"slug": slug})]
        if not numbers:
            raise NotFoundError(f"There is no journey {slug[:60]}", "The list of journeys has all there are.")
        until = until if until in numbers else numbers[0]
        since = since if since in numbers else max((n for n in numbers if n < until), default=until)
        before, after = (_base(connection, slug, number) or "" for number in (since, until))
    found = changes.compare(before, after)
    drawn = canvas.drawn(after, found)
    facts = {"mode": "diff", "slug": slug, "state": drawn, "icons": canvas.icons()}
    return page(
        request, "journeys/changes.html", viewer, slug=slug, numbers=numbers, since=since, until=until, found=found,
        lines=changes.lines(before, after, (f"version {since}", f"version {until}")),
        facts=orjson.dumps(facts, default=str).decode(), name=str(drawn["head"]["values"].get("name") or slug),
    )  # fmt: skip


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content, default=str), status, {"Cache-Control": "no-store"}, "application/json")


def begin(request: Request, viewer: Viewer, name: str) -> str:
    """A draft of a playbook, for the canvas; returns its journey's name in files. What was changed before stays."""
    source = playbooks().get(name)
    if source is None:
        raise NotFoundError(f"There is no playbook “{name[:60]}”.", "Load the page again.")
    slug = str(canvas.drawn(source)["slug"])
    context = context_of(request)
    with page_read(request) as connection:
        there = _published(connection, slug).number or drafts.find(connection, viewer.account, slug)
    if not there:
        with context.database.begin("drafts") as connection:
            drafts.save(connection, viewer.account, Draft(slug, 0, source, context.clock()))
    return slug
