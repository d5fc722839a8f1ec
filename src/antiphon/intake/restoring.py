"""What START and YES give back: what waits for them, else what the person had before they left."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.addresses.erased import stands, suppression_of
from antiphon.addresses.queries import FACTS_IN_WORDS
from antiphon.intake.consenting import columns
from antiphon.intake.models import Arrival
from antiphon.intake.opting_in import answered, confirmation, waiting


def given_back(
    connection: Connection, address: str, brand: int, at: datetime, source: str, key: str, said: str
) -> Arrival | None:
    """The consent that START (``said`` "start") or YES ("yes") of a number gives; ``None`` when it means neither.

    YES means something only where an opt-in waits for it, or the person is out by STOP.
    """
    waits = sorted(waiting(connection, "sms", address, at), key=lambda one: (one.brand == brand, one.since))
    if waits:
        return confirmation("sms", address, waits[-1], source, at, "reply", text=said.upper())
    facts = connection.execute(FACTS_IN_WORDS, columns([("sms", address)])).all()
    reason = barred_by(connection, "sms", address)
    left = reason is not None or any(row.state == "unsubscribed" for row in facts if row.brand == brand)
    if not left or (said == "yes" and reason != "stop"):
        return None
    had = [row for row in facts if row.state == "subscribed" and row.brand == brand]
    # cart reminders ask for a double opt-in of their own
    purposes = ({row.purpose for row in had} - {"cart"}) | {"transactional"}
    return _again(address, brand, at, source, key, purposes, had[-1] if had else None)


def barred_by(connection: Connection, channel: str, address: str) -> str | None:
    """The reason of the suppression that stands; ``None`` when none does."""
    row = suppression_of(connection, channel, address)
    return row.reason if row is not None and stands(row) else None


def _again(
    address: str, brand: int, at: datetime, source: str, key: str, purposes: Collection[str], had: Row[Any] | None
) -> Arrival:
    body = {
        "channel": "sms",
        "address": address,
        "purposes": sorted(purposes),
        "state": "subscribed",
        "method": "reply",
        "brand": brand,
        "effectiveAt": at.isoformat(),
        "wording": had.wording if had else None,
        "wordingVersion": had.wording_version if had else None,
    }
    if "marketing" in purposes:
        return answered(source, f"opt-in:{key}", at, body, "confirmed", brand)
    return Arrival(source, f"opt-in:{key}", "consent", at, False, body)
