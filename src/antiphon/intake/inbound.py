"""What comes back from people: texts, and clicks on links."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from typing import Any, Literal

from sqlalchemy import Connection

from antiphon.intake import queries
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.codes import redeem
from antiphon.intake.consenting import MAIN_BRAND
from antiphon.intake.keywords import find_keyword
from antiphon.intake.models import Arrival, Inbound
from antiphon.intake.opting_in import SignUp, Waiting, sign_up_arrival, waiting
from antiphon.intake.optout import OptOut, cancel_open, suppress
from antiphon.intake.restoring import given_back
from antiphon.kit.buckets import abucket_of, hash64
from antiphon.kit.errors import AntiphonError
from antiphon.people.identifiers import phone
from antiphon.rules.replies.classify import classify
from antiphon.rules.replies.data import version
from antiphon.rules.replies.models import Reply
from antiphon.store.db import Database

SOURCE = "inbound sms"
MAX_TEXT = 1600

Meaning = Literal["stop", "start", "help", "keyword", "reply"]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that came in; ``key`` is the provider's message id, or one made of what there is."""

    address: str
    to: str
    body: str
    at: datetime
    key: str
    source: str
    brand: int


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

    A doubtful STOP does the same and is listed for a human. START restores what there once was; YES does when an opt-in
    waits for it or the person is out by STOP; a YES among other words is asked for once more. A keyword of the brand
    begins an opt-in. HELP changes nothing and, as every other text, becomes an "SMS Replied". The same ``message_id`` of
    a source again changes nothing at all.
    """
    address = phone(from_)
    if address is None:
        raise AntiphonError(f"{from_!r} is not a phone number.", "Send the sender's number in international form, +1….")
    body = body.replace("\0", "")[:MAX_TEXT]
    reply = classify(body)
    with database.begin("opt-out") as connection:
        connection.execute(queries.SHARE_INTAKE)
        at: datetime = now or connection.execute(queries.CLOCK).scalar_one()
        key = message_id or md5(f"{address}|{to}|{body}|{at}".encode(), usedforsecurity=False).hexdigest()
        text = _Text(address, to, body, at, key, source, _brand(connection, to))
        meaning, arrival = _read(connection, text, reply)
        before = _keep(connection, text, reply, meaning)
        if before is not None:
            return before
        if arrival is None:
            suppress(connection, _out(text, reply), at)
        else:
            write_arrivals(connection, [arrival], at)
        shown = {"abucket": abucket_of(address), "address": address, "at": at, "body": body}
        connection.execute(queries.SHOW_INBOUND, shown)
    if meaning == "stop":
        cancel_open(database, _out(text, reply), at)
    return Inbound(meaning, address, at, reply.sure)


def _read(connection: Connection, text: _Text, reply: Reply) -> tuple[Meaning, Arrival | None]:
    """What the text comes to in its context, and the arrival that says so; a STOP's is written with its suppression."""
    if reply.intent == "stop":
        return "stop", None
    if reply.intent in {"start", "yes"} and reply.sure:
        arrival = given_back(connection, text.address, text.brand, text.at, text.source, text.key, reply.intent)
        return ("start", arrival) if arrival else ("reply", _reply(text))
    # a doubtful START, as "join" is, gives nothing back: it may be a word of the brand's own
    free = reply.intent == "none" or (reply.intent == "start" and not reply.sure)
    if free and (joined := redeem(connection, text.body, text.address, text.at)):
        return "keyword", joined
    keyword = find_keyword(connection, text.brand, text.body) if free else None
    if keyword is not None:
        said = {"text": text.body, "to": text.to, "keyword": keyword.word}
        join = SignUp(
            "sms",
            text.address,
            keyword.wording.purposes,
            text.brand,
            "keyword",
            keyword.wording.text,
            keyword.wording.version,
            text.source,
            more=said,
        )
        return "keyword", sign_up_arrival(join, text.address, text.at, text.key)
    return _answered(connection, text, reply)


def _answered(connection: Connection, text: _Text, reply: Reply) -> tuple[Meaning, Arrival]:
    if reply.intent == "yes" and (waits := waiting(connection, "sms", text.address, text.at)):
        # "yes please" agrees to something; only a plain YES is a signature, so it is asked for again
        return "reply", _reply(text, "confirm", max(waits, key=lambda one: (one.brand == text.brand, one.since)))
    if reply.intent == "help" and reply.sure:
        return "help", _reply(text, "help")
    return "reply", _reply(text)


def _keep(connection: Connection, text: _Text, reply: Reply, meaning: Meaning) -> Inbound | None:
    """Write the text down; a redelivery finds the first one, which is returned."""
    place = {"abucket": abucket_of(text.address), "id": hash64(f"text|{text.source}|{text.key}")}
    row = {
        **place,
        "address": text.address,
        "to": text.to,
        "at": text.at,
        "body": text.body,
        "source": text.source,
        "meaning": meaning,
        "rule": _rule(reply),
        "brand": text.brand,
        "review": "open" if meaning == "stop" and not reply.sure else None,
    }
    if connection.execute(queries.KEEP_TEXT, row).scalar() is not None:
        return None
    first = connection.execute(queries.KEPT_TEXT, place).one()
    return Inbound(first.meaning, first.address, first.at, first.review is None)


def _out(text: _Text, reply: Reply) -> OptOut:
    said = {"text": text.body, "sure": reply.sure, "rule": reply.rule, "lists": version()}
    evidence = {"reply": said, "to": text.to}
    return OptOut("sms", text.address, "stop", text.source, evidence, text.key, text.brand)


def _rule(reply: Reply) -> str:
    """What decided, and by which version of the lists."""
    return f"{reply.rule} {version()}"


def _brand(connection: Connection, to: str) -> int:
    """The brand that was texted; the main one when no brand has the number."""
    number = phone(to) or to
    return connection.execute(queries.BRAND_OF_NUMBER, {"number": number}).scalar() or MAIN_BRAND


def _reply(text: _Text, answer: str = "", waits: Waiting | None = None) -> Arrival:
    said: dict[str, Any] = {
        "event": "SMS Replied",
        "properties": {"text": text.body, "to": text.to},
        "context": {"traits": {"phone": text.address}},
    }
    if not answer:
        return Arrival(text.source, text.key, "track", text.at, False, said)
    asks = {"as": "track", "of": said, "answer": answer, "brand": text.brand, "channel": "sms", "address": text.address}
    if waits:
        asks |= {"brand": waits.brand, "cart": "cart" in waits.purposes, "language": waits.language}
    return Arrival(text.source, text.key, "service", text.at, False, asks)
