"""The Sandbox: what would have gone out, as its readers would see it, and a way to answer as they would."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection, Row
from starlette.responses import Response

from antiphon.intake.inbound import receive_text
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.people import identifiers
from antiphon.people.identifiers import EMAIL, PHONE
from antiphon.web.context import context_of
from antiphon.web.frames import framed
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.paging import COUNT_LIMIT, PAGE, Count, Cursor, Page, cursor_from
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.sandbox import queries

router = APIRouter(include_in_schema=False, prefix="/sandbox")

#: Numbers are listed from this many of the newest texts.
AMONG = 5_000
#: A thread shows this many of its newest texts.
THREAD = 200
LONGEST_TEXT = 1_600


@router.get("")
def emails(request: Request, viewer: SignedInViewer, to: str = "", email: str = "", before: str = "") -> Response:
    start = cursor_from(before)
    with page_read(request) as connection:
        rows = _emails(connection, to.strip(), start)
        found = Page.of(rows, start, lambda row: Cursor(row.at, row.id))
        shown = _shown(connection, email, found.rows)
        owner = _owner(connection, EMAIL, shown.address) if shown else None
        total = _count(connection, "email")

    def link(cursor: str = "", chosen: str = "") -> str:
        pairs = {"to": to, "before": cursor, "email": chosen}
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"/sandbox?{query}" if query else "/sandbox"

    return page(
        request, "sandbox/emails.html", viewer, found=found, shown=shown, total=total, to=to, link=link,
        before=before, owner=owner, opened=bool(email),
    )  # fmt: skip


def _emails(connection: Connection, to: str, start: Cursor) -> list[Row[Any]]:
    bounds = {"at": start.at, "id": start.id, "limit": PAGE + 1}
    if not to:
        return list(connection.execute(queries.EMAILS, bounds))
    address = identifiers.email(to)
    if address is None:
        return []
    return list(connection.execute(queries.EMAILS_TO, bounds | {"abucket": abucket_of(address), "address": address}))


def _count(connection: Connection, channel: str) -> Count:
    n = connection.execute(queries.COUNT, {"channel": channel, "limit": COUNT_LIMIT + 1}).scalar_one()
    return Count(min(n, COUNT_LIMIT), more=n > COUNT_LIMIT)


def _shown(connection: Connection, key: str, rows: Any) -> Row[Any] | None:
    """The email that the address names, else the newest."""
    if not key:
        key = f"{rows[0].abucket}.{rows[0].id}" if rows else ""
    return _stored(connection, key) if key else None


def _stored(connection: Connection, key: str) -> Row[Any]:
    abucket, _, number = key.partition(".")
    whole = abucket.isdecimal() and number.isdecimal() and len(abucket) < 5 and len(number) < 10
    values = {"abucket": int(abucket), "id": int(number)} if whole else {"abucket": -1, "id": -1}
    row = connection.execute(queries.EMAIL, values).one_or_none()
    if row is None:
        raise NotFoundError("There is no such email in the Sandbox", "The address may be mistyped.")
    return row


def _owner(connection: Connection, kind: str, value: str) -> int | None:
    values = {"abucket": abucket_of(value), "kind": kind, "value": value}
    row = connection.execute(queries.OWNERS, values).one_or_none()
    return row.person if row else None


@router.get("/email/{key}")
def email_frame(request: Request, viewer: SignedInViewer, key: str) -> HTMLResponse:  # noqa: ARG001  # it guards
    """The email for its frame. Its links work: here, who clicks acts as the email's reader."""
    with page_read(request) as connection:
        row = _stored(connection, key)
    return framed(row.html or "", links=True)


@router.get("/texts")
def texts(request: Request, viewer: SignedInViewer, number: str = "") -> Response:
    with page_read(request) as connection:
        threads = connection.execute(queries.THREADS, {"among": AMONG, "limit": PAGE}).all()
        chosen = identifiers.phone(number) or "" if number.strip() else (threads[0].address if threads else "")
        thread = _thread(connection, chosen) if chosen else []
        owner = _owner(connection, PHONE, chosen) if chosen else None
        brand = connection.execute(queries.BRAND).one()
    return page(
        request, "sandbox/texts.html", viewer, threads=threads, thread=thread, number=chosen, asked=number.strip(),
        brand=brand, sender=_sender(thread) or brand.from_phone, owner=owner, longest=LONGEST_TEXT,
        abucket=abucket_of(chosen),
    )  # fmt: skip


def _thread(connection: Connection, number: str) -> list[Row[Any]]:
    values = {"abucket": abucket_of(number), "address": number, "limit": THREAD}
    return list(reversed(connection.execute(queries.THREAD, values).all()))


def _sender(thread: list[Row[Any]]) -> str:
    """The number that the newest text came from; '' where none went out yet."""
    return next((row.sender for row in reversed(thread) if not row.inbound and row.sender), "")


@router.post("/texts")
def answer(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:  # noqa: ARG001  # it guards
    """Text the shop as the person who has this number."""
    context = context_of(request)
    number, body = identifiers.phone(form["number"]), form["body"].strip()
    if number is None:
        raise AntiphonError(f"{form['number']!r} is not a phone number.", "Choose a number from the list.")
    if body:
        with context.database.read() as connection:
            to = connection.execute(queries.BRAND).one().from_phone
        receive_text(context.database, from_=number, to=to, body=body[:LONGEST_TEXT], now=context.clock())
        context.wake()
    return RedirectResponse(f"/sandbox/texts?{urlencode({'number': number})}", status_code=303)
