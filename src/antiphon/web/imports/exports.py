"""Everybody as a file."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from antiphon.intake.files.exporting import export_people
from antiphon.store.audit import record
from antiphon.web.context import context_of
from antiphon.web.guard import SignedInViewer
from antiphon.web.uploads import download

router = APIRouter(include_in_schema=False, prefix="/people")


@router.get("/export.csv")
def export(request: Request, viewer: SignedInViewer) -> Response:
    """People with identifiers, traits and consents, streamed."""
    context, now = context_of(request), context_of(request).clock()
    with context.database.begin("settings") as connection:
        record(connection, now, viewer.actor, "privacy", "everybody exported")
    return download(export_people(context.database), f"people-{now:%Y-%m-%d}.csv")
