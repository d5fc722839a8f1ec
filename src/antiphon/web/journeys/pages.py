"""Journeys: the list, and one journey from top to bottom with live counts."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.engine.commands import carry_out
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import Actor
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.journeys import read
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/journeys")


@router.get("")
def journeys(request: Request, viewer: SignedInViewer) -> Response:
    with page_read(request) as connection:
        found = read.journeys(connection)
    return page(request, "journeys/list.html", viewer, journeys=found)


@router.get("/{slug}")
def journey(request: Request, viewer: SignedInViewer, slug: str, version: int | None = None) -> Response:
    with page_read(request) as connection:
        found = read.journey(connection, slug, version)
    return page(request, "journeys/journey.html", viewer, shown=found, asked=version)


@router.post("/{slug}/pause")
def pause(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001  # checked
    return _command(request, viewer.actor, "journey.pause", {"journey": slug}, slug)


@router.post("/{slug}/resume")
def resume(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001  # checked
    return _command(request, viewer.actor, "journey.resume", {"journey": slug}, slug)


@router.post("/{slug}/archive")
def archive(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001  # checked
    return _command(request, viewer.actor, "journey.archive", {"journey": slug}, slug)


@router.post("/{slug}/again")
def again(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001  # checked
    """Publish the newest version of an archived journey once more, and switch it on."""
    with page_read(request) as connection:
        shown = read.journey(connection, slug, None)
    if shown.under_way:  # they would go on where they stand
        what = f"It is still being ended for {shown.under_way:,} {'person' if shown.under_way == 1 else 'people'}."
        raise AntiphonError(what, "Publish it again in a moment; a worker has to be running.")
    found = shown.version
    payload = {"source": found.source, "activate": True, "base": found.number}
    return _command(request, viewer.actor, "journey.publish", payload, slug)


@router.post("/{slug}/release")
def release(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:
    """Let a held version go on, after what it failed on has been mended."""
    with page_read(request) as connection:
        found = read.journey(connection, slug, int(form["number"]) if form["number"].isdigit() else None)
    return _command(request, viewer.actor, "version.release", {"version": found.version.id}, slug)


def _command(request: Request, by: Actor, kind: str, payload: dict[str, object], slug: str) -> Response:
    context = context_of(request)
    carry_out(context.database, kind, payload, by, context.clock())
    context.wake()
    return RedirectResponse(f"/journeys/{slug}", status_code=303)
