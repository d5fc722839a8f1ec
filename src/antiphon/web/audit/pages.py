"""The audit log: who did what, with filters, and as a file."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from antiphon.store.audit import AREAS, record
from antiphon.web.audit import queries
from antiphon.web.audit.read import Filter, as_csv, entries
from antiphon.web.context import context_of
from antiphon.web.guard import SignedInViewer
from antiphon.web.paging import cursor_from
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/settings")

_Filter = Annotated[Filter, Depends()]


@router.get("/audit")
def show(request: Request, viewer: SignedInViewer, wanted: _Filter, before: str = "") -> Response:
    with page_read(request) as connection:
        found, total = entries(connection, wanted, cursor_from(before))
        who = connection.execute(queries.WHO).scalars().all()
    chosen = wanted.chosen()

    def link(cursor: str = "", address: str = "/settings/audit") -> str:
        query = urlencode(chosen | ({"before": cursor} if cursor else {}))
        return f"{address}?{query}" if query else address

    return page(
        request, "audit/list.html", viewer, found=found, total=total, chosen=wanted, areas=AREAS,
        pairs=[(name, name) for name in who], link=link,
    )  # fmt: skip


@router.get("/audit.csv")
def download(request: Request, viewer: SignedInViewer, wanted: _Filter) -> Response:
    context = context_of(request)
    wanted.values(cursor_from(""), 1)  # what is no day is said before anything is sent
    with context.database.begin("accounts") as connection:
        record(connection, context.clock(), viewer.actor, "privacy", "audit log downloaded", after=wanted.chosen())
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(as_csv(context.database, wanted), media_type="text/csv", headers=headers)
