"""A body of a webhook into events of people. Pure."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from antiphon.intake.facts import UnreadableError
from antiphon.intake.files.moments import moment
from antiphon.intake.hooks.models import Hook, ProductHook, Signature
from antiphon.intake.hooks.paths import value_at
from antiphon.intake.items import Posting, read_item
from antiphon.intake.models import Arrival
from antiphon.people.identifiers import email, phone

MAX_ITEMS = 1_000
#: A signed instant further away than this is a replay.
_FRESH = timedelta(minutes=5)


def items_of(hook: Hook | ProductHook, document: Any) -> list[Any]:
    """What is read one by one. Raises ``UnreadableError`` where ``each`` is no list, or too long a one."""
    if hook.each is None:
        return [document]
    found = value_at(document, hook.each)
    if not isinstance(found, list):
        raise UnreadableError(f"there is no list at {hook.each}")
    if len(found) > MAX_ITEMS:
        raise UnreadableError(f"{len(found)} items at {hook.each}; at most {MAX_ITEMS} at once")
    return found


def read(hook: Hook, document: Any, posting: Posting) -> Arrival | None:
    """One item as an arrival; ``None`` for an event that nobody asked for. Raises ``UnreadableError``."""
    if isinstance(hook.event, str):
        name = hook.event
    else:
        said = value_at(document, hook.event.path)
        if said is None:
            raise UnreadableError(f"there is nothing at {hook.event.path}, which names the event")
        if str(said) not in hook.event.names:
            return None
        name = hook.event.names[str(said)]
    item: dict[str, Any] = {"type": "track", "event": name, **_whose(hook, document, posting.region)}
    item["properties"] = {n: v for n, path in hook.properties.items() if (v := value_at(document, path)) is not None}
    if hook.time and (stated := value_at(document, hook.time)) is not None:
        at = moment(str(stated))
        if at is None:
            raise UnreadableError(f"{str(stated)[:64]!r} at {hook.time} is no time")
        item["timestamp"] = at.isoformat()
    item["messageId"] = _id(hook, document)
    return read_item(item, posting)


def _whose(hook: Hook, document: Any, region: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    traits = {n: v for n, path in hook.traits.items() if (v := value_at(document, path)) is not None}
    others = []
    for name, path in (("userId", hook.identify.customer_id), ("anonymousId", hook.identify.device_id)):
        if path and (value := value_at(document, path)) is not None:
            found[name] = value
    wrong = []
    for name, path, read_as in (("email", hook.identify.email, email), ("phone", hook.identify.phone, phone)):
        raw = value_at(document, path) if path else None
        if raw is None or raw == "":
            continue
        value = (
            (read_as(str(raw)) if name == "email" else phone(str(raw), region)) if isinstance(raw, str | int) else None
        )
        if value is None:
            wrong.append(f"{str(raw)[:80]!r} at {path} is no {name}")
        else:
            traits[name] = value
    for kind, path in hook.identify.external_ids.items():
        if (value := value_at(document, path)) is not None:
            others.append({"id": value, "type": kind})
    if not found and not others and not {"email", "phone"} & traits.keys():
        paths = [p for p in (hook.identify.email, hook.identify.phone, hook.identify.customer_id) if p]
        raise UnreadableError("; ".join(wrong) or f"it says nobody: nothing at {', '.join(paths) or 'the named paths'}")
    return {**found, "context": {"traits": traits, **({"externalIds": others} if others else {})}}


def _id(hook: Hook, document: Any) -> str:
    """The sender's id of it, or one made of what it says: the same thing sent again changes nothing."""
    stated = value_at(document, hook.id) if hook.id else None
    if isinstance(stated, str | int) and not isinstance(stated, bool) and str(stated).strip():
        digest = sha256(str(stated).encode())
    else:
        digest = sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))
    return f"{hook.name}:{digest.hexdigest()}"


def signed(signature: Signature, secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether a body is the sender's, and of now where its instant is signed."""
    content = body
    if signature.timestamp:
        stamp = headers.get(signature.timestamp, "")
        at = moment(stamp)
        if at is None or abs(now - at) > _FRESH:
            return False
        content = stamp.encode() + b"." + body
    made = hmac.new(secret.encode(), content, signature.algorithm)
    expected = made.hexdigest() if signature.encoding == "hex" else b64encode(made.digest()).decode()
    given = headers.get(signature.header, "").removeprefix(signature.prefix).strip()
    if signature.encoding == "hex":
        given = given.lower()
    return hmac.compare_digest(expected.encode(), given.encode())
