"""Imports: upload a file, say what its columns are, watch it come in, read the report."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from antiphon.intake.files.keeping import kept, upload
from antiphon.intake.files.managing import cancel, faults, find, listed, remap, start
from antiphon.intake.files.models import Import
from antiphon.intake.files.plaintext import MAX_SIZE
from antiphon.intake.files.preview import Preview, preview
from antiphon.intake.files.questions import questions
from antiphon.intake.files.reporting import refused_csv, report_csv
from antiphon.intake.files.shapes.registry import SHAPES
from antiphon.intake.files.summary import sentences
from antiphon.kit.errors import AntiphonError
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, Posted, SignedInViewer, own_form
from antiphon.web.imports import forms
from antiphon.web.imports.words import IMPORT_CONSENTS, IMPORT_STATES
from antiphon.web.paging import PAGE, Cursor, Page, cursor_from
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/people/imports")

#: Room for the form around the file.
_MARGIN = 64 * 1024


async def uploaded(request: Request, viewer: SignedInViewer) -> AsyncIterator[tuple[Posted, UploadFile | None]]:
    """The fields and the file of a form; what is too large is refused before any of it is read."""
    said = request.headers.get("content-length", "")
    if not said.isdigit():
        raise AntiphonError("This upload does not say how large it is.", "Upload it with a browser.")
    if int(said) > MAX_SIZE + _MARGIN:
        raise AntiphonError(f"The file is larger than {MAX_SIZE // 2**20} MB.", "Split it and upload the pieces.")
    async with request.form() as form:
        file = form.get("file")
        yield await own_form(request, viewer), file if isinstance(file, UploadFile) and file.filename else None


@router.get("")
def show_all(request: Request, viewer: SignedInViewer, before: str = "") -> Response:
    return _list(request, viewer, before=before)


def _list(request: Request, viewer: Viewer, *, before: str = "", error: str = "", status: int = 200) -> Response:
    cursor = cursor_from(before)
    with page_read(request) as connection:
        rows = listed(connection, cursor.at, cursor.id, PAGE + 1)
    found = Page.of(rows, cursor, lambda one: Cursor(one.created_at, one.id))
    return page(
        request, "imports/list.html", viewer, status=status, found=found, error=error, shapes=SHAPES, states=IMPORT_STATES,
        link=lambda after: "/people/imports" + (f"?{urlencode({'before': after})}" if after else ""),
    )  # fmt: skip


@router.post("")
async def take(
    request: Request, viewer: SignedInViewer, sent: Annotated[tuple[Posted, UploadFile | None], Depends(uploaded)]
) -> Response:
    """Keep an uploaded file. The browser's script gets the new page's address, its form a redirect."""
    context, now = context_of(request), context_of(request).clock()
    form, file = sent
    if file is None:
        return _list(request, viewer, error="Choose a file first.", status=422)
    try:
        shape = form["shape"] or None
        number = await run_in_threadpool(
            upload, context.database, file.file, file.filename or "file", now, viewer.actor, shape=shape
        )
    except AntiphonError as error:
        return _list(request, viewer, error=str(error), status=422)
    where = f"/people/imports/{number}"
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": where})
    return RedirectResponse(where, status_code=303)


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
        pace=_pace(found, context_of(request).clock()),
        states=IMPORT_STATES, kinds=IMPORT_CONSENTS,
    )  # fmt: skip


def _pace(found: Import, now: Any) -> tuple[float, float] | None:
    """Rows a second, and seconds left; ``None`` while there is nothing to tell it by."""
    if found.started_at is None or not found.rows or found.share <= 0:
        return None
    seconds = max((now - found.started_at).total_seconds(), 0.1)
    return found.rows / seconds, seconds / found.share * (1 - found.share)


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


def download(blocks: Iterator[str], name: str) -> Response:
    """Text as a file that the browser saves."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return StreamingResponse(blocks, media_type="text/csv; charset=utf-8", headers=headers)
