"""Reading one stored arrival: who it is about, what happened, what was agreed to. Pure.

An arrival that cannot be read raises ``UnreadableError`` with the reason that is kept beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from antiphon.addresses.models import IMPLIED
from antiphon.kit.zones import zone_id
from antiphon.people.grouping import strongest_first
from antiphon.people.identifiers import CUSTOMER, DEVICE, EMAIL, PHONE, Key, address, email, phone, plain_id
from antiphon.rules.implied import lasts_until

CHANNELS = ("email", "sms")
PURPOSES = ("marketing", "transactional", "cart")
STATES = ("pending", "subscribed", "unsubscribed", "paused")
MAX_NAME = 255

#: Third-party ids under these names are identifiers of our own kinds.
_OWN_KINDS = {"user_id": CUSTOMER, "userid": CUSTOMER, "anonymous_id": DEVICE, "anonymousid": DEVICE}


_NUMBER = (str, int)


class UnreadableError(ValueError):
    """Why an arrival is set aside."""


class StoredArrival(NamedTuple):
    """A row of ``queries.OLDEST``; ``seen``: an arrival of the same source and message id came before."""

    id: int
    source: str
    message_id: str
    type: str
    at: datetime
    received_at: datetime
    backfill: bool
    body: str
    seen: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """What an arrival of our own asks to be answered with: a service message to the address that it came from."""

    kind: str  # stop, help, confirm, confirmed
    channel: str
    address: str
    brand: int
    #: where the arrival itself is no consent: whether the sign-up that waits is for cart reminders too, and its language
    cart: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What one consent arrival says. ``brand`` ``None``: every brand of the installation."""

    channel: str
    address: str
    purposes: tuple[str, ...]
    state: str
    effective_at: datetime
    method: str
    double_opt_in: bool
    brand: int | None
    body: dict[str, Any]
    expires_at: datetime | None = None


class Fact(NamedTuple):
    """An arrival, read. ``keys`` are its identifiers, strongest first; at least one.

    ``verified`` are those of them that are addresses which the person of this arrival has proved to be theirs.
    """

    id: int
    source: str
    message_id: str
    at: datetime
    received_at: datetime
    backfill: bool
    keys: tuple[Key, ...]
    name: str | None = None  # of the event, when it is one
    props: dict[str, Any] | None = None
    ask: Ask | None = None
    traits: dict[str, Any] | None = None
    zone: int | None = None
    consent: Given | None = None
    verified: frozenset[Key] = frozenset()


def read(row: StoredArrival, region: str) -> Fact:
    """What an arrival says; ``region`` (ISO 3166) completes phone numbers without a country."""
    at = min(row.at, row.received_at)
    content = read_content(row.type, _object(row.body), at, row.received_at, region)
    return Fact(row.id, row.source, row.message_id, at, row.received_at, row.backfill, **content)


def read_content(kind: str, body: dict[str, Any], at: datetime, received_at: datetime, region: str) -> dict[str, Any]:
    """What a body of one type says: the fields of a ``Fact`` from ``keys`` on. Intake checks arrivals by it."""
    if kind == "service":
        return _read_service(body, at, received_at, region)
    if kind == "consent":
        given = read_consent(body, at, received_at, region)
        proved = given.double_opt_in and given.state == "subscribed"
        verified = frozenset({_address_key(given)} if proved else ())
        return {"keys": _consent_keys(given, body), "consent": given, "verified": verified}
    if kind not in {"identify", "track", "page", "alias"}:
        raise UnreadableError(f"unknown type {kind!r}")
    context, traits = _part(body, "context"), _part(body, "traits")
    known = {**_part(context, "traits"), **traits}
    keys = _keys(body, context, known, region)
    if not keys:
        raise UnreadableError("no usable identifier: userId, anonymousId, email, phone or externalIds")
    name, props = _event(kind, body)
    told = known if kind == "identify" else None
    return {"keys": keys, "name": name, "props": props, "traits": told, "zone": _zone(context, known)}


def _read_service(body: dict[str, Any], at: datetime, received_at: datetime, region: str) -> dict[str, Any]:
    """An arrival that only this process writes: a consent or a text that is to be answered.

    A type of its own, so that nobody who may post events can have people written to.
    """
    inner = _part(body, "of")
    content = read_content(str(body["as"]), inner, at, received_at, region)
    given = content.get("consent")
    channel, to = (given.channel, given.address) if given else (str(body["channel"]), str(body["address"]))
    cart, language = body.get("cart") is True, str(body.get("language") or "")
    return {**content, "ask": Ask(str(body["answer"]), channel, to, int(body["brand"]), cart, language)}


def _object(written: str) -> dict[str, Any]:
    try:
        body = orjson.loads(written)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"the body is not JSON that can be read: {error}") from error
    if not isinstance(body, dict):
        raise UnreadableError("the body is not a JSON object")
    return body


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    part = body.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise UnreadableError(f"{name} is not a JSON object")
    return part


def _keys(body: dict[str, Any], context: dict[str, Any], traits: dict[str, Any], region: str) -> tuple[Key, ...]:
    """Strongest first; most arrivals have one identifier of each kind at most, which come in this order."""
    found: list[Key] = []
    user, mail, number = plain_id(body.get("userId")), traits.get("email"), traits.get("phone")
    if user:
        found.append((CUSTOMER, user))
    if isinstance(mail, str) and (address_of := email(mail)):
        found.append((EMAIL, address_of))
    if isinstance(number, _NUMBER) and (number_of := phone(str(number), region)):
        found.append((PHONE, number_of))
    if device := plain_id(body.get("anonymousId")):
        found.append((DEVICE, device))
    more = list(_more_keys(body, context, user, region))
    return tuple(sorted({*found, *more}, key=strongest_first)) if more else tuple(found)


def _more_keys(body: dict[str, Any], context: dict[str, Any], user: str | None, region: str) -> Iterator[Key]:
    if user and "@" in user and (found := email(user)):
        yield EMAIL, found
    if device := plain_id(body.get("previousId")):
        yield DEVICE, device
    others = context.get("externalIds")
    for other in others if isinstance(others, list) else ():
        if isinstance(other, dict):
            yield from _third_party(other, region)


def _third_party(other: dict[str, Any], region: str) -> Iterator[Key]:
    value, kind = plain_id(other.get("id")), other.get("type")
    if not value or not isinstance(kind, str) or not 0 < len(kind) <= 64:
        return
    kind = _OWN_KINDS.get(kind.lower(), kind.lower())
    found = email(value) if kind == EMAIL else phone(value, region) if kind == PHONE else value
    if found:
        yield kind, found


def _event(kind: str, body: dict[str, Any]) -> tuple[str | None, dict[str, Any] | None]:
    if kind == "track":
        name = body.get("event")
        if not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_NAME:
            raise UnreadableError(f"event is not a name of 1 to {MAX_NAME} characters")
        return name.strip(), _part(body, "properties")
    if kind == "page":
        name = "Screen Viewed" if body.get("type") == "screen" else "Page Viewed"
        named = {"name": body["name"]} if body.get("name") else {}
        return name, {**named, **_part(body, "properties")}
    return None, None


def _zone(context: dict[str, Any], traits: dict[str, Any]) -> int | None:
    """The zone that the person or their device states; nothing is guessed here."""
    place = traits.get("address")
    stated = (
        traits.get("timezone"),
        place.get("timezone") if isinstance(place, dict) else None,
        context.get("timezone"),
    )
    for name in stated:
        if isinstance(name, str) and (found := zone_id(name)) is not None:
            return found
    return None


def read_consent(body: dict[str, Any], at: datetime, received_at: datetime, region: str) -> Given:
    """The consent that a body states; ``UnreadableError`` names what is wrong with it."""
    channel, state, raw = body.get("channel"), body.get("state"), body.get("address")
    if channel not in CHANNELS:
        raise UnreadableError(f"channel is {channel!r}, not one of {', '.join(CHANNELS)}")
    if state not in STATES:
        raise UnreadableError(f"state is {state!r}, not one of {', '.join(STATES)}")
    found = address(channel, str(raw), region) if isinstance(raw, str | int) else None
    if found is None:
        raise UnreadableError(f"address {raw!r} is not an address of {channel}")
    default = list(PURPOSES) if state == "unsubscribed" else ["marketing"]
    purposes = body.get("purposes") or default
    if not isinstance(purposes, list) or not set(purposes) <= set(PURPOSES):
        raise UnreadableError(f"purposes is {purposes!r}, not a list of {', '.join(PURPOSES)}")
    brand = body.get("brand", 1)
    if brand is not None and not (isinstance(brand, int) and 0 < brand < 2**15):
        raise UnreadableError(f"brand is {brand!r}, not the number of a brand")
    effective_at = min(_instant(body, "effectiveAt") or at, received_at)
    method, expires_at = str(body.get("method") or "api")[:64], _instant(body, "expiresAt")
    if method in IMPLIED and state == "subscribed":
        expires_at = _implied_until(body, channel, method, effective_at, expires_at)
    if state == "paused" and expires_at is None:
        raise UnreadableError("a pause has no expiresAt, so it would never end")
    return Given(
        channel,
        found,
        tuple(p for p in PURPOSES if p in purposes),
        state,
        effective_at,
        method,
        body.get("doubleOptIn") is True,
        brand,
        body,
        expires_at,
    )


def _address_key(given: Given) -> Key:
    return (EMAIL if given.channel == "email" else PHONE), given.address


def _consent_keys(given: Given, body: dict[str, Any]) -> tuple[Key, ...]:
    keys = {_address_key(given)}
    if user := plain_id(body.get("userId")):
        keys.add((CUSTOMER, user))
    if device := plain_id(body.get("anonymousId")):
        keys.add((DEVICE, device))
    return tuple(sorted(keys, key=strongest_first))


def _instant(body: dict[str, Any], name: str) -> datetime | None:
    raw = body.get(name)
    if raw is None:
        return None
    try:
        found = datetime.fromisoformat(raw)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:  # overflow: at the edge of the calendar
        raise UnreadableError(f"{name} is {str(raw)[:64]!r}, not an ISO 8601 time") from error


def _implied_until(
    body: dict[str, Any], channel: str, method: str, effective_at: datetime, stated: datetime | None
) -> datetime:
    """The end of a consent that nobody gave: the law's, or an earlier one that is stated."""
    if channel != "email":
        raise UnreadableError(f"{method}: a marketing text needs consent that was given, not implied")
    country = str(body.get("country") or "")
    until = lasts_until(country, method.removeprefix("implied "), effective_at)
    if until is None:
        raise UnreadableError(f"{method}: no consent is implied in the country {country!r}")
    return min(until, stated or until)
