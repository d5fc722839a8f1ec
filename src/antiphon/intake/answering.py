"""What the resolver has sent in answer to an arrival: the service messages of ``content.service``, each once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from antiphon.addresses.models import Consent, ConsentFact, waits_since
from antiphon.delivery.service import Service, plan_service
from antiphon.intake.consenting import Ledger
from antiphon.intake.facts import Ask, Fact, Given
from antiphon.people.identifiers import Key


def answer(
    connection: Connection, facts: Sequence[Fact], person_of: Mapping[Key, int], ledger: Ledger, now: datetime
) -> int:
    """Plan the answers that ``facts`` ask for, in the transaction that writes them down; returns how many were new."""
    wanted = [_service(fact, ask, person_of[fact.keys[0]], ledger) for fact in facts if (ask := _asked(fact))]
    return plan_service(connection, now, [one for one in wanted if one])


def _asked(fact: Fact) -> Ask | None:
    return None if fact.backfill else fact.ask


def _service(fact: Fact, ask: Ask, person: int, ledger: Ledger) -> Service | None:
    answers, given = fact.message_id, fact.consent
    kind: str | None = ask.kind
    if given is not None and kind == "stop":
        kind, answers = _stop(ask, given, ledger), given.effective_at.isoformat()
    elif given is not None:
        kind = _confirmation(ask, given, ledger)
        if kind == "confirm" and given.method != "keyword":
            answers = f"{given.effective_at:%Y-%m-%dT%H}"  # a form that is filled in again and again asks once an hour
    if kind is None:
        return None
    cart = "cart" in given.purposes if given is not None else ask.cart
    said = given.body.get("language") if given is not None else ask.language
    language = str(said or "")[:2] if kind != "stop" else ""
    return Service(
        kind, ask.channel, ask.address, ask.brand, person, fact.received_at, answers, cart and kind != "stop", language
    )


def _stop(ask: Ask, given: Given, ledger: Ledger) -> str | None:
    """One confirmation: none for a STOP of somebody who has said it and has not come back since."""
    facts = ledger.facts[ask.channel, ask.address].get((ask.brand, "marketing"), [])
    said = [
        f for f in facts if f.state == "unsubscribed" and f.method == "stop" and f.effective_at < given.effective_at
    ]
    newest = max((f.effective_at for f in said), default=None)
    if newest is None or any(f.lifts and newest < f.effective_at <= given.effective_at for f in facts):
        return "stop"
    return None


def _confirmation(ask: Ask, given: Given, ledger: Ledger) -> str | None:
    facts, states = ledger.facts[ask.channel, ask.address], ledger.states[ask.channel, ask.address]
    scopes = [(ask.brand, purpose) for purpose in given.purposes]
    if ask.kind == "confirmed" and ask.channel == "sms":  # after a STOP a form holds nothing, so nothing is said of it
        return "confirmed" if any(_holds(states.get(s)) for s in scopes) else None
    if ask.kind == "confirmed" and any(_holds(states.get(s)) for s in scopes):
        return None
    if all(_holds(states.get(s), double=True) for s in scopes):
        return "confirmed" if given.method == "keyword" else None
    return "confirm" if any(_waits(facts.get(s, ()), given.effective_at) for s in scopes) else None


def _holds(state: Consent | None, *, double: bool = False) -> bool:
    return state is not None and state.state == "subscribed" and (state.double_opt_in or not double)


def _waits(facts: Sequence[ConsentFact], at: datetime) -> bool:
    return waits_since(facts, at) is not None
