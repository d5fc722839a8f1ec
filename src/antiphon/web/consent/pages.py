"""Consent: what an address agreed to and what shows it, replies to look at, keywords, and the words of service messages."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.addresses.evidence import Evidence, read_evidence
from antiphon.delivery.queries import BRANDS
from antiphon.intake.optout import opt_out
from antiphon.intake.queries import COUNT_OPEN_TEXTS, TEXTS_OF
from antiphon.intake.reviewing import let_stand, restore, texts_to_look_at
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.people.identifiers import address as normalised
from antiphon.store.audit import Actor, record
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer, origin_of
from antiphon.web.paging import PAGE, START, Cursor
from antiphon.web.people.holder import holder_of
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.times import Place

router = APIRouter(include_in_schema=False, prefix="/consent")

#: Of what came with an act: what the sheet shows elsewhere, and names that people read.
_OWN = frozenset(
    {
        "channel", "address", "purposes", "state", "method", "brand", "effectiveAt", "wording", "wordingVersion", "ip",
        "agent", "expiresAt", "doubleOptIn", "messageId", "backfill",
    }
)  # fmt: skip
_NAMES = {
    "askedAt": "Asked",
    "to": "Sent to",
    "text": "Words",
    "rule": "Read by rule",
    "sure": "Beyond doubt",
    "lists": "Lists of",
    "said": "How it was said",
    "userId": "Customer",
    "anonymousId": "Device",
    "message-id": "Message",
    "importedFrom": "Collected at",
    "file": "File",
    "import": "Import",
    "line": "Line",
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+\d\d:\d\d|Z)")

#: Texts that a sheet shows.
_TEXTS = 50


@router.get("")
def overview(request: Request, viewer: SignedInViewer, q: str = "") -> Response:
    """Find an address; what waits for a human."""
    words, error = q.strip()[:255], ""
    if words:
        channel = "email" if "@" in words else "sms"
        found = normalised(channel, words)
        if found is not None:
            return RedirectResponse(_sheet(channel, found), status_code=303)
        error = "This is neither an email address nor a phone number with its country code."
    with page_read(request) as connection:
        waiting = connection.execute(COUNT_OPEN_TEXTS).scalar_one()
    return page(request, "consent/overview.html", viewer, q=words, error=error, waiting=waiting)


def _sheet(channel: str, address: str) -> str:
    return f"/consent/evidence?{urlencode({'channel': channel, 'address': address})}"


@router.get("/evidence")
def evidence(
    request: Request, viewer: SignedInViewer, channel: str = "", address: str = "", at: str = "", done: str = ""
) -> Response:
    """The sheet of one address, for people: printable."""
    return _evidence(request, viewer, channel, address, at, done)


def _evidence(
    request: Request,
    viewer: Viewer,
    channel: str,
    address: str,
    at: str = "",
    done: str = "",
    *,
    errors: dict[str, str] | None = None,
) -> Response:
    sheet, texts, brands = _read(request, channel, address)
    now = context_of(request).clock()
    instant, wrong = _instant(at, now)
    return page(
        request, "consent/evidence.html", viewer, status=422 if errors else 200, sheet=sheet, texts=texts, brands=brands,
        at=at.strip(), instant=instant, wrong=wrong, states=sheet.states(instant), done=done, errors=errors or {},
        link=_sheet(sheet.channel, sheet.address), more=partial(_more, place=viewer.place),
    )  # fmt: skip


def _more(detail: Mapping[str, Any], place: Place) -> list[tuple[str, str]]:
    """What came with an act beside what every act has, as name and value for people."""
    found: list[tuple[str, str]] = []
    for name, value in detail.items():
        if isinstance(value, Mapping):
            found += _more(value, place)
        elif name not in _OWN and value not in (None, ""):
            found.append((_NAMES.get(name, name.replace("_", " ").capitalize()), _words(value, place)))
    return found


def _words(value: Any, place: Place) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return place.full(datetime.fromisoformat(value))
    return str(value)


@router.get("/evidence.json")
def evidence_json(
    request: Request,
    viewer: SignedInViewer,  # noqa: ARG001  # it guards
    channel: str = "",
    address: str = "",
    at: str = "",
) -> Response:
    """The same as data."""
    sheet, texts, brands = _read(request, channel, address)
    instant, wrong = _instant(at, context_of(request).clock())
    if wrong:
        raise AntiphonError(wrong, "Send an ISO 8601 time.")
    body = sheet.as_json(instant) | {"texts": [dict(row._mapping) for row in texts], "brands": brands}  # noqa: SLF001
    return Response(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), media_type="application/json")


def _read(request: Request, channel: str, address: str) -> tuple[Evidence, list[Any], dict[int, str]]:
    found = normalised(channel, address) if channel in {"email", "sms"} else None
    if found is None:
        raise AntiphonError("This is no address of ours to look at.", "Find it by the search of the page Consent.")
    with page_read(request) as connection:
        sheet = read_evidence(connection, channel, found)
        where = {"abucket": abucket_of(found), "address": found, "limit": _TEXTS}
        texts = list(connection.execute(TEXTS_OF, where).all())
        brands = {row.id: row.name for row in connection.execute(BRANDS)}
    return sheet, texts, brands


def _instant(at: str, now: datetime) -> tuple[datetime, str]:
    """The instant that was asked for, in UTC unless it says otherwise, and what is wrong with it."""
    if not at.strip():
        return now, ""
    try:
        found = datetime.fromisoformat(at.strip())
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC), ""
    except (ValueError, OverflowError):
        return now, f"{at.strip()[:40]!r} is not a time."


@router.post("/evidence")
def opt_out_by_hand(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Somebody asked to be left alone by some other way: on the phone, in a letter, in the shop."""
    context, said = context_of(request), form["said"].strip()[:2_000]
    found = normalised(form["channel"], form["address"]) if form["channel"] in {"email", "sms"} else None
    if found is None:
        raise AntiphonError("This is no address of ours.", "Load the page again.")
    if not said:
        errors = {"said": "Say how they asked for it: the ledger keeps it."}
        return _evidence(request, viewer, form["channel"], found, errors=errors)
    known = {"said": said, "by": viewer.email}
    opt_out(context.database, form["channel"], found, "stop", "by hand", evidence=known)
    context.wake()
    with context.database.begin("settings") as connection:
        what, about = f"{form['channel']} opted out by hand", holder_of(connection, form["channel"], found)
        record(connection, context.clock(), _actor(request, viewer), "consents", what, about)
    return RedirectResponse(f"{_sheet(form['channel'], found)}&done=out", status_code=303)


@router.get("/replies")
def replies(request: Request, viewer: SignedInViewer, show: str = "open", before: str = "", done: str = "") -> Response:
    """Texts that may have been an opt-out; newest first."""
    return _replies(request, viewer, show, before, done)


def _replies(
    request: Request, viewer: Viewer, show: str, before: str = "", done: str = "", *, wrong: str = "", error: str = ""
) -> Response:
    kept = show if show in {"stands", "restored"} else "open"
    start = Cursor.parse(before).at if before else START.at
    with page_read(request) as connection:
        found = texts_to_look_at(connection, kept, start, PAGE + 1)
    older = ""
    if len(found) > PAGE:
        older = f"/consent/replies?{urlencode({'show': kept, 'before': str(Cursor(found[PAGE - 1].at, 0))})}"
    return page(
        request, "consent/replies.html", viewer, status=422 if error else 200, texts=found[:PAGE], show=kept, older=older,
        done=done, wrong=wrong, error=error,
    )  # fmt: skip


@router.post("/replies")
def look_at_reply(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """It stands, or it was none: then the person gets back what they had."""
    context = context_of(request)
    abucket, _, number = form["text"].partition(".")
    if not (abucket.isdigit() and number.lstrip("-").isdigit() and len(abucket) < 5 and len(number) < 21):
        raise AntiphonError("The form was not filled in by this page.", "Load it again.")
    place, actor, why = (int(abucket), int(number)), _actor(request, viewer), form["why"][:500]
    if form["say"] == "restore":
        if not why.strip():
            wrong = "Say why it was not meant as an opt-out: the ledger keeps it."
            return _replies(request, viewer, "open", wrong=form["text"], error=wrong)
        restore(context.database, *place, actor, why)
    else:
        let_stand(context.database, *place, actor, why, context.clock())
    context.wake()
    done = "restored" if form["say"] == "restore" else "stands"
    return RedirectResponse(f"/consent/replies?done={done}", status_code=303)


def _actor(request: Request, viewer: Viewer) -> Actor:
    return Actor(viewer.email, "user", origin_of(request))
