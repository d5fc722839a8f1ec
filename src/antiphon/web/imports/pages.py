"""Imports: upload a file, say what its columns are, watch it come in, read the report."""

from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from antiphon.intake.files.keeping import kept, upload
from antiphon.intake.files.managing import cancel, faults, find, listed, remap, start
from antiphon.intake.files.preview import Preview, preview
from antiphon.intake.files.questions import questions
from antiphon.intake.files.reporting import refused_csv, report_csv
from antiphon.intake.files.shapes.registry import SHAPES
from antiphon.intake.files.summary import sentences
from antiphon.kit.errors import AntiphonError
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.imports import forms
from antiphon.web.imports.words import IMPORT_CONSENTS, IMPORT_STATES
from antiphon.web.paging import PAGE, Cursor, Page, cursor_from
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.uploads import Uploaded, download, handed_in, pace

router = APIRouter(include_in_schema=False, prefix="/people/imports")


@router.get("")
def show_all(request: Request, viewer: SignedInViewer, before: str = "") -> Response:
    return _list(request, viewer, before=before)


def _list(request: Request, viewer: Viewer, *, before: str = "", error: str = "") -> Response:
    cursor = cursor_from(before)
    with page_read(request) as connection:
        rows = listed(connection, cursor.at, cursor.id, PAGE + 1)
    found = Page.of(rows, cursor, lambda one: Cursor(one.created_at, one.id))
    return page(
        request, "imports/list.html", viewer, status=422 if error else 200, found=found, error=error, shapes=SHAPES,
        states=IMPORT_STATES,
        link=lambda after: "/people/imports" + (f"?{urlencode({'before': after})}" if after else ""),
    )  # fmt: skip


@router.post("")
async def take(request: Request, viewer: SignedInViewer, sent: Uploaded) -> Response:
    """Keep an uploaded file. The browser's script gets the new page's address, its form a redirect."""
    context, now = context_of(request), context_of(request).clock()
    form, file = sent
    if file is None:
        return await run_in_threadpool(_list, request, viewer, error="Choose a file first.")
    try:
        shape = form["shape"] or None
        number = await run_in_threadpool(
            upload, context.database, file.file, file.filename or "file", now, viewer.actor, shape=shape
        )
    except AntiphonError as error:
        return await run_in_threadpool(_list, request, viewer, error=str(error))
    return handed_in(request, f"/people/imports/{number}")


@router.get("/{number}")
def show(request: Request, viewer: SignedInViewer, number: int) -> Response:
    return _one(request, viewer, number)


def _one(request: Request, viewer: Viewer, number: int, *, error: str = "", changed: Any = None) -> Response:
    """``changed``: a mapping that could not be kept, shown with its ``error``."""
    made: Preview | None = None
    with page_read(request) as connection:
        found = find(connection, number)
        if found.state in {"uploaded", "mapped"}:
            made = preview(connection, found, kept(connection, number, found.size), context_of(request).clock())
    told = list(islice(faults(context_of(request).database, number), 50)) if made is None else []
    mapping = changed or found.mapping
    columns = [(column, list(forms.choices(column, field))) for column, field in mapping.columns.items()]
    return page(
        request, "imports/import.html", viewer, status=422 if error else 200, found=found, preview=made, told=told,
        mapping=mapping, columns=columns, shapes=SHAPES, defaults=forms.DEFAULTS, error=error,
        sentences=list(sentences(made.counts) if made else sentences(found.counts, over=True)),
        questions=list(questions(found.mapping, made.counts)) if made else [],
        day_of=lambda said: viewer.place.day(datetime.fromisoformat(said)),
        pace=pace(found.rows, found.share, found.started_at, context_of(request).clock()),
        states=IMPORT_STATES, kinds=IMPORT_CONSENTS,
    )  # fmt: skip


@router.post("/{number}/mapping")
def change(request: Request, viewer: SignedInViewer, number: int, form: OwnForm) -> Response:
    """Keep what the columns are, and show what would come in."""
    return _change(request, viewer, number, form) or _one(request, viewer, number)


def _change(request: Request, viewer: Viewer, number: int, form: OwnForm) -> Response | None:
    context = context_of(request)
    with page_read(request) as connection:
        found = find(connection, number)
    mapping = forms.mapping_of(form, found)
    try:
        remap(context.database, number, mapping, context.clock())
    except AntiphonError as error:
        return _one(request, viewer, number, error=str(error), changed=mapping)
    return None


@router.post("/{number}/start")
def begin(request: Request, viewer: SignedInViewer, number: int, form: OwnForm) -> Response:
    """Start it with what the form says, or let one that failed go on."""
    context = context_of(request)
    if form["shape"] and (wrong := _change(request, viewer, number, form)):
        return wrong
    try:
        start(context.database, number, context.clock(), viewer.actor)
    except AntiphonError as error:
        return _one(request, viewer, number, error=str(error))
    context.wake()
    return RedirectResponse(f"/people/imports/{number}", status_code=303)


@router.post("/{number}/cancel")
def stop(request: Request, viewer: SignedInViewer, number: int, form: OwnForm) -> Response:  # noqa: ARG001
    context = context_of(request)
    cancel(context.database, number, context.clock(), viewer.actor)
    return RedirectResponse(f"/people/imports/{number}", status_code=303)


@router.get("/{number}/report.csv")
def report(request: Request, viewer: SignedInViewer, number: int) -> Response:  # noqa: ARG001  # guards
    database = context_of(request).database
    with page_read(request) as connection:
        found = find(connection, number)
    return download(report_csv(found, faults(database, number)), f"import-{number}-report.csv")


@router.get("/{number}/refused.csv")
def refused(request: Request, viewer: SignedInViewer, number: int) -> Response:  # noqa: ARG001  # guards
    """The refused rows as they stood, to mend and upload again."""
    database = context_of(request).database
    with page_read(request) as connection:
        found = find(connection, number)
    return download(refused_csv(found, faults(database, number)), f"import-{number}-refused.csv")
