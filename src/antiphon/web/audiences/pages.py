"""Audiences: every segment, one with who came and went, and the builder with its live count and five people."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from antiphon.audiences.check import ConditionError
from antiphon.audiences.evaluate import Who
from antiphon.audiences.segments import managing, read
from antiphon.audiences.segments.count import TooSlowError, count, members
from antiphon.audiences.segments.models import Segment
from antiphon.audiences.segments.users import InUseError, every_user, users_of
from antiphon.engine.segments import apply, archive, release, restore
from antiphon.journeys.segments.ready import ready
from antiphon.journeys.segments.source import as_file, read_segment
from antiphon.kit.buckets import bucket_of
from antiphon.kit.definitions import DocumentError
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.audiences.suggest import suggestions
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.people import masking, queries
from antiphon.web.people.models import PersonRow
from antiphon.web.people.search import with_reaches
from antiphon.web.reads import page_read
from antiphon.web.render import html, page

router = APIRouter(include_in_schema=False, prefix="/audiences")

_MONTH = timedelta(days=30)
_SHOWN = 20
_BLANK: dict[str, Any] = {"segment": "", "title": "", "who": {"kind": "all", "of": []}}


@router.get("")
def show_all(request: Request, viewer: SignedInViewer) -> Response:
    since = (context_of(request).clock() - _MONTH).date()
    with page_read(request) as connection:
        found = read.listed(connection, since)
        users = every_user(connection)
    here = {one.name for one in found if one.state == "live"}
    offered = [read_segment(source) for name, source in ready().items() if name not in here]
    return page(request, "audiences/list.html", viewer, found=found, users=users, offered=offered)


@router.post("/ready/{name}")
def switch_on(request: Request, viewer: SignedInViewer, form: OwnForm, name: str) -> Response:  # noqa: ARG001
    sources = ready()
    if name not in sources:
        raise NotFoundError(f"There is no ready segment “{name}”.", "Load the page again.")
    context = context_of(request)
    apply(context.database, sources[name], viewer.actor, context.clock())
    context.wake()
    return RedirectResponse(f"/audiences/{name}", status_code=303)


@router.get("/new")
def new(request: Request, viewer: SignedInViewer) -> Response:
    return _editor(request, viewer, _BLANK, None)


@router.post("/new")
def add(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    return _save(request, viewer, form, None)


@router.post("/preview")
def preview(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """``{"html": what stands at the side, "errors": [{path, field, message}]}`` of a draft."""
    document = _document(form, form["segment"] or "draft")
    segment, errors = _read(document | {"segment": "draft", "title": "Draft"})
    if segment is None:
        side = html("audiences/side.html", errors=errors, viewer=viewer)
        return _json({"html": side, "errors": errors})
    try:
        with page_read(request) as connection:
            known = managing.definitions(connection)
            managing.check(segment.model_copy(update={"segment": form["segment"] or "draft"}), known)
            found = count(connection, segment.who, context_of(request).clock(), monotonic)
            people = _people(connection, found.sample, viewer)
    except (ConditionError, TooSlowError) as error:
        said = [{"path": "", "field": "", "message": str(error)}]
        return _json({"html": html("audiences/side.html", errors=said, viewer=viewer), "errors": said})
    values = {
        "errors": [],
        "viewer": viewer,
        "counted": found,
        "people": people,
        "sentence": read.sentence(segment.who),
    }
    return _json({"html": html("audiences/side.html", **values), "errors": []})


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), 200, {"Cache-Control": "no-store"}, "application/json")


@router.get("/{name}")
def show(request: Request, viewer: SignedInViewer, name: str, person: str = "") -> Response:
    return _one(request, viewer, name, person=person)


def _one(request: Request, viewer: Viewer, name: str, *, person: str = "", error: str = "") -> Response:
    now = context_of(request).clock()
    why = None
    with page_read(request) as connection:
        managing.find(connection, name)
        found = next(one for one in read.listed(connection, (now - _MONTH).date()) if one.name == name)
        users = users_of(connection, name)
        rows = members(connection, found.id, None, _SHOWN) if viewer.may("people") else []
        people = _people(connection, [(row.bucket, row.person) for row in rows], viewer)
        if re.fullmatch(r"\d{1,18}", person) and viewer.may("people"):
            number = int(person)
            held = read.evidence(connection, found.segment, (bucket_of(number), number), now)
            why = (number, held, (lines(held[1]) if held and not viewer.masked else ()))
    since = {row.person: row.since for row in rows}
    days = {each.day: each for each in found.flow}
    flow = [(day, days.get(day)) for day in ((now - timedelta(days=back)).date() for back in range(29, -1, -1))]
    most = max((max(each.entered, each.gone) for each in found.flow), default=0)
    return page(
        request, "audiences/detail.html", viewer, status=409 if error else 200, now=now, found=found, users=users,
        people=people, since=since, flow=flow, most=most, why=why, asked=person, error=error,
    )  # fmt: skip


def lines(evidence: Any, depth: int = 0) -> list[tuple[int, str]]:
    """Evidence as indented lines: (depth, words)."""
    if not isinstance(evidence, dict):
        return [(depth, str(evidence))]
    for kind, words in (("all", "All of"), ("any", "Any of"), ("not", "Not")):
        if kind in evidence:
            inner = evidence[kind] if isinstance(evidence[kind], list) else [evidence[kind]]
            return [(depth, words), *(line for each in inner for line in lines(each, depth + 1))]
    told = ", ".join(f"{name.replace('_', ' ')}: {_plain(name, value)}" for name, value in evidence.items())
    return [(depth, told)]


def _plain(name: str, value: Any) -> str:
    """A value in words: lists without brackets, and states of consent of which nothing is known as never given."""
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(map(str, value)) or "none"
    if value is None:
        return "never asked" if name == "states" else "none"
    return value if isinstance(value, str) else orjson.dumps(value).decode()


@router.get("/{name}/edit")
def edit(request: Request, viewer: SignedInViewer, name: str) -> Response:
    with page_read(request) as connection:
        row = managing.find(connection, name)
    return _editor(request, viewer, row.definition, name)


@router.post("/{name}/edit")
def change(request: Request, viewer: SignedInViewer, form: OwnForm, name: str) -> Response:
    with page_read(request) as connection:
        managing.find(connection, name)
    return _save(request, viewer, form, name)


@router.post("/{name}/archive")
def put_away(request: Request, viewer: SignedInViewer, form: OwnForm, name: str) -> Response:  # noqa: ARG001
    context = context_of(request)
    try:
        archive(context.database, name, viewer.actor, context.clock())
    except InUseError as error:
        return _one(request, viewer, name, error=str(error))
    context.wake()
    return RedirectResponse("/audiences", status_code=303)


@router.post("/{name}/restore")
def take_up(request: Request, viewer: SignedInViewer, form: OwnForm, name: str) -> Response:  # noqa: ARG001
    context = context_of(request)
    restore(context.database, name, viewer.actor, context.clock())
    context.wake()
    return RedirectResponse(f"/audiences/{name}", status_code=303)


@router.post("/{name}/release")
def let_go(request: Request, viewer: SignedInViewer, form: OwnForm, name: str) -> Response:  # noqa: ARG001
    context = context_of(request)
    try:
        release(context.database, name, viewer.actor, context.clock())
    except AntiphonError as error:
        return _one(request, viewer, name, error=str(error))
    context.wake()
    return RedirectResponse(f"/audiences/{name}", status_code=303)


def _save(request: Request, viewer: Viewer, form: Posted, name: str | None) -> Response:
    document = _document(form, name or form["segment"].strip())
    segment, errors = _read(document)
    with page_read(request) as connection:
        taken = name is None and segment is not None and _is_there(connection, segment.segment)
    if taken or document["segment"] in {"new", "preview"}:
        segment, errors = None, [{"path": "", "field": "segment", "message": "There is a segment of this name."}]
    context = context_of(request)
    if segment is not None:
        source = as_file(segment.model_dump(mode="json", exclude_unset=True))
        try:
            apply(context.database, source, viewer.actor, context.clock())
        except (ConditionError, DocumentError) as error:
            errors = [{"path": "", "field": "", "message": str(error)}]
    if errors:
        return _editor(request, viewer, document, name, errors=errors)
    context.wake()
    return RedirectResponse(f"/audiences/{document['segment']}", status_code=303)


def _is_there(connection: Connection, name: str) -> bool:
    try:
        managing.find(connection, name)
    except NotFoundError:
        return False
    return True


def _document(form: Posted, name: str) -> dict[str, Any]:
    try:
        who = orjson.loads(form["who"] or "null")
    except orjson.JSONDecodeError as error:
        raise AntiphonError("The definition cannot be read.", "Load the page again.") from error
    found: dict[str, Any] = {"segment": name, "title": form["title"].strip(), "who": who}
    if form["description"].strip():
        found["description"] = form["description"].strip()
    return found


def _read(document: Mapping[str, Any]) -> tuple[Segment | None, list[dict[str, str]]]:
    try:
        return Segment.model_validate(document), []
    except ValidationError as error:
        return None, [_fault(one) for one in error.errors(include_url=False, include_context=False)]


def _fault(one: Mapping[str, Any]) -> dict[str, str]:
    """Where in the tree: the places inside ``of`` lists, dotted, ``n`` for what stands in a ``not``; and which field."""
    where = list(one["loc"])
    path: list[str] = []
    field = ""
    for place, part in enumerate(where):
        before = where[place - 1] if place else ""
        if isinstance(part, int) and before == "of":
            path.append(str(part))
        elif part == "of" and before == "not":
            path.append("n")
        elif isinstance(part, str):
            field = part
    if where[:1] != ["who"]:
        return {"path": "", "field": str(where[0]), "message": _words(one)}
    return {"path": ".".join(path), "field": field, "message": _words(one)}


def _words(one: Mapping[str, Any]) -> str:
    said = str(one["msg"]).removeprefix("Value error, ")
    if one["type"] == "missing":
        return "This is missing."
    if one["type"] == "string_too_short":
        return "Fill this in."
    return f"{said[:1].upper()}{said[1:]}".rstrip(".") + "."


def _editor(
    request: Request,
    viewer: Viewer,
    document: Mapping[str, Any],
    name: str | None,
    *,
    errors: Sequence[Mapping[str, str]] = (),
) -> Response:
    with page_read(request) as connection:
        known = suggestions(connection)
    known["segments"] = [one for one in known["segments"] if one != name]
    fields = {one["field"]: one["message"] for one in errors if not one["path"]}
    return page(
        request, "audiences/edit.html", viewer, status=422 if errors else 200, document=document, name=name,
        who=orjson.dumps(document.get("who")).decode(), known=orjson.dumps(known).decode(), errors=fields,
        faults=orjson.dumps(list(errors)).decode(),
    )  # fmt: skip


def _people(connection: Connection, people: Sequence[Who], viewer: Viewer) -> list[PersonRow]:
    """Who they are, as far as the viewer may see it; in the order given."""
    if not people:
        return []
    values = {"buckets": [bucket for bucket, _ in people], "people": [person for _, person in people]}
    found = {row.id: row for row in with_reaches(connection, connection.execute(queries.PEOPLE, values).all())}
    rows = [found[person] for _, person in people if person in found]
    return [masking.row(row) for row in rows] if viewer.masked else rows
