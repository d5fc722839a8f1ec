"""Segment's HTTP API, consents and inbound texts. What is answered with 200 is durable."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.bodies import Answer, BodyError, answered, database_of, json_of, keys_of
from antiphon.intake.consenting import bars_everything
from antiphon.intake.facts import UnreadableError, read_consent
from antiphon.intake.inbound import receive_text
from antiphon.intake.items import MAX_BATCH, MAX_ITEM, MAX_MESSAGE_ID, TYPES, Posting, read_consent_item, read_item
from antiphon.intake.models import Arrival, Scope
from antiphon.intake.optout import opt_out
from antiphon.kit.authorization import basic_user

router = APIRouter(prefix="/v1")

#: Room for what surrounds the one item of a request that is not a batch.
_MARGIN = 1024
#: A batch's context becomes part of each item: what is posted once would be stored thousands of times.
MAX_SHARED = 16 * MAX_BATCH
#: An opt-out younger than this is somebody leaving now; an older one is weighed in the ledger with what came after it.
_RECENT = timedelta(minutes=10)

_Problem = dict[str, Any]
_Handle = Callable[[Request, dict[str, Any] | list[Any], Posting], Answer]


async def answer_json(request: Request, limit: int, handle: _Handle) -> Response:
    """Read, authenticate by the write key, handle, answer."""
    return await answered(request, limit, lambda raw: _work(request, raw, handle), 'Basic realm="write key"')


def _work(request: Request, raw: bytes, handle: _Handle) -> Answer:
    body = json_of(raw)
    if not isinstance(body, dict | list):
        raise BodyError(400, "The body is not a JSON object.", "See Segment's HTTP API for its shape.")
    posting = posting_by_key(request, body)
    sent = body.get("sentAt") if isinstance(body, dict) else None
    return handle(request, body, replace(posting, sent_at=sent))


def posting_by_key(request: Request, body: dict[str, Any] | list[Any]) -> Posting:
    """Who sends, by the write key of the request; raises ``BodyError`` for one that is not known."""
    shown = basic_user(request.headers.get("authorization", ""))
    if not shown and isinstance(body, dict):
        stated = body.get("writeKey")
        shown = stated if isinstance(stated, str) else ""
    keys = keys_of(request)
    key = keys.key_of(shown) if shown else None
    if key is None:
        what = "This write key is not known." if shown else "A write key is missing."
        raise BodyError(401, what, "Send it as the user name of basic auth, or as writeKey in the body.")
    return Posting(key.source, datetime.now(UTC), keys.region, scope=key.scope)


def _only_servers(posting: Posting, what: str) -> None:
    """Refuse what a key that lies open in a page must not bring in."""
    if posting.scope != Scope.SERVER:
        raise BodyError(
            403,
            f"{what} do not come in by the write key of {posting.source}, whose scope is {posting.scope}.",
            "Send them from your server by a key of scope server; `antiphon key create NAME` makes one.",
        )


def _read_all(items: Sequence[Any], read: Callable[[Any], Arrival]) -> tuple[list[Arrival], list[_Problem]]:
    """What can be read, and of the rest which item it is and why."""
    arrivals: list[Arrival] = []
    problems: list[_Problem] = []
    for index, item in enumerate(items):
        try:
            arrivals.append(read(item))
        except (UnreadableError, TypeError, ValueError) as error:
            message_id = item.get("messageId") if isinstance(item, dict) else None
            problems.append({"index": index, "messageId": message_id, "error": str(error)})
    return arrivals, problems


def _result(arrivals: Sequence[Arrival], problems: Sequence[_Problem]) -> Answer:
    if not problems:
        return 200, {"success": True}
    if not arrivals:
        what = (
            "No item of this batch can be read." if len(problems) > 1 else f"It cannot be read: {problems[0]['error']}."
        )
        return 400, {"error": what, "hint": "Mend the items that are listed.", "errors": list(problems)}
    return 200, {"success": True, "accepted": len(arrivals), "errors": list(problems)}


def _single(kind: str) -> _Handle:
    def handle(request: Request, body: dict[str, Any] | list[Any], posting: Posting) -> Answer:
        arrivals, problems = _read_all([body], lambda item: read_item(item, posting, kind))
        if arrivals:
            store_arrivals(database_of(request), arrivals)
        return _result(arrivals, problems)

    return handle


def _batch(request: Request, body: dict[str, Any] | list[Any], posting: Posting) -> Answer:
    items = body.get("batch") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(items, list):
        raise BodyError(400, "batch is not a list.", 'Send {"batch": [item, …]}; each item names its type.')
    context = body.get("context")
    try:
        size = len(orjson.dumps({"context": context}))
    except TypeError as error:
        raise BodyError(400, f"The context of this batch cannot be kept: {error}.", "Nest it less deeply.") from error
    if size * len(items) > MAX_SHARED:
        what = f"The context of this batch, {size} bytes, is too large to stand in each of its {len(items)} items."
        raise BodyError(413, what, "Send smaller batches.")
    shared = replace(posting, context=context)
    arrivals, problems = _read_all(items, lambda item: read_item(item, shared))
    if arrivals:
        store_arrivals(database_of(request), arrivals)
    return _result(arrivals, problems)


def _consents(request: Request, body: dict[str, Any] | list[Any], posting: Posting) -> Answer:
    _only_servers(posting, "Consents")
    listed = body.get("batch", [body]) if isinstance(body, dict) else body
    items = listed if isinstance(listed, list) else [listed]
    arrivals, problems = _read_all(items, lambda item: read_consent_item(item, posting))
    database = database_of(request)
    if arrivals:
        store_arrivals(database, arrivals)
    for arrival in arrivals:  # whoever wants out is out when this is answered
        given = read_consent(arrival.body, arrival.at, posting.received_at, posting.region)
        recent = posting.received_at - given.effective_at < _RECENT  # history may hold a later opt-in
        if recent and bars_everything(given) and not arrival.backfill:
            opt_out(database, given.channel, given.address, "api", posting.source)
    return _result(arrivals, problems)


def _inbound_sms(request: Request, body: dict[str, Any] | list[Any], posting: Posting) -> Answer:
    _only_servers(posting, "Texts of people")
    given = body if isinstance(body, dict) else {}
    match given:
        case {"from": str(from_), "to": str(to), "body": str(said)}:
            pass
        case _:
            what = "from, to and body are not all texts."
            raise BodyError(400, what, 'Send {"from": "+1…", "to": "+1…", "body": "…"}.')
    message_id = None if given.get("messageId") is None else str(given["messageId"]).replace("\0", "")[:MAX_MESSAGE_ID]
    found = receive_text(database_of(request), from_, to, said, message_id=message_id, source=posting.source)
    return 200, {"success": True, "meaning": found.meaning}


@router.post("/batch")
async def batch(request: Request) -> Response:
    """Up to 500 KB of items; the valid ones are kept and the others listed."""
    return await answer_json(request, MAX_BATCH, _batch)


def _tag_batch(request: Request, body: dict[str, Any] | list[Any], posting: Posting) -> Answer:
    if posting.scope == Scope.SERVER:
        what = f"The write key of {posting.source} lies open in a page, and it may bring in everything."
        raise BodyError(403, what, "Revoke it, and put one of scope events into the page.")
    return _batch(request, body, posting)


@router.post("/b")
async def tag_batch(request: Request) -> Response:
    """A batch from the browser tag, by a key that lies in its page: any page may post it, without asking beforehand."""
    response = await answer_json(request, MAX_BATCH, _tag_batch)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@router.post("/consent")
async def consent(request: Request) -> Response:
    """One consent, or a list of them; an opt-out holds when this is answered."""
    return await answer_json(request, MAX_BATCH, _consents)


@router.post("/inbound/sms")
async def inbound_sms(request: Request) -> Response:
    """A text that somebody sent to the brand's number."""
    return await answer_json(request, MAX_ITEM, _inbound_sms)


@router.post("/{kind}")
async def single(request: Request, kind: str) -> Response:
    """One item: identify, track, page, screen, group or alias."""
    if kind not in TYPES:
        content = {"error": f"There is no /v1/{kind}.", "hint": f"Post to one of {', '.join(TYPES)}, batch or consent."}
        return Response(orjson.dumps(content), 404, media_type="application/json")
    return await answer_json(request, MAX_ITEM + _MARGIN, _single(kind))
