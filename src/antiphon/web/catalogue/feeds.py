"""Files of products: upload, say what the columns are, watch them come in, read the report."""

from itertools import islice

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from antiphon.intake.feeds.fields import FIELDS
from antiphon.intake.feeds.keeping import (
    cancel,
    checked_currency,
    faults,
    find,
    force,
    kept,
    newest,
    remap,
    start,
    upload,
)
from antiphon.intake.feeds.models import Mapping
from antiphon.intake.feeds.preview import Preview, preview
from antiphon.kit.errors import AntiphonError
from antiphon.kit.sheets import sheet
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.uploads import FILE_STATES, Uploaded, download, handed_in, pace

router = APIRouter(include_in_schema=False, prefix="/catalogue/feeds")

_SHOWN = 50
_LISTED = 50


@router.get("")
def show_all(request: Request, viewer: SignedInViewer) -> Response:
    return _list(request, viewer)


def _list(request: Request, viewer: Viewer, *, error: str = "") -> Response:
    with page_read(request) as connection:
        found = newest(connection, _LISTED)
    status = 422 if error else 200
    return page(request, "catalogue/feeds.html", viewer, status=status, feeds=found, error=error, states=FILE_STATES)


@router.post("")
async def take(request: Request, viewer: SignedInViewer, sent: Uploaded) -> Response:
    """Keep an uploaded file. The browser's script gets the new page's address, its form a redirect."""
    context, now = context_of(request), context_of(request).clock()
    form, file = sent
    if file is None:
        return await run_in_threadpool(_list, request, viewer, error="Choose a file first.")
    try:
        number = await run_in_threadpool(
            upload, context.database, file.file, file.filename or "file", now, viewer.actor, form["currency"]
        )
    except AntiphonError as error:
        return await run_in_threadpool(_list, request, viewer, error=str(error))
    return handed_in(request, f"/catalogue/feeds/{number}")


@router.get("/{number}")
def show(request: Request, viewer: SignedInViewer, number: int) -> Response:
    return _one(request, viewer, number)


def _one(request: Request, viewer: Viewer, number: int, *, error: str = "", changed: Mapping | None = None) -> Response:
    """``changed``: a mapping that could not be kept, shown with its ``error``."""
    made: Preview | None = None
    now = context_of(request).clock()
    with page_read(request) as connection:
        found = find(connection, max(number, 0))
        if found.state == "uploaded":
            made = preview(connection, found, kept(connection, number, found.size), now)
    told = list(islice(faults(context_of(request).database, number), _SHOWN)) if made is None else []
    return page(
        request, "catalogue/feed.html", viewer, status=422 if error else 200, now=now, found=found, preview=made, told=told,
        mapping=changed or found.mapping, fields=FIELDS, error=error, states=FILE_STATES,
        pace=pace(found.counts["rows"], found.share, found.started_at, now),
    )  # fmt: skip


@router.post("/{number}/mapping")
def change(request: Request, viewer: SignedInViewer, number: int, form: OwnForm) -> Response:
    """Keep what the columns are, and show what would come in."""
    return _change(request, viewer, number, form) or _one(request, viewer, number)


def _change(request: Request, viewer: Viewer, number: int, form: Posted) -> Response | None:
    with page_read(request) as connection:
        found = find(connection, max(number, 0))
    columns = {
        column: form[f"field-{place}"] or field for place, (column, field) in enumerate(found.mapping.columns.items())
    }
    mapping = Mapping(columns=columns, currency=found.mapping.currency, complete=form["complete"] == "yes")
    try:
        mapping = checked_currency(mapping, form["currency"])
        remap(context_of(request).database, number, mapping)
    except AntiphonError as error:
        return _one(request, viewer, number, error=str(error), changed=mapping)
    return None


@router.post("/{number}/start")
def begin(request: Request, viewer: SignedInViewer, number: int, form: OwnForm) -> Response:
    """Start it with what the form says, or let one that failed go on."""
    context = context_of(request)
    if form["mapped"] and (wrong := _change(request, viewer, number, form)):
        return wrong
    try:
        if form["force"] == "yes":
            force(context.database, number, context.clock(), viewer.actor)
        start(context.database, number, context.clock(), viewer.actor)
    except AntiphonError as error:
        return _one(request, viewer, number, error=str(error))
    context.wake()
    return RedirectResponse(f"/catalogue/feeds/{number}", status_code=303)


@router.post("/{number}/cancel")
def stop(request: Request, viewer: SignedInViewer, number: int, form: OwnForm) -> Response:  # noqa: ARG001
    context = context_of(request)
    cancel(context.database, number, context.clock(), viewer.actor)
    return RedirectResponse(f"/catalogue/feeds/{number}", status_code=303)


@router.get("/{number}/report.csv")
def report(request: Request, viewer: SignedInViewer, number: int) -> Response:  # noqa: ARG001  # guards
    with page_read(request) as connection:
        find(connection, max(number, 0))
    rows = ((row.line, row.product, row.reason, row.raw) for row in faults(context_of(request).database, number))
    return download(sheet(("line", "product", "reason", "row"), rows), f"feed-{number}-report.csv")
