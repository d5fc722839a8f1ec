"""Pressure: how much people get by day and what is planned, the budget for texts, and what lost to what."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from antiphon.decisions.pressure.report import report
from antiphon.web.context import context_of
from antiphon.web.guard import SignedInViewer
from antiphon.web.pressure.chart import HEIGHT, WIDTH, load_chart, people_chart
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/pressure")
#: Of what was lost, so many lines.
_SHOWN = 12


@router.get("")
def pressure(request: Request, viewer: SignedInViewer) -> Response:
    with page_read(request) as connection:
        found = report(connection, context_of(request).clock())
    return page(
        request, "pressure/pressure.html", viewer, found=found, size=(WIDTH, HEIGHT), load=load_chart(found),
        people=people_chart(found), losses=found.losses[:_SHOWN], lost_worth=sum(one.worth for one in found.losses),
        lost_messages=sum(one.messages for one in found.losses), empty=not any(day.everybody for day in found.days),
    )  # fmt: skip
