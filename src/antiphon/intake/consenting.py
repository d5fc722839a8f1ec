"""Consent arrivals into the ledger, the current state, suppression, and the events that people see."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.addresses import queries
from antiphon.addresses.erased import hasher
from antiphon.addresses.models import SUNSET, Consent, ConsentFact, consent_of
from antiphon.addresses.wordings import text_version
from antiphon.intake.arrivals import as_json
from antiphon.intake.facts import PURPOSES, Fact, Given
from antiphon.intake.graph import abucket
from antiphon.intake.queries import BRANDS
from antiphon.kit.buckets import abucket_of, hash64
from antiphon.store.keys import Keys, Texts

#: Channel and normalised address.
Address = tuple[str, str]
#: Brand and purpose.
Scope = tuple[int, str]
States = dict[Scope, Consent]
Facts = dict[Address, dict[Scope, list[ConsentFact]]]

#: The brand whose consent is mirrored beside a person's address.
MAIN_BRAND = 1

_LABEL = {"email": "Email", "sms": "SMS"}


@dataclass(slots=True)
class Ledger:
    """What the consents of one batch came to. ``changed`` addresses have a new state of some kind."""

    changed: set[Address] = field(default_factory=set)
    #: all facts of the addresses, and what they add up to by now
    facts: Facts = field(default_factory=dict)
    states: dict[Address, States] = field(default_factory=dict)
    #: what turned the marketing consent of the main brand, and the name of the event that this is
    turned: list[tuple[Fact, Given, str]] = field(default_factory=list)


def record(connection: Connection, facts: Sequence[Fact], now: datetime) -> Ledger:
    """Write the consent facts of a batch and everything that follows from them for the addresses."""
    given = [(fact, fact.consent) for fact in facts if fact.consent]
    ledger = Ledger()
    if not given:
        return ledger
    brands: list[int] = list(connection.execute(BRANDS).scalars())
    _add_facts(connection, given, brands, now)
    addresses = {(g.channel, g.address) for _, g in given}
    before = load_consents(connection, addresses)
    facts_of = _load_facts(connection, addresses)
    after = _add_up(facts_of)
    ledger.facts, ledger.states = facts_of, after
    _set_consents(connection, before, after)
    _suppress(connection, given)
    _lift(connection, facts_of)
    newest = {((each.channel, each.address), each.state): (fact, each) for fact, each in given}
    for address in addresses:
        if before.get(address) != after[address]:
            ledger.changed.add(address)
        old, new = (_marketing(states) for states in (before.get(address, {}), after[address]))
        if new != old and new in {"subscribed", "unsubscribed"} and (cause := newest.get((address, new))):
            ledger.turned.append((*cause, f"{_LABEL[address[0]]} {new.capitalize()}"))
    return ledger


def _marketing(states: States) -> str:
    found = states.get((MAIN_BRAND, "marketing"))
    return found.state if found else "never"


def columns(addresses: Iterable[Address]) -> dict[str, list[Any]]:
    """The arrays of ``addresses.queries`` that stand for addresses."""
    addresses = list(addresses)
    return {
        "abuckets": Keys([abucket(value) for _, value in addresses]),
        "channels": Texts([channel for channel, _ in addresses]),
        "addresses": Texts([value for _, value in addresses]),
    }


def load_consents(connection: Connection, addresses: Collection[Address]) -> dict[Address, States]:
    """The current consents of ``addresses``; an address without any is left out."""
    found: defaultdict[Address, States] = defaultdict(dict)
    if addresses:
        for channel, value, brand, purpose, *state in connection.execute(queries.CONSENTS, columns(addresses)):
            found[channel, value][brand, purpose] = Consent(*state)
    return dict(found)


def _add_facts(
    connection: Connection, given: Sequence[tuple[Fact, Given]], brands: Sequence[int], now: datetime
) -> None:
    rows = [
        (fact, each, brand, purpose)
        for fact, each in given
        for brand in ([each.brand] if each.brand is not None else brands)
        for purpose in each.purposes
    ]

    def words(name: str) -> list[str | None]:
        return [None if (value := each.body.get(name)) is None else str(value) for _, each, _, _ in rows]

    wordings, versions = words("wording"), words("wordingVersion")

    connection.execute(
        queries.ADD_FACTS,
        {
            **columns((each.channel, each.address) for _, each, _, _ in rows),
            "ids": [hash64(f"consent|{f.source}|{f.message_id}|{brand}|{purpose}") for f, _, brand, purpose in rows],
            "brands": [brand for _, _, brand, _ in rows],
            "purposes": [purpose for *_, purpose in rows],
            "states": [each.state for _, each, _, _ in rows],
            "effective_ats": [each.effective_at for _, each, _, _ in rows],
            "methods": [each.method for _, each, _, _ in rows],
            "double_opt_ins": [each.double_opt_in for _, each, _, _ in rows],
            "wordings": wordings,
            "wording_versions": [
                version or (said and text_version(said)) for version, said in zip(versions, wordings, strict=True)
            ],
            "sources": [fact.source for fact, *_ in rows],
            "ips": words("ip"),
            "agents": words("agent"),
            "expires_ats": [each.expires_at for _, each, _, _ in rows],
            "details": [as_json(each.body) for _, each, _, _ in rows],
            "now": now,
        },
    )


def _load_facts(connection: Connection, addresses: Collection[Address]) -> Facts:
    """The ledger of ``addresses``, with what an erasure kept of it under their hashes: an opt-out stays one."""
    found: Facts = {address: {} for address in addresses}
    for name, at in _hashed(connection, addresses).items():
        found[name] = found[at]
    for channel, value, brand, purpose, *fact in connection.execute(queries.FACTS, both(connection, addresses)):
        found[channel, value].setdefault((brand, purpose), []).append(ConsentFact(*fact))
    return {address: found[address] for address in addresses}


def _hashed(connection: Connection, addresses: Iterable[Address]) -> dict[Address, Address]:
    """The hash of each address, as an address of its channel."""
    known = hasher(connection)
    return {(channel, known.of(value)): (channel, value) for channel, value in addresses}


def both(connection: Connection, addresses: Collection[Address]) -> dict[str, list[Any]]:
    """The arrays for addresses and, in the same abuckets, for their hashes."""
    hashed = _hashed(connection, addresses)
    given = columns(addresses)
    return {
        "abuckets": given["abuckets"] + [abucket_of(value) for _, value in hashed.values()],
        "channels": given["channels"] + [channel for channel, _ in hashed],
        "addresses": given["addresses"] + [value for _, value in hashed],
    }


def _add_up(facts: Facts) -> dict[Address, States]:
    return {
        address: {scope: state for scope, those in scopes.items() if (state := consent_of(those))}
        for address, scopes in facts.items()
    }


def _set_consents(connection: Connection, before: Mapping[Address, States], after: Mapping[Address, States]) -> None:
    rows = [
        (address, scope, state)
        for address, states in after.items()
        for scope, state in states.items()
        if before.get(address, {}).get(scope) != state
    ]
    if rows:
        connection.execute(
            queries.SET_CONSENTS,
            {
                **columns(address for address, _, _ in rows),
                "brands": [brand for _, (brand, _), _ in rows],
                "purposes": [purpose for _, (_, purpose), _ in rows],
                "states": [state.state for *_, state in rows],
                "effective_ats": [state.effective_at for *_, state in rows],
                "double_opt_ins": [state.double_opt_in for *_, state in rows],
                "expires_ats": [state.expires_at for *_, state in rows],
                "paused_untils": [state.paused_until for *_, state in rows],
            },
        )


def bars_everything(given: Given) -> bool:
    """Whether an opt-out closes the address: of everything, or of the marketing by email (RFC 8058 knows no less)."""
    if given.state != "unsubscribed" or given.method == SUNSET:
        return False
    return set(PURPOSES) <= set(given.purposes) or (given.channel == "email" and "marketing" in given.purposes)


def _suppress(connection: Connection, given: Sequence[tuple[Fact, Given]]) -> None:
    out: dict[Address, tuple[datetime, str, str]] = {}
    for fact, each in given:
        address = each.channel, each.address
        if bars_everything(each) and (address not in out or out[address][0] < each.effective_at):
            out[address] = each.effective_at, each.method, fact.source
    if out:
        ats, reasons, sources = (list(column) for column in zip(*out.values(), strict=True))
        connection.execute(queries.SUPPRESS, {**columns(out), "ats": ats, "reasons": reasons, "sources": sources})


def _lift(connection: Connection, facts: Facts) -> None:
    """The newest opt-in by the person's own act lifts an older suppression, whichever of the two came in first."""
    lifted = {
        address: max(acts)
        for address, scopes in facts.items()
        if (acts := [fact.effective_at for those in scopes.values() for fact in those if fact.lifts])
    }
    if lifted:
        connection.execute(queries.LIFT, {**both(connection, lifted), "ats": [*lifted.values(), *lifted.values()]})
