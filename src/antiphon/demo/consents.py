"""What the demo's people agreed to, worded as a ledger wants it: how, when, from where, to which words."""

from datetime import datetime
from typing import Any

from antiphon.demo.catalogue import SHOP_URL
from antiphon.demo.models import Planned, Shopper
from antiphon.demo.voice import SOURCE, message_id
from antiphon.intake.models import Arrival

_WORDINGS = {
    "email": "Yes, send me news and offers by email. I can unsubscribe at any time.",
    "sms": (
        "By giving my phone number I agree to receive recurring automated marketing texts from Lantern & Loom. Consent "
        "is not a condition of purchase. Msg & data rates may apply. Reply STOP to cancel, HELP for help."
    ),
    "cart": (
        "By giving my phone number I agree to receive recurring automated marketing texts, including cart reminders, "
        "from Lantern & Loom. Consent is not a condition of purchase. Msg & data rates may apply. Reply STOP to cancel."
    ),
}


#: What an opt-out from a channel covers.
PURPOSES: dict[str, tuple[str, ...]] = {"email": ("marketing",), "sms": ("marketing", "cart")}


def consent(
    seed: int,
    shopper: Shopper,
    channel: str,
    purposes: tuple[str, ...],
    state: str,
    at: datetime,
    *,
    double: bool = False,
    method: str = "web form",
    backfill: bool = False,
) -> Planned:
    """One consent arrival of the shopper's address on ``channel``, in force from ``at``."""
    address = shopper.email if channel == "email" else shopper.phone
    wording = _WORDINGS["cart" if "cart" in purposes else channel]
    body: dict[str, Any] = {
        "channel": channel,
        "address": address,
        "purposes": list(purposes),
        "state": state,
        "effectiveAt": at.isoformat(),
        "method": method,
        "doubleOptIn": double,
        "wording": wording if state != "unsubscribed" else None,
        "wordingVersion": "2024-02" if state != "unsubscribed" else None,
        "ip": f"198.51.100.{shopper.number % 254 + 1}",
        "agent": f"{SHOP_URL}/sign-up",
        "brand": 1,
    }
    if shopper.customer_id is not None:
        body["userId"] = shopper.customer_id
    identity = message_id(seed, "consent", shopper.number, channel, purposes, state, at.isoformat())
    return Planned(at, Arrival(SOURCE, identity, "consent", at, backfill, body), shopper.number)


def sign_up(seed: int, shopper: Shopper, at: datetime, *, backfill: bool = False) -> list[Planned]:
    """The opt-ins that a shopper's present states come from, given at ``at``."""
    found: list[Planned] = []
    if shopper.email and shopper.email_state != "never":
        pending = shopper.email_state == "pending"
        state = "pending" if pending else "subscribed"
        found.append(consent(seed, shopper, "email", ("marketing",), state, at, backfill=backfill))
    if shopper.phone and shopper.sms_state != "never":
        state = "pending" if shopper.sms_state == "pending" else "subscribed"
        purposes = ("marketing",) if shopper.cart_texts == "no" else ("marketing", "cart")
        double = shopper.cart_texts == "double"
        found.append(consent(seed, shopper, "sms", purposes, state, at, double=double, backfill=backfill))
    return found
