"""Messages: the list, and one message with what it says and why it came out as it did."""

from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from antiphon.delivery.release import release
from antiphon.kit.errors import NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.frames import framed
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.messages import queries, read
from antiphon.web.messages.against import against
from antiphon.web.messages.explained import Key, decision_of, document, explained, key_of, nothing_words
from antiphon.web.messages.preview import preview
from antiphon.web.paging import cursor_from
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.words import CHANNELS, MESSAGE_STATES, RULES, rule_words

router = APIRouter(include_in_schema=False, prefix="/messages")

#: Held messages that one press lets go, the newest first.
AT_ONCE = 1000


@router.get("")
def messages(
    request: Request,
    viewer: SignedInViewer,
    channel: str = "",
    state: str = "",
    journey: str = "",
    rule: str = "",
    before: str = "",
    released: str = "",
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
        request, template, viewer, listed=listed, chosen=chosen, link=link, journeys=journeys, at_once=AT_ONCE,
        released=int(released) if released.isdecimal() else None,
        channels=[(name, look.words) for name, look in CHANNELS.items()],
        states=[(name, look.words) for name, look in MESSAGE_STATES.items()] + [(read.NOT_WRITTEN, "Not written")],
        rules=[(name, _begun(rule_words(name))) for name in RULES],
    )  # fmt: skip


def _begun(words: str) -> str:
    """As a sentence begins; what stands in capitals, such as STOP, stays so."""
    return words[:1].upper() + words[1:]


@router.post("/release")
def release_held(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Let what is held go, of one rule, journey or channel: at most :data:`AT_ONCE` messages, the newest first."""
    context = context_of(request)
    chosen = {name: form[name] for name in ("channel", "journey", "rule") if form[name]}
    with page_read(request) as connection:
        ids = {one.slug: one.id for one in connection.execute(queries.JOURNEYS)}
        filters: dict[str, Any] = (
            chosen | {"state": "held"} | ({"journey": ids.get(form["journey"], 0)} if form["journey"] else {})
        )
        values = filters | {"at": cursor_from("").at, "id": cursor_from("").id, "limit": AT_ONCE}
        rows = connection.execute(queries.message_list(frozenset(filters)), values).all()
    n = release(context.database, context.clock(), [(row.abucket, row.id) for row in rows], viewer.actor.who)
    context.wake()
    return RedirectResponse(f"/messages?{urlencode(chosen | {'released': n})}", status_code=303)


@router.post("/{key}/release")
def release_one(request: Request, viewer: SignedInViewer, form: OwnForm, key: str) -> Response:  # noqa: ARG001  # it guards
    """Let one held message go: the gate judges it once more. One that is not held any more stays as it is."""
    context = context_of(request)
    with page_read(request) as connection:
        found = read.row_of(connection, *_key(key))
    release(context.database, context.clock(), [(found.abucket, found.id)], viewer.actor.who)
    context.wake()
    return RedirectResponse(f"/messages/{key}", status_code=303)


def _key(key: str) -> tuple[int, int]:
    """Of a message; a decision against writing has none of what is asked of messages."""
    found = key_of(key)
    if found.against:
        raise NotFoundError("There is no such message", "It was decided not to write it.")
    return found.bucket, found.id


@router.get("/{key}")
def message(request: Request, viewer: SignedInViewer, key: str) -> Response:
    asked = key_of(key)
    if asked.against:
        return _against(request, viewer, asked)
    with page_read(request) as connection:
        shown = read.message(connection, asked.bucket, asked.id, viewer.place)
        decided = decision_of(connection, asked)
        whole = explained(connection, decided) if decided else None
    said = preview(context_of(request), shown.row, shown.version)
    return page(
        request, "messages/message.html", viewer, shown=shown, row=shown.row, said=said, key=key, whole=whole,
        nothing=nothing_words(shown.row.purpose),
    )  # fmt: skip


def _against(request: Request, viewer: Viewer, key: Key) -> Response:
    """A decision against writing."""
    with page_read(request) as connection:
        shown = against(connection, key, viewer.place)
        whole = explained(connection, shown.row)
    return page(request, "messages/against.html", viewer, shown=shown, row=shown.row, key=key, whole=whole)


@router.get("/{key}/why.json")
def why(request: Request, viewer: SignedInViewer, key: str) -> Response:  # noqa: ARG001
    """Why it came out as it did, as data."""
    with page_read(request) as connection:
        found = document(connection, key_of(key))
    return Response(orjson.dumps(found, option=orjson.OPT_INDENT_2), media_type="application/json")


@router.get("/{key}/email")
def email(request: Request, viewer: SignedInViewer, key: str) -> HTMLResponse:
    """The email itself, for its frame. Its links are dead: a look at a message is not its reader's click."""
    with page_read(request) as connection:
        shown = read.message(connection, *_key(key), viewer.place)
    said = preview(context_of(request), shown.row, shown.version)
    return framed(said.html or "", links=False)
