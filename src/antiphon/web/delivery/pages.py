"""Delivery: the ways out and how they do, who is at work, and what could not be read."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import Row
from starlette.responses import Response

from antiphon.delivery.providers.base import ProviderError
from antiphon.delivery.providers.registry import opened
from antiphon.delivery.throttle import Sender
from antiphon.kit.errors import NotFoundError
from antiphon.web.context import WebContext, context_of
from antiphon.web.delivery import queries
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.paging import COUNT_LIMIT, PAGE, Count, Cursor, Page, cursor_from
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/delivery")

#: Workers that were seen within this are shown; those silent for longer have ended.
RECENT = timedelta(hours=1)


def sender_of(row: Row[Any]) -> Sender:
    return Sender(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public way to a row's mapping


@router.get("")
def delivery(request: Request, viewer: SignedInViewer, before: str = "", checked: str = "") -> Response:
    now, start = context_of(request).clock(), cursor_from(before)
    with page_read(request) as connection:
        senders = connection.execute(queries.SENDERS).all()
        still = connection.execute(queries.OPEN).all()
        workers = connection.execute(queries.WORKERS, {"since": now - RECENT}).all()
        arrivals = connection.execute(queries.ARRIVALS).one()
        rows = connection.execute(queries.REJECTED, {"at": start.at, "id": start.id, "limit": PAGE + 1}).all()
        n = connection.execute(queries.REJECTED_COUNT, {"limit": COUNT_LIMIT + 1}).scalar_one()
    return page(
        request, "delivery/delivery.html", viewer, now=now, senders=senders, workers=workers, arrivals=arrivals,
        waiting={(row.channel, row.state): row for row in still}, checked=checked,
        rejected=Page.of(rows, start, lambda row: Cursor(row.rejected_at, row.id)),
        total=Count(min(n, COUNT_LIMIT), more=n > COUNT_LIMIT),
        link=lambda cursor: "/delivery" + (f"?{urlencode({'before': cursor})}" if cursor else "") + "#arrivals",
    )  # fmt: skip


@router.post("/{sender}/check")
def check(request: Request, viewer: SignedInViewer, form: OwnForm, sender: str) -> Response:  # noqa: ARG001  # it guards
    """Reach a sender's provider without sending anything."""
    context = context_of(request)
    with page_read(request) as connection:
        row = next((row for row in connection.execute(queries.SENDERS) if row.id == sender), None)
    if row is None:
        raise NotFoundError(f"There is no sender {sender}", "The list on this page has all there are.")
    error = reach(context, sender_of(row))
    if error is None:
        return RedirectResponse(f"/delivery?{urlencode({'checked': sender})}", status_code=303)
    return page(
        request, "delivery/unreachable.html", viewer, status=502, sender=row, error=error,
    )  # fmt: skip


def reach(context: WebContext, sender: Sender) -> str | None:
    """What is wrong on the way to a provider; ``None`` when it answers."""
    try:
        with opened(sender, context.database) as provider:
            provider.check()
    except ProviderError as error:
        return error.message
    return None
