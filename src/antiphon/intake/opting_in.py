"""Opting in: a sign-up that waits for its confirmation, and the confirmation.

Both are arrivals. The resolver writes them into the ledger and plans the message that they ask for: first the request to
confirm (an email with a link to a page with a button, a text that asks for a YES), then the confirmation of a text opt-in.
Every way of signing up goes through here: forms, hosted pages, checkouts, keywords.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5
from typing import Any

from sqlalchemy import Connection

from antiphon.addresses import queries
from antiphon.addresses.models import ConsentFact, waits_since
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.consenting import both
from antiphon.intake.facts import PURPOSES
from antiphon.intake.models import Arrival
from antiphon.intake.queries import CLOCK, SHARE_INTAKE
from antiphon.kit.errors import AntiphonError
from antiphon.people.identifiers import address as normalised
from antiphon.store.db import Database


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody agreed to, and where.

    ``wording`` are the exact words that they saw and ``wording_version`` their version (``addresses.wordings``).
    ``source`` names where it came from, for people to read. ``user_id`` and ``device`` tie the sign-up to a person who
    is known; ``more`` is kept beside the fact (page, unit, campaign …).
    """

    channel: str
    address: str
    purposes: tuple[str, ...] = ("marketing",)
    brand: int = 1
    method: str = "web form"
    wording: str | None = None
    wording_version: str | None = None
    source: str = "sign-up"
    ip: str | None = None
    agent: str | None = None
    user_id: str | None = None
    device: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-up that waits for its confirmation: what it is for, since when, the words that were agreed to, on which form."""

    brand: int
    purposes: frozenset[str]
    since: datetime
    wording: str | None = None
    wording_version: str | None = None
    language: str | None = None
    unit: str | None = None
    #: What was promised for it: the code of an offer, or one that everybody gets.
    offer: str = ""
    coupon: str = ""


def begin_opt_in(
    database: Database, sign_up: SignUp, *, now: datetime | None = None, key: str | None = None, double: bool = True
) -> datetime:
    """Take in a sign-up; returns when it was received.

    With ``double`` the consent is pending, and the address is asked to confirm it; cart reminders by text can only be
    had so. Without, it holds at once; a text opt-in is confirmed by a text either way. Nothing is sent to an address that
    holds all of it already by double opt-in, but the confirmation of a text. ``key`` makes a repeat known as such: the id
    of the form's submission. The caller learns nothing of what the address agreed to before, and must not show it.
    """
    address = normalised(sign_up.channel, sign_up.address)
    if address is None:
        raise AntiphonError(
            f"{sign_up.address!r} is not an address of {sign_up.channel}.",
            "Write it out, a phone number with its country code.",
        )
    if not sign_up.purposes or not set(sign_up.purposes) <= set(PURPOSES):
        raise AntiphonError(f"Nobody can agree to {', '.join(sign_up.purposes) or 'nothing'}.", f"Name {PURPOSES}.")
    with database.begin("intake") as connection:
        connection.execute(SHARE_INTAKE)
        at: datetime = now or connection.execute(CLOCK).scalar_one()
        return write_arrivals(connection, [sign_up_arrival(sign_up, address, at, key, double=double)], now)


def sign_up_arrival(
    sign_up: SignUp, address: str, at: datetime, key: str | None = None, *, double: bool = True
) -> Arrival:
    """The arrival of a sign-up by ``address``, normalised."""
    body = _body(sign_up, address, at) | {"state": "pending" if double else "subscribed"}
    message_id = key or _digest(sign_up.channel, address, sign_up.brand, at.isoformat())
    answer = "confirm" if double else "confirmed"
    return answered(sign_up.source, f"sign-up:{message_id}", at, body, answer, sign_up.brand)


def confirm(
    database: Database, channel: str, address: str, brand: int, source: str, now: datetime | None = None, **seen: Any
) -> bool:
    """Confirm what waits for it by the link in the request; returns whether anything did.

    ``now`` is the instant on a virtual clock; ``None`` reads the database's.
    ``seen`` is kept beside the fact: ``ip`` and ``agent`` of who pressed the button. Safe to repeat: the second time
    nothing waits, or it is the same arrival.
    """
    with database.begin("intake") as connection:
        connection.execute(SHARE_INTAKE)
        at: datetime = now or connection.execute(CLOCK).scalar_one()
        found = [one for one in waiting(connection, channel, address, at) if one.brand == brand]
        if not found:
            return False
        arrivals = [confirmation(channel, address, one, source, at, "double opt-in", **seen) for one in found]
        write_arrivals(connection, arrivals, now)
    return True


def confirmation(
    channel: str, address: str, waits: Waiting, source: str, at: datetime, method: str, **more: Any
) -> Arrival:
    """The arrival that confirms a sign-up; a repeat has the same message id."""
    body = {
        "channel": channel,
        "address": address,
        "purposes": sorted(waits.purposes),
        "state": "subscribed",
        "method": method,
        "doubleOptIn": True,
        "brand": waits.brand,
        "effectiveAt": at.isoformat(),
        "askedAt": waits.since.isoformat(),
        "wording": waits.wording,
        "wordingVersion": waits.wording_version,
        **{name: value for name in ("language", "unit", "offer", "coupon") if (value := getattr(waits, name))},
        **more,
    }
    key = _digest(channel, address, waits.brand, waits.since.isoformat())
    return answered(source, f"confirmed:{key}", at, body, "confirmed", waits.brand)


def answered(source: str, message_id: str, at: datetime, body: dict[str, Any], answer: str, brand: int) -> Arrival:
    """A consent that the resolver answers with a service message."""
    return Arrival(
        source, message_id, "service", at, False, {"as": "consent", "of": body, "answer": answer, "brand": brand}
    )


def waiting(connection: Connection, channel: str, address: str, now: datetime) -> list[Waiting]:
    """What waits for its confirmation by an address, by brand; an opt-out that was kept by the address's hash counts."""
    facts: dict[tuple[int, str], list[ConsentFact]] = {}
    words: dict[tuple[int, datetime], tuple[Any, ...]] = {}
    for row in connection.execute(queries.FACTS_IN_WORDS, both(connection, [(channel, address)])):
        fact = ConsentFact(row.state, row.effective_at, row.double_opt_in, row.expires_at, row.method, row.recorded_at)
        facts.setdefault((row.brand, row.purpose), []).append(fact)
        if row.state in {"pending", "subscribed"}:
            words[row.brand, row.effective_at] = (
                row.wording,
                row.wording_version,
                row.language,
                row.unit,
                row.offer,
                row.coupon,
            )
    found: dict[int, dict[str, datetime]] = {}
    for (brand, purpose), those in facts.items():
        if since := waits_since(those, now):
            found.setdefault(brand, {})[purpose] = since
    return [_waiting(brand, purposes, words) for brand, purposes in sorted(found.items())]


def _waiting(brand: int, purposes: dict[str, datetime], words: dict[tuple[int, datetime], tuple[Any, ...]]) -> Waiting:
    since = max(purposes.values())
    return Waiting(brand, frozenset(purposes), since, *words[brand, since])


def _body(sign_up: SignUp, address: str, at: datetime) -> dict[str, Any]:
    known = {
        "channel": sign_up.channel,
        "address": address,
        "purposes": _sorted(sign_up.purposes),
        "method": sign_up.method,
        "brand": sign_up.brand,
        "effectiveAt": at.isoformat(),
        "wording": sign_up.wording,
        "wordingVersion": sign_up.wording_version,
        "ip": sign_up.ip,
        "agent": sign_up.agent,
        "userId": sign_up.user_id,
        "anonymousId": sign_up.device,
    }
    return sign_up.more | {name: value for name, value in known.items() if value is not None}


def _sorted(purposes: Collection[str]) -> list[str]:
    return [purpose for purpose in PURPOSES if purpose in purposes]


def _digest(*parts: object) -> str:
    return md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
