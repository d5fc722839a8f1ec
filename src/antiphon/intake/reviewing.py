"""Replies to look at: texts that may have been a STOP. They opted out; a human says whether that stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.addresses.erased import suppression_of
from antiphon.addresses.models import Consent, ConsentFact, consent_of
from antiphon.addresses.queries import FACTS
from antiphon.intake import queries
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.consenting import columns
from antiphon.intake.models import Arrival
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database

METHOD = "review"


@dataclass(frozen=True, slots=True)
class ReviewedText:
    """A text that a human is asked about. ``review`` is open, stands or restored."""

    abucket: int
    id: int
    address: str
    sent_to: str
    at: datetime
    body: str
    source: str
    rule: str
    brand: int
    review: str
    reviewed_at: datetime | None
    reviewed_by: str | None
    review_reason: str | None


def texts_to_look_at(connection: Connection, review: str, before: datetime, limit: int) -> list[ReviewedText]:
    """Texts in a state of review, newest first."""
    rows = connection.execute(queries.REVIEWED_TEXTS, {"review": review, "before": before, "limit": limit})
    return [ReviewedText(*row) for row in rows]


def let_stand(database: Database, abucket: int, number: int, actor: Actor, reason: str, now: datetime) -> None:
    """It was an opt-out."""
    with database.begin("opt-out") as connection:
        text = _open(connection, abucket, number)
        _close(connection, text, "stands", actor, reason, now)


def restore(
    database: Database, abucket: int, number: int, actor: Actor, reason: str, now: datetime | None = None
) -> None:
    """It was none: give the number back what it had before the text. ``reason`` is kept in the ledger.

    Refused when the person has opted out again since, which no human can take back.
    """
    if not reason.strip():
        raise AntiphonError("A reason is missing.", "Say why it was not meant as an opt-out; the ledger keeps it.")
    with database.begin("opt-out") as connection:
        connection.execute(queries.SHARE_INTAKE)
        at: datetime = now or connection.execute(queries.CLOCK).scalar_one()
        text = _open(connection, abucket, number)
        gone = suppression_of(connection, "sms", text.address)
        if gone is not None and gone.at > text.at:
            raise AntiphonError(
                "The person has opted out again since.", "Only they can come back, by a text of their own."
            )
        write_arrivals(connection, _given_back(connection, text, actor, reason, at), at)
        _close(connection, text, "restored", actor, reason, at)


def _open(connection: Connection, abucket: int, number: int) -> ReviewedText:
    row = connection.execute(queries.REVIEWED_TEXT, {"abucket": abucket, "id": number}).one_or_none()
    if row is None or row.review is None:
        raise NotFoundError("There is no such text to look at.", "The address may be mistyped.")
    if row.review != "open":
        raise AntiphonError(f"{row.reviewed_by} has looked at it already.", "Load the page again.")
    return ReviewedText(*row)


def _close(connection: Connection, text: ReviewedText, review: str, actor: Actor, reason: str, now: datetime) -> None:
    values = {"abucket": text.abucket, "id": text.id, "review": review, "by": actor.who, "reason": reason.strip()}
    if connection.execute(queries.REVIEW_TEXT, values | {"now": now}).rowcount == 0:
        raise AntiphonError("Somebody else has looked at it meanwhile.", "Load the page again.")
    record(connection, now, actor, "consents", f"reply looked at: {review}", f"{text.abucket}.{text.id}")


def _given_back(connection: Connection, text: ReviewedText, actor: Actor, reason: str, at: datetime) -> list[Arrival]:
    facts: dict[tuple[int, str], list[ConsentFact]] = {}
    for _, _, brand, purpose, *fact in connection.execute(FACTS, columns([("sms", text.address)])):
        facts.setdefault((brand, purpose), []).append(ConsentFact(*fact))
    before: Mapping[tuple[int, str], Consent | None] = {
        scope: consent_of(fact for fact in those if fact.effective_at < text.at) for scope, those in facts.items()
    }
    # about what they buy people are told without having asked, until they say STOP
    told = Consent("subscribed", at, double_opt_in=False, expires_at=None)
    states = {scope: state or (told if scope[1] == "transactional" else None) for scope, state in before.items()}
    had = {scope: state for scope, state in states.items() if state is not None and state.state == "subscribed"}
    return [_arrival(text, scope, state, actor, reason, at) for scope, state in sorted(had.items())]


def _arrival(
    text: ReviewedText, scope: tuple[int, str], had: Consent, actor: Actor, reason: str, at: datetime
) -> Arrival:
    brand, purpose = scope
    body: dict[str, Any] = {
        "channel": "sms",
        "address": text.address,
        "purposes": [purpose],
        "brand": brand,
        "state": "subscribed",
        "method": METHOD,
        "doubleOptIn": had.double_opt_in,
        "effectiveAt": at.isoformat(),
        "expiresAt": had.expires_at.isoformat() if had.expires_at else None,
        "review": {"text": text.body, "at": text.at.isoformat(), "by": actor.who, "reason": reason.strip()},
    }
    return Arrival("review", f"review:{text.abucket}.{text.id}:{brand}:{purpose}", "consent", at, False, body)
