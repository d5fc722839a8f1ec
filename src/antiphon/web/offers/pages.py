"""Offers: all of them, one with its codes, making and changing one, filling its pool."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from antiphon.catalogue.offers.filling import Filled, bring, codes_of, enough, generate, preview
from antiphon.catalogue.offers.giving import Answer
from antiphon.catalogue.offers.managing import checked, delete, give, save
from antiphon.catalogue.offers.read import offer, zone_of_brand
from antiphon.intake.called import person_called
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.offers import forms, words
from antiphon.web.offers.read import listed, shown, state_look
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.uploads import Uploaded, download

router = APIRouter(include_in_schema=False, prefix="/offers")


@router.get("")
def show_all(request: Request, viewer: SignedInViewer) -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        rows = listed(connection, now)
    return page(request, "offers/list.html", viewer, rows=rows, now=now, kinds=words.KINDS, state_look=state_look)


@router.get("/new")
def new(request: Request, viewer: SignedInViewer) -> Response:
    return _form(request, viewer, "")


@router.post("/new")
def make(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    return _keep(request, viewer, form, "")


@router.get("/{name}/edit")
def edit(request: Request, viewer: SignedInViewer, name: str) -> Response:
    return _form(request, viewer, name)


@router.post("/{name}/edit")
def change(request: Request, viewer: SignedInViewer, name: str, form: OwnForm) -> Response:
    return _keep(request, viewer, form, name)


def _form(
    request: Request, viewer: Viewer, name: str, *, values: dict[str, str] | None = None, error: str = ""
) -> Response:
    with page_read(request) as connection:
        one = offer(connection, name) if name else None
        zone = zone_of_brand(connection)
    return page(
        request, "offers/edit.html", viewer, status=422 if error else 200, one=one, kinds=words.KINDS, error=error,
        form=values or forms.typed(one, zone),
    )  # fmt: skip


def _keep(request: Request, viewer: Viewer, form: Posted, name: str) -> Response:
    context = context_of(request)
    with page_read(request) as connection:
        one = offer(connection, name) if name else None
        zone = zone_of_brand(connection)
    given = {field: form[field] for field in forms.FIELDS}
    if one is not None:  # for good
        given |= {"name": one.name, "kind": one.kind}
    try:
        draft = checked(forms.draft_of(given, zone))
        save(context.database, draft, context.clock(), viewer.actor, create=not name)
    except AntiphonError as error:
        return _form(request, viewer, name, values=given, error=str(error))
    context.wake()
    return RedirectResponse(f"/offers/{draft.name}", status_code=303)


@router.get("/{name}")
def show(request: Request, viewer: SignedInViewer, name: str) -> Response:
    return _one(request, viewer, name)


def _one(
    request: Request,
    viewer: Viewer,
    name: str,
    *,
    report: Filled | None = None,
    error: str = "",
    wish: int = 1_000,
    person: str = "",
    handed: tuple[int, Answer] | None = None,
) -> Response:
    """``person``: who was to be given a code and was not; ``handed``: who was, and the answer."""
    now = context_of(request).clock()
    with page_read(request) as connection:
        found = shown(connection, name, now)
    return page(
        request, "offers/offer.html", viewer, status=422 if error else 200, found=found, one=found.offer, now=now,
        counts=found.counts, kinds=words.KINDS, look_of=state_look, report=report, error=error, wish=wish,
        length=max(10, enough(found.offer.left + wish)), person=person, handed=handed,
    )  # fmt: skip


@router.post("/{name}/codes")
async def fill(request: Request, viewer: SignedInViewer, name: str, sent: Uploaded) -> Response:
    """Take the codes of a file, or of the field beside it, into the pool."""
    context = context_of(request)
    try:
        data = await _data(sent)
        report = await run_in_threadpool(bring, context.database, name, data, context.clock(), viewer.actor)
    except NotFoundError:
        raise
    except AntiphonError as error:
        return await run_in_threadpool(_one, request, viewer, name, error=str(error))
    context.wake()
    return await run_in_threadpool(_one, request, viewer, name, report=report)


@router.post("/{name}/codes/preview")
async def look(request: Request, viewer: SignedInViewer, name: str, sent: Uploaded) -> Response:
    """What bringing them would come to; nothing comes in."""
    try:
        data = await _data(sent)
        made = await run_in_threadpool(_preview, request, name, data)
    except AntiphonError as error:
        return page(request, "offers/report.html", viewer, report=None, error=str(error), tried=True)
    return page(request, "offers/report.html", viewer, report=made, error="", tried=True)


def _preview(request: Request, name: str, data: bytes) -> Filled:
    with page_read(request) as connection:
        return preview(connection, name, data)


async def _data(sent: Uploaded) -> bytes:
    form, file = sent
    data = await file.read() if file is not None else form["codes"].encode()
    if not data.strip():
        raise AntiphonError("There are no codes yet.", "Choose a file, or paste codes, one a line.")
    return data


@router.get("/{name}/codes.csv")
def codes(request: Request, viewer: SignedInViewer, name: str) -> Response:  # noqa: ARG001  # it guards
    """The pool as a file, for the shop."""
    with page_read(request) as connection:
        offer(connection, name)
    return download(codes_of(context_of(request).database, name), f"{name}-codes.csv")


@router.post("/{name}/generate")
def make_codes(request: Request, viewer: SignedInViewer, name: str, form: OwnForm) -> Response:
    context = context_of(request)
    count, length = (int(form[field]) if form[field].isdecimal() else 0 for field in ("count", "length"))
    try:
        report = generate(
            context.database, name, count, context.clock(), viewer.actor, length=length, prefix=form["prefix"].strip()
        )
    except NotFoundError:
        raise
    except AntiphonError as error:
        return _one(request, viewer, name, error=str(error))
    context.wake()
    return _one(request, viewer, name, report=report)


@router.post("/{name}/give")
def hand_out(request: Request, viewer: SignedInViewer, name: str, form: OwnForm) -> Response:
    """Give one person a code, or show the one that they have."""
    context = context_of(request)
    try:
        with page_read(request) as connection:
            offer(connection, name)
            person = person_called(connection, form["person"])
        done = give(context.database, name, person, context.clock(), viewer.actor)
    except AntiphonError as error:
        if isinstance(error, NotFoundError) and name in str(error):
            raise
        return _one(request, viewer, name, error=str(error), person=form["person"])
    context.wake()
    return _one(request, viewer, name, handed=(person, done))


@router.post("/{name}/delete")
def remove(request: Request, viewer: SignedInViewer, name: str, form: OwnForm) -> Response:  # noqa: ARG001  # it guards
    context = context_of(request)
    try:
        delete(context.database, name, context.clock(), viewer.actor)
    except NotFoundError:
        raise
    except AntiphonError as error:
        return _one(request, viewer, name, error=str(error))
    return RedirectResponse("/offers", status_code=303)
