"""Messages: the list, and one message with what it says and why it came out as it did."""

from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from antiphon.kit.errors import NotFoundError
from antiphon.web.context import context_of
from antiphon.web.frames import framed
from antiphon.web.guard import SignedInViewer
from antiphon.web.messages import queries, read
from antiphon.web.messages.preview import preview
from antiphon.web.paging import cursor_from
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.words import CHANNELS, MESSAGE_STATES, RULES, rule_words

router = APIRouter(include_in_schema=False, prefix="/messages")


@router.get("")
def messages(
    request: Request,
    viewer: SignedInViewer,
    channel: str = "",
    state: str = "",
    journey: str = "",
    rule: str = "",
    before: str = "",
) -> Response:
    chosen = {"channel": channel, "state": state, "journey": journey, "rule": rule}
    chosen = {name: value for name, value in chosen.items() if value}
    start = cursor_from(before)
    with page_read(request) as connection:
        journeys = connection.execute(queries.JOURNEYS).all()
        ids = {one.slug: one.id for one in journeys}
        filters: dict[str, Any] = chosen | ({"journey": ids.get(journey, 0)} if journey else {})
        listed = (read.not_written if state == read.NOT_WRITTEN else read.messages)(connection, filters, start)

    def link(cursor: str) -> str:
        query = urlencode(chosen | ({"before": cursor} if cursor else {}))
        return f"/messages?{query}" if query else "/messages"

    template = "messages/not_written.html" if state == read.NOT_WRITTEN else "messages/list.html"
    return page(
        request, template, viewer, listed=listed, chosen=chosen, link=link, journeys=journeys,
        channels=[(name, look.words) for name, look in CHANNELS.items()],
        states=[(name, look.words) for name, look in MESSAGE_STATES.items()] + [(read.NOT_WRITTEN, "Not written")],
        rules=[(name, rule_words(name).capitalize()) for name in RULES],
    )  # fmt: skip


def _key(key: str) -> tuple[int, int]:
    abucket, _, number = key.partition(".")
    try:
        found = int(abucket), int(number)
    except ValueError as error:
        raise NotFoundError("There is no such message", "The address may be mistyped.") from error
    if not (0 <= found[0] < 2**15 and -(2**63) <= found[1] < 2**63):
        raise NotFoundError("There is no such message", "The address may be mistyped.")
    return found


@router.get("/{key}")
def message(request: Request, viewer: SignedInViewer, key: str) -> Response:
    with page_read(request) as connection:
        shown = read.message(connection, *_key(key), viewer.place)
    said = preview(context_of(request), shown.row, shown.version)
    return page(request, "messages/message.html", viewer, shown=shown, row=shown.row, said=said, key=key)


@router.get("/{key}/why.json")
def why(request: Request, viewer: SignedInViewer, key: str) -> Response:  # noqa: ARG001
    """Why it came out as it did, as data."""
    with page_read(request) as connection:
        found = read.why_json(connection, *_key(key))
    return Response(orjson.dumps(found, option=orjson.OPT_INDENT_2), media_type="application/json")


@router.get("/{key}/email")
def email(request: Request, viewer: SignedInViewer, key: str) -> HTMLResponse:
    """The email itself, for its frame. Its links are dead: a look at a message is not its reader's click."""
    with page_read(request) as connection:
        shown = read.message(connection, *_key(key), viewer.place)
    said = preview(context_of(request), shown.row, shown.version)
    return framed(said.html or "", links=False)
