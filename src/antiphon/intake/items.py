"""Reading what is posted: one item of Segment's HTTP API, or one consent, into an arrival. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import orjson

from antiphon.intake.facts import UnreadableError, read_content
from antiphon.intake.models import Arrival, Scope

MAX_ITEM = 32 * 1024
MAX_BATCH = 500 * 1024
MAX_MESSAGE_ID = 255
#: Levels of nesting; what is kept stands inside other documents, and JSON is written 254 levels deep at most.
MAX_DEPTH = 64

#: The types of Segment's API, and what each is to us.
TYPES = {
    "identify": "identify",
    "track": "track",
    "page": "page",
    "screen": "page",
    "alias": "alias",
    "group": "alias",  # says who, not what: kept as evidence
}

#: What journeys and learning trust because only Antiphon tells it: a page must not be able to say that somebody answered.
_OURS = re.compile(
    r"(email|sms) (sent|delivered|bounced|opened|clicked|replied|(un)?subscribed)|(browse|cart|checkout) abandoned",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Posting:
    """What the items of one request have in common."""

    source: str
    received_at: datetime
    region: str
    sent_at: Any = None
    context: Any = None
    max_item: int = MAX_ITEM
    scope: Scope = Scope.SERVER


def read_item(item: Any, posting: Posting, kind: str | None = None) -> Arrival:
    """``kind`` is the type that the path names; in a batch each item names its own.

    Raises ``UnreadableError`` with what is wrong.
    """
    size = _check(item)
    named = kind or item.get("type")
    if not isinstance(named, str) or named not in TYPES:
        raise UnreadableError(f"type is {named!r}, not one of {', '.join(TYPES)}")
    if size > posting.max_item:
        raise UnreadableError(f"larger than {posting.max_item // 1024} KB")
    body = {**item, "type": named}
    if isinstance(posting.context, dict):
        own = item.get("context")
        body["context"] = {**posting.context, **(own if isinstance(own, dict) else {})}
    context = body.get("context")
    backfill = isinstance(context, dict) and context.get("backfill") is True
    if backfill and posting.scope == Scope.EVENTS:
        raise UnreadableError(
            "context.backfill: history comes in by a key of scope server only, which a page must not hold"
        )
    if named == "track" and posting.scope == Scope.EVENTS and _OURS.fullmatch(str(item.get("event")).strip()):
        raise UnreadableError(
            f"event {item['event']!r} is one that Antiphon makes itself; a key of scope server may bring it in"
        )
    at = _at(item, posting, exact=backfill)
    read_content(TYPES[named], body, at, posting.received_at, posting.region)
    body.pop("writeKey", None)
    stated = item.get("timestamp") or item.get("originalTimestamp")
    return Arrival(posting.source, _message_id(item, posting, stated), TYPES[named], at, backfill, body)


def read_consent_item(item: Any, posting: Posting) -> Arrival:
    """A consent as posted to ``/v1/consent``."""
    if _check(item) > MAX_ITEM:
        raise UnreadableError(f"larger than {MAX_ITEM // 1024} KB")
    body = {name: value for name, value in item.items() if name != "writeKey"}
    if body.get("method") == "review":
        raise UnreadableError("method review is of those who look at replies here")
    stated = item.get("effectiveAt")
    at = min(instant(stated, "effectiveAt") or posting.received_at, posting.received_at)
    read_content("consent", body, at, posting.received_at, posting.region)
    backfill = item.get("backfill") is True
    return Arrival(posting.source, _message_id(item, posting, stated), "consent", at, backfill, body)


def _check(item: Any) -> int:
    if not isinstance(item, dict):
        raise UnreadableError("not a JSON object")
    written = orjson.dumps(item)
    # hardly any item has as many brackets at all
    if written.count(b"{") + written.count(b"[") > MAX_DEPTH and _deeper_than(item, MAX_DEPTH):
        raise UnreadableError(f"nested more than {MAX_DEPTH} levels deep")
    return len(written)


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        layer = [part for each in layer for part in _parts(each)]
        if not layer:
            return False
    return True


def _parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [part for part in inner if isinstance(part, dict | list)]


def _message_id(item: Mapping[str, Any], posting: Posting, stated: Any) -> str:
    """The sender's, or one made of the content, so that a repeat is known as such.

    Without any time of its own a second item of the same words is another event, not a repeat.
    """
    given = item.get("messageId")
    if given is None or given == "":
        digest = md5(orjson.dumps(item, option=orjson.OPT_SORT_KEYS), usedforsecurity=False)
        if not stated:
            digest.update(posting.received_at.isoformat().encode())
        return digest.hexdigest()
    if not isinstance(given, str | int) or len(str(given)) > MAX_MESSAGE_ID or "\0" in str(given):
        raise UnreadableError(f"messageId is not a text of at most {MAX_MESSAGE_ID} characters without NUL")
    return str(given)


def _at(item: Mapping[str, Any], posting: Posting, *, exact: bool) -> datetime:
    """The item's own time, its clock's error taken off: received - (sent - stated).

    History (``exact``) was not timed by the clock that sent it.
    """
    original = instant(item.get("originalTimestamp"), "originalTimestamp")
    stated = original or instant(item.get("timestamp"), "timestamp")
    if stated is None:
        return posting.received_at
    sent = instant(item.get("sentAt") or posting.sent_at, "sentAt")
    try:
        at = stated if exact or sent is None else posting.received_at - (sent - stated)
    except OverflowError as error:
        raise UnreadableError("timestamp and sentAt are too far apart") from error
    return min(at, posting.received_at)


def instant(raw: Any, name: str) -> datetime | None:
    """An ISO 8601 time as an aware datetime in UTC; one without an offset is taken as UTC."""
    if raw is None or raw == "":
        return None
    try:
        found = datetime.fromisoformat(raw)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableError(f"{name} is {str(raw)[:64]!r}, not an ISO 8601 time") from error
