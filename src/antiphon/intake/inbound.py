"""What comes back from people: texts, and clicks on links."""

from collections.abc import Collection
from datetime import datetime
from hashlib import md5

from sqlalchemy import Connection

from antiphon.addresses.queries import CONSENTS, FACTS, SUPPRESSION
from antiphon.delivery.clicks import Click
from antiphon.intake import queries
from antiphon.intake.arrivals import store_arrivals, write_arrivals
from antiphon.intake.consenting import MAIN_BRAND, columns
from antiphon.intake.models import Arrival, Inbound
from antiphon.intake.optout import cancel_open, suppress
from antiphon.kit.buckets import abucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.people.identifiers import phone
from antiphon.rules.replies.classify import classify
from antiphon.rules.replies.data import version
from antiphon.store.db import Database

SOURCE = "inbound sms"
MAX_TEXT = 1600


def receive_text(
    database: Database,
    from_: str,
    to: str,
    body: str,
    now: datetime | None = None,
    message_id: str | None = None,
    source: str = SOURCE,
) -> Inbound:
    """Take in a text. STOP suppresses in the transaction that receives it, and cancels what is planned after that.

    What may be a STOP is taken for one; the ledger's ``detail`` keeps the text and whether it was sure, for a human.
    START restores what there once was; YES does when an opt-in waits for it or the person is out. HELP changes nothing
    and, as every other text, becomes an "SMS Replied".
    """
    address = phone(from_)
    if address is None:
        raise AntiphonError(f"{from_!r} is not a phone number.", "Send the sender's number in international form, +1….")
    body = body.replace("\0", "")[:MAX_TEXT]
    read = classify(body)
    # in doubt a text opts out, but neither opts in nor asks for help
    meaning = read.intent if read.sure or read.intent == "stop" else None
    with database.begin("opt-out") as connection:
        if meaning == "stop":
            reply = {"text": body, "sure": read.sure, "rule": read.rule, "lists": version()}
            at = suppress(connection, "sms", address, "stop", source, now=now, reply=reply)
        else:
            at = now or connection.execute(queries.CLOCK).scalar_one()
            arrival = _restored(connection, address, to, at, source) if meaning in {"start", "yes"} else None
            meaning = "start" if arrival else "help" if meaning == "help" else None
            key = message_id or md5(f"{address}|{to}|{body}|{at}".encode(), usedforsecurity=False).hexdigest()
            at = write_arrivals(connection, [arrival or _reply(address, to, body, at, key, source)], now)
        shown = {"abucket": abucket_of(address), "address": address, "at": at, "body": body}
        connection.execute(queries.SHOW_INBOUND, shown)
    if meaning == "stop":
        cancel_open(database, "sms", address, "stop", source, at)
    return Inbound(meaning if meaning in {"stop", "start", "help"} else "reply", address, at)


def _reply(address: str, to: str, body: str, at: datetime, key: str, source: str) -> Arrival:
    said = {
        "event": "SMS Replied",
        "properties": {"text": body, "to": to},
        "context": {"traits": {"phone": address}},
    }
    return Arrival(source, key, "track", at, False, said)


def _restored(connection: Connection, address: str, to: str, at: datetime, source: str) -> Arrival | None:
    """The consent that START, or YES, gives: to what waits for it, else to what the person had before they left."""
    key = [("sms", address)]
    scopes = {row.purpose: row.state for row in connection.execute(CONSENTS, columns(key)) if row.brand == MAIN_BRAND}
    pending = {purpose for purpose, state in scopes.items() if state == "pending"}
    if pending:
        return _consent(address, to, at, pending, source, double=True)
    suppressed = connection.execute(
        SUPPRESSION, {"abucket": abucket_of(address), "channel": "sms", "address": address}
    ).one_or_none()
    barred = suppressed is not None and (suppressed.lifted_at is None or suppressed.at > suppressed.lifted_at)
    if not barred and "unsubscribed" not in scopes.values():
        return None
    facts = connection.execute(FACTS, columns(key))
    had = {row.purpose for row in facts if row.state == "subscribed" and row.brand == MAIN_BRAND}
    # cart reminders ask for a double opt-in of their own
    return _consent(address, to, at, (had - {"cart"}) | {"transactional"}, source, double=False)


def _consent(address: str, to: str, at: datetime, purposes: Collection[str], source: str, *, double: bool) -> Arrival:
    body = {
        "channel": "sms",
        "address": address,
        "purposes": sorted(purposes),
        "state": "subscribed",
        "method": "reply",
        "doubleOptIn": double,
        "effectiveAt": at.isoformat(),
        "to": to,
    }
    return Arrival(source, f"opt-in:sms:{address}:{at.isoformat()}", "consent", at, False, body)


def record_click(database: Database, click: Click) -> None:
    """Keep a person's click on a link of a message as the event that it is."""
    store_arrivals(database, [Arrival("links", click.message_id, "track", click.at, False, click.item())])
