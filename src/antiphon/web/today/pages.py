"""Today: what the shop's messages did, what is going on, and what wants attention."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from antiphon.web.context import context_of
from antiphon.web.definitions import origins
from antiphon.web.guard import SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.today import queries, read
from antiphon.web.today.kept import Figures

router = APIRouter(include_in_schema=False)


@router.get("/")
def today(request: Request, viewer: SignedInViewer, days: int = 7) -> Response:
    now = context_of(request).clock()
    figures: Figures = request.app.state.figures.of(days if days in read.PERIODS else 7, now)
    span = figures.span
    with page_read(request) as connection:
        values = {
            "newest": (newest := connection.execute(queries.NEWEST, {"earliest": span.start}).all()),
            "origins": origins(connection, (row.version for row in newest)),
            "under": read.under_way(connection),
            "notices": read.notices(connection, now),
            "sandboxed": list(connection.execute(queries.SANDBOXED).scalars()),
            "anything": connection.execute(queries.ANYTHING).scalar_one(),
            "sources": connection.execute(queries.SOURCES).scalar_one(),
        }
    return page(
        request, "today/today.html", viewer, now=now, figures=figures, span=span, periods=list(read.PERIODS), **values
    )
