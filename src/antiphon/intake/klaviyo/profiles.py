"""Klaviyo's profiles and events (rules 5.10) as items of our own. Pure.

What is wrong raises ``InvalidError`` with the pointer of the place, as JSON:API has it.
"""

import re
from base64 import b32encode
from hashlib import sha256
from typing import Any

from antiphon.people import lists
from antiphon.people.grouping import strongest_first
from antiphon.people.identifiers import CUSTOMER, EMAIL, PHONE, Key, email, phone, plain_id

KIND = "klaviyo"
MAX_PROPERTIES = 400
_ID = re.compile(r"01[A-Z2-7]{24}")

_TRAITS = {
    "first_name": "firstName", "last_name": "lastName", "organization": "company", "locale": "locale",
    "title": "title", "image": "avatar",
}  # fmt: skip
_PLACE = {
    "address1": "street", "address2": "street2", "city": "city", "region": "state", "zip": "postalCode",
    "country": "country", "timezone": "timezone",
}  # fmt: skip


class InvalidError(ValueError):
    """``pointer`` names the place in the document."""

    def __init__(self, detail: str, pointer: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


def part(document: Any, *path: str) -> dict[str, Any]:
    """An object inside a document; what is not there is empty, what is no object is an error."""
    found = document
    for at, name in enumerate(path):
        found = found.get(name) if isinstance(found, dict) else None
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise InvalidError(f"{name} is not an object", "/" + "/".join(path[: at + 1]))
    return dict(found)


def data_of(document: Any, kind: str) -> dict[str, Any]:
    """``data`` of a document, whose type must be ``kind``."""
    data = part(document, "data") if isinstance(document, dict) else {}
    if data.get("type") != kind:
        raise InvalidError(f"data.type is not {kind!r}", "/data/type")
    return data


def keys_of(attributes: dict[str, Any], region: str, pointer: str) -> tuple[Key, ...]:
    """Who a profile is, strongest first; an address that is none is an error, as it is there."""
    found: list[Key] = []
    for name, kind in (("email", EMAIL), ("phone_number", PHONE)):
        raw = attributes.get(name)
        if raw in {None, ""}:
            continue
        value = (email(raw) if kind == EMAIL else phone(raw, region)) if isinstance(raw, str) else None
        if value is None:
            raise InvalidError(f"{str(raw)[:80]!r} is not a valid {name.replace('_', ' ')}", f"{pointer}/{name}")
        found.append((kind, value))
    if customer := plain_id(attributes.get("external_id")):
        found.append((CUSTOMER, customer))
    for name, kind in (("id", KIND), ("anonymous_id", "device")):
        if other := plain_id(attributes.get(name)):
            found.append((kind, other))
    return tuple(sorted(found, key=strongest_first))


def id_of(key: Key) -> str:
    """The id that a profile gets by its strongest identifier: the same whenever it is asked for, and tells nothing."""
    return "01" + b32encode(sha256(f"{key[0]}:{key[1]}".encode()).digest()).decode()[:24]


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def traits_of(attributes: dict[str, Any], pointer: str) -> dict[str, Any]:
    """What a profile tells of its person, by our names."""
    properties = part(attributes, "properties")
    if len(properties) > MAX_PROPERTIES:
        raise InvalidError(f"more than {MAX_PROPERTIES} properties", f"{pointer}/properties")
    found = {ours: attributes[theirs] for theirs, ours in _TRAITS.items() if theirs in attributes}
    place = part(attributes, "location")
    found |= {ours: place[theirs] for theirs, ours in _PLACE.items() if place.get(theirs) is not None}
    return {**{str(name): value for name, value in properties.items()}, **found}


def identify(keys: tuple[Key, ...], traits: dict[str, Any], *, profile: str | None = None) -> dict[str, Any]:
    """An item of Segment's API. ``profile``: the id by which it is known from now on."""
    return {"type": "identify", **_whose(keys, profile), "traits": traits}


def _whose(keys: tuple[Key, ...], profile: str | None) -> dict[str, Any]:
    values = dict(reversed(keys))
    others = [values[KIND]] if KIND in values else []
    others += [profile] if profile and profile not in others else []
    addresses = {name: values[kind] for name, kind in (("email", EMAIL), ("phone", PHONE)) if kind in values}
    context = {"traits": addresses, **({"externalIds": [{"id": o, "type": KIND} for o in others]} if others else {})}
    ids = {name: values[kind] for name, kind in (("userId", CUSTOMER), ("anonymousId", "device")) if kind in values}
    return {**ids, "context": context}


def patched(traits: dict[str, Any], data: dict[str, Any], pointer: str) -> dict[str, Any]:
    """``traits`` with what ``meta.patch_properties`` does: properties that go, values that join or leave a list.

    What a list holds is not known here: its change is told as one (``people.lists``), and made when its turn has come.
    """
    pointer, given = f"{pointer}/meta/patch_properties", part(data, "meta", "patch_properties")
    found: dict[str, Any] = {**traits, **dict.fromkeys(_names(given.get("unset"), f"{pointer}/unset"))}
    append, remove = (_lists(part(given, name), f"{pointer}/{name}") for name in ("append", "unappend"))
    for name in {**remove, **append}:
        change = lists.change(append.get(name, ()), remove.get(name, ()))
        found[name] = lists.changed(found[name], change) if name in found else change
    if len(found) > MAX_PROPERTIES + len(_TRAITS) + len(_PLACE):
        raise InvalidError(f"more than {MAX_PROPERTIES} properties", pointer)
    return found


def _names(given: Any, pointer: str) -> list[str]:
    found = given if isinstance(given, list) else [] if given is None else [given]
    if not all(isinstance(name, str) for name in found):
        raise InvalidError("unset takes the name of a property, or a list of names", pointer)
    return found


def _lists(given: dict[str, Any], pointer: str) -> dict[str, list[Any]]:
    found = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    for name, values in found.items():
        if not all(isinstance(value, str | int | float | bool) for value in values):
            raise InvalidError("takes simple values only: texts, numbers, true or false", f"{pointer}/{name}")
    return found


def track(data: dict[str, Any], region: str) -> dict[str, Any]:
    """An event as an item of Segment's API. ``backfill`` starts no journeys."""
    attributes, at = part(data, "attributes"), "/data/attributes"
    name = part(attributes, "metric", "data", "attributes").get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 128:
        raise InvalidError("metric has no name of 1 to 128 characters", f"{at}/metric/data/attributes/name")
    profile = part(attributes, "profile", "data")
    whose = part(profile, "attributes") | ({"id": profile["id"]} if profile.get("id") else {})
    keys = keys_of(whose, region, f"{at}/profile/data/attributes")
    if not keys:
        raise InvalidError("the profile has no email, phone_number, external_id, anonymous_id or id", f"{at}/profile")
    properties = part(attributes, "properties")
    if len(properties) > MAX_PROPERTIES:
        raise InvalidError(f"more than {MAX_PROPERTIES} properties", f"{at}/properties")
    for theirs, ours in (("value", "value"), ("value_currency", "currency")):
        if attributes.get(theirs) is not None:
            properties.setdefault(ours, attributes[theirs])
    item = {"type": "track", **_whose(keys, None)}
    item["event"], item["properties"] = _ours(name.strip(), properties)
    item["context"]["traits"] |= {
        name: value for name, value in traits_of(whose, f"{at}/profile/data/attributes").items() if value is not None
    }
    item["context"] |= {"backfill": True} if attributes.get("backfill") is True else {}
    if attributes.get("time") is not None:
        item["timestamp"] = attributes["time"]
    if unique := attributes.get("unique_id"):
        # theirs is unique for one profile and metric; ours for a source
        item["messageId"] = sha256(f"{name}|{keys[0]}|{unique}".encode()).hexdigest()
    return item


#: Metrics that shops' integrations send, by what they are called here (rules 5.9).
_METRICS = {
    "Placed Order": "Order Completed", "Started Checkout": "Checkout Started", "Checkout Started": "Checkout Started",
    "Added to Cart": "Product Added", "Viewed Product": "Product Viewed", "Fulfilled Order": "Order Fulfilled",
    "Cancelled Order": "Order Cancelled", "Refunded Order": "Order Refunded",
}  # fmt: skip
_NAMES = {
    "ProductID": "product_id", "SKU": "sku", "ProductName": "name", "Quantity": "quantity", "ItemPrice": "price",
    "Price": "price", "ImageURL": "image_url", "ProductURL": "url", "URL": "url", "Brand": "brand", "Name": "name",
    "OrderId": "order_id", "OrderID": "order_id", "CartID": "cart_id", "CartId": "cart_id", "CheckoutURL": "url",
}  # fmt: skip


def _ours(metric: str, properties: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name and properties in our vocabulary; a metric that is nobody's stays as it is. Nothing that was sent is lost."""
    event = _METRICS.get(metric)
    if event is None:
        return metric, properties
    found = _renamed(properties)
    if isinstance(found.get("Items"), list):
        found["products"] = [_renamed(one) if isinstance(one, dict) else one for one in found.pop("Items")]
    if event == "Order Completed" and "value" in found:
        found.setdefault("revenue", found["value"])
    if "$event_id" in found and event.startswith("Order"):
        found.setdefault("order_id", found["$event_id"])
    return event, found


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    found = dict(values)
    for theirs, ours in _NAMES.items():
        if theirs in found and ours not in found:
            found[ours] = found.pop(theirs)
    return found
