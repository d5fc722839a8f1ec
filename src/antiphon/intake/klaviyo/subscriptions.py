"""Klaviyo's jobs that subscribe and unsubscribe, as consents of our own. Pure."""

from collections.abc import Iterator
from typing import Any

from antiphon.intake.files.models import IMPORTED
from antiphon.intake.klaviyo.profiles import InvalidError, data_of, keys_of, part
from antiphon.people.identifiers import CUSTOMER, EMAIL, PHONE

MAX_SUBSCRIBED = 1_000
MAX_UNSUBSCRIBED = 100
_CHANNELS = {"email": EMAIL, "sms": PHONE}


def _profiles(document: Any, kind: str, most: int) -> tuple[dict[str, Any], list[Any]]:
    attributes = part(data_of(document, kind), "attributes")
    listed = part(attributes, "profiles").get("data")
    pointer = "/data/attributes/profiles/data"
    if not isinstance(listed, list) or not 0 < len(listed) <= most:
        raise InvalidError(f"profiles.data is not a list of 1 to {most} profiles", pointer)
    return attributes, listed


def subscribed(document: Any, region: str) -> Iterator[dict[str, Any]]:
    """A consent item for each address that is subscribed.

    By default somebody subscribed just now. ``historical_import`` is an import: it needs ``consented_at``, starts nothing
    and lifts no suppression. Texts are subscribed only where the profile says so itself.
    """
    attributes, listed = _profiles(document, "profile-subscription-bulk-create-job", MAX_SUBSCRIBED)
    history = attributes.get("historical_import") is True
    source = attributes.get("custom_source")
    for number, profile in enumerate(listed):
        at = f"/data/attributes/profiles/data/{number}/attributes"
        about = part(profile, "attributes")
        keys = dict(keys_of(about, region, at))
        stated = part(about, "subscriptions") or {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
        for channel, purposes in _purposes(stated, at):
            address = keys.get(_CHANNELS[channel])
            if address is None:
                raise InvalidError(f"{channel} is subscribed, but the profile has no address of it", at)
            for purpose, said in purposes.items():
                if said.get("consent") != "SUBSCRIBED":
                    raise InvalidError("consent is not SUBSCRIBED", f"{at}/subscriptions/{channel}/{purpose}/consent")
                when = said.get("consented_at")
                if history and not when:
                    raise InvalidError(
                        "historical_import needs consented_at", f"{at}/subscriptions/{channel}/{purpose}/consented_at"
                    )
                yield {
                    "channel": channel,
                    "address": address,
                    "purposes": [purpose],
                    "state": "subscribed",
                    "method": f"{IMPORTED}{source or 'Klaviyo'}"[:64] if history else "api",
                    "backfill": history,
                    **({"userId": keys[CUSTOMER]} if CUSTOMER in keys else {}),
                    **({"importedFrom": str(source)} if source else {}),
                    **({"effectiveAt": when} if history else {}),
                }


def unsubscribed(document: Any, region: str) -> tuple[list[tuple[str, str, str]], list[InvalidError]]:
    """Channel, address and purpose of each opt-out, and what cannot be read: the rest holds all the same."""
    _, listed = _profiles(document, "profile-subscription-bulk-delete-job", MAX_UNSUBSCRIBED)
    found: list[tuple[str, str, str]] = []
    wrong: list[InvalidError] = []
    for number, profile in enumerate(listed):
        try:
            found += _left(profile, region, f"/data/attributes/profiles/data/{number}/attributes")
        except InvalidError as error:
            wrong.append(error)
    return found, wrong


def _left(profile: Any, region: str, at: str) -> list[tuple[str, str, str]]:
    about = part(profile, "attributes")
    keys = dict(keys_of(about, region, at))
    stated = part(about, "subscriptions")
    if stated:
        out = [
            (c, keys[k], p) for c, purposes in _purposes(stated, at) if (k := _CHANNELS[c]) in keys for p in purposes
        ]
    else:
        out = [(c, keys[k], "marketing") for c, k in _CHANNELS.items() if k in keys]
    if not out:
        raise InvalidError("nothing that could be unsubscribed", at)
    return out


def _purposes(stated: dict[str, Any], pointer: str) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    for channel in _CHANNELS:
        named = part(stated, channel)
        if unknown := named.keys() - {"marketing", "transactional"}:
            raise InvalidError(f"{min(unknown)} is no purpose", f"{pointer}/subscriptions/{channel}")
        if named:
            yield channel, {purpose: part(named, purpose) for purpose in named}
