"""Calls: from a claimed errand to the request, and from the answer to what becomes of the errand. Pure but for one reading.

A request bears the headers of Standard Webhooks (standardwebhooks.com): ``webhook-id`` is the same in each attempt, so that
who is called can tell a repetition; ``webhook-signature`` is made with a secret of this installation.
"""

import hmac
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from antiphon.content.context import Occasion, Recipient, template_values
from antiphon.content.needs import NOTHING
from antiphon.content.templates import PLAIN, Template, fill, parse
from antiphon.engine.errands.models import Answer, Errand, Outcome, Request
from antiphon.journeys.errands.addresses import place_of
from antiphon.journeys.steps.call import CallStep
from antiphon.kit.buckets import hash64
from antiphon.kit.signing import Signer
from antiphon.people.identifiers import CUSTOMER
from antiphon.people.identifiers import Key as Pointer

_SALT = "journeys call"
_KEY = 32

#: How long the first pause between two attempts is, each longer than the one before, and the longest.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=15)


def secret_of(signer: Signer) -> str:
    """The secret that calls are signed with, as libraries of Standard Webhooks take it."""
    return f"whsec_{b64encode(_secret(signer)).decode()}"


def _secret(signer: Signer) -> bytes:
    token = signer.sign(_SALT, b"", _KEY)
    return urlsafe_b64decode(token + "=" * (-len(token) % 4))


def signed(signer: Signer, request_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which the other side knows that a body is ours, and which call it is."""
    stamp = str(int(now.timestamp()))
    mac = hmac.new(_secret(signer), f"{request_id}.{stamp}.".encode() + body, sha256).digest()
    return {
        "webhook-id": request_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{b64encode(mac).decode()}",
    }


def request_of(signer: Signer, errand: Errand, step: CallStep, body: Mapping[str, Any], now: datetime) -> Request:
    """The request of an errand."""
    written = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
    named = f"call_{hash64(errand.name) % (1 << 64):016x}{hash64(f'{errand.name}|') % (1 << 64):016x}"
    headers = {**step.headers, "content-type": "application/json", **signed(signer, named, written, now)}
    return Request(named, place_of(step.url), step.method, headers, written)


def default_body(errand: Errand, pointers: Sequence[Pointer]) -> dict[str, Any]:
    """All of the person and the occasion. Long numbers as text: not every reader of JSON takes them."""
    return {
        "journey": errand.journey,
        "step": errand.step,
        "run": str(errand.run),
        "at": errand.at.isoformat(),
        "person": {
            "id": str(errand.person),
            "customer_ids": sorted(value for kind, value in pointers if kind == CUSTOMER),
            "traits": errand.traits,
        },
        "occasion": {"event": errand.event, "at": errand.occasion_at.isoformat(), "properties": errand.props},
    }


def parsed(step: CallStep) -> dict[str, Template]:
    """The templates of a body; raises :class:`TemplateError`."""
    return {name: parse(PLAIN, source, f"body’s {name}") for name, source in (step.body or {}).items()}


def filled(templates: Mapping[str, Template], errand: Errand, recipient: Recipient, brand: Any) -> dict[str, Any]:
    """A body of its own, for one person; raises :class:`TemplateError`."""
    occasion = Occasion(errand.event, errand.occasion_at, errand.props)
    values = template_values(recipient, occasion, brand, None) | NOTHING.values()
    return {name: fill(template, values, f"body’s {name}") for name, template in templates.items()}


def outcome_of(errand: Errand, where: str, answer: Answer, now: datetime) -> Outcome:
    """What becomes of an errand after an answer, or none, at ``now``."""
    why: dict[str, Any] = {"called": where}
    why |= {"status": answer.status} if answer.status else {}
    why |= {"error": answer.error} if answer.error else {}
    why |= {"answer": answer.said} if answer.said else {}
    why |= {"attempts": errand.attempts} if errand.attempts > 1 else {}
    if answer.well:
        return Outcome(errand, "done", why)
    if answer.final or errand.until is None or now >= errand.until:
        return Outcome(errand, "failed", why)
    pause = max(pause_of(errand.attempts, errand.name), timedelta(seconds=answer.retry_after))
    return Outcome(errand, "open", why, min(now + pause, errand.until))


def pause_of(attempts: int, name: str) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, up to a fifth more, the same for the same errand."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
    more = pause * (hash64(f"pause|{name}|{attempts}") % 1_000) / 5_000
    return pause + more
