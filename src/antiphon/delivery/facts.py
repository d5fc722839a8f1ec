"""Read what the gate must know of a batch: by address from the address's side, by run from the person's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, TextClause

from antiphon.addresses.erased import hasher
from antiphon.content.context import Brand
from antiphon.content.kit import kit_or_usual
from antiphon.decisions.settings import BrandSettings, brand_settings
from antiphon.delivery import queries
from antiphon.delivery.gate import CARRIER_WINDOW
from antiphon.delivery.models import ERASED, ConsentState, Facts, Message, Owner, Sent
from antiphon.delivery.recovering import kept_back
from antiphon.kit.buckets import abucket_of

#: Bucket and id.
_Person = tuple[int, int]


@dataclass(frozen=True, slots=True)
class BrandFacts:
    brand: Brand
    settings: BrandSettings
    mailbox: str = ""  # where mail to leave comes in; empty when nowhere
    flaw: str = ""  # of its kit, in whose place the usual one stands


def read_brands(connection: Connection) -> dict[int, BrandFacts]:
    found = {}
    mailbox = connection.execute(queries.MAILBOX).scalar() or ""
    for row in connection.execute(queries.BRANDS).mappings():
        values = dict(row)
        settings = brand_settings(values.pop("settings"))
        (kit, flaw), keyword = kit_or_usual(values.pop("kit")), (values.pop("keyword") or "").upper()
        own = next((one.url for one in kit.social if one.network == "website"), "")
        places = {"shop_url": own or values.pop("shop_url") or "", "email_page": values.pop("email_page") or ""}
        brand = Brand(**(values | places), language=settings.language, kit=kit, keyword=keyword)
        found[row["id"]] = BrandFacts(brand, settings, mailbox, flaw)
    return found


def read_facts(
    connection: Connection,
    channel: str,
    messages: Sequence[Message],
    now: datetime,
    settings: Mapping[int, BrandSettings],
) -> dict[int, Facts]:
    """Everything for the gate at the claim, by message id."""
    longest = max(
        (s.spacing.sms if channel == "sms" else s.spacing.email for s in settings.values()), default=timedelta()
    )
    where = _places(messages) | {"channel": channel}
    sent: dict[tuple[int, str], list[Sent]] = defaultdict(list)
    for row in connection.execute(queries.SENT, where | {"since": now - max(CARRIER_WINDOW, longest)}):
        one = Sent(row.id, row.at, row.person, abandonment=row.abandonment, service=row.service)
        sent[row.abucket, row.address].append(one)
    texts = _text_owners(connection, messages) if channel == "sms" else {}
    rows = connection.execute(
        queries.KEY_OWNERS, {"abuckets": [m.abucket for m in messages], "keys": [m.key for m in messages]}
    )
    keys = {(row.abucket, row.key): row.message for row in rows}
    whose = {m.id: (m.bucket, m.person) for m in messages}  # nobody moves them under the lock
    ended = _runs_ended(connection, whose, messages)
    lived, back = _places_lived(connection, channel, whose), kept_back(connection, messages, whose)
    last_look = _last_look(connection, channel, messages, ended, lived, back)
    return {
        m.id: Facts(
            last_look[m.id].consent,
            last_look[m.id].suppressed,
            last_look[m.id].suppressed_at,
            tuple(sent[m.abucket, m.address]),
            texts.get((m.abucket, m.address, m.occasion_key)),
            keys.get((m.abucket, m.key)),
            last_look[m.id].run_outcome,
            last_look[m.id].places,
            journey_state=last_look[m.id].journey_state,
            kept_back=last_look[m.id].kept_back,
        )
        for m in messages
    }


def read_last_look(connection: Connection, channel: str, messages: Sequence[Message]) -> dict[int, Facts]:
    """Only what may change between claim and wire.

    Consent, suppression, the end of the run, a journey's pause, the states of the person's orders.
    """
    return _last_look(connection, channel, messages, *_follow_people(connection, channel, messages))


def _last_look(
    connection: Connection,
    channel: str,
    messages: Sequence[Message],
    outcomes: Mapping[int, str],
    lived: Mapping[int, tuple[str, ...]],
    back: Mapping[int, str],
) -> dict[int, Facts]:
    where = _places(messages) | {"channel": channel}
    consent: dict[tuple[int, str, int], dict[str, ConsentState]] = defaultdict(dict)
    for row in connection.execute(queries.CONSENT, where):
        state = ConsentState(row.state, row.double_opt_in, row.expires_at, row.paused_until)
        consent[row.abucket, row.address, row.brand][row.purpose] = state
    suppressed = _suppressed(connection, channel, messages)
    standing: dict[int, str] = {row.id: row.state for row in connection.execute(queries.STANDING_JOURNEYS)}
    return {
        m.id: Facts(
            consent.get((m.abucket, m.address, m.brand), {}),
            *suppressed.get((m.abucket, m.address), (None, None)),
            run_outcome=outcomes.get(m.id),
            places=lived.get(m.id, ()),
            journey_state=standing.get(m.journey),
            kept_back=back.get(m.id),
        )
        for m in messages
    }


def _suppressed(
    connection: Connection, channel: str, messages: Sequence[Message]
) -> dict[tuple[int, str], tuple[Any, Any]]:
    """Why and since when places are barred: by their address, or by the hash that stands for it since its person was erased."""
    names = hasher(connection).both({m.address for m in messages})
    rows = connection.execute(
        queries.SUPPRESSED,
        {
            "abuckets": [abucket_of(address) for address in names.values()],
            "addresses": list(names),
            "channel": channel,
        },
    )
    return {(row.abucket, names[row.address]): (row.reason, row.at) for row in rows}


def _places(messages: Sequence[Message]) -> dict[str, Any]:
    places = sorted({(m.abucket, m.address) for m in messages})
    return {"abuckets": [place[0] for place in places], "addresses": [place[1] for place in places]}


def _text_owners(connection: Connection, messages: Sequence[Message]) -> dict[tuple[int, str, str], Owner]:
    wanted = sorted({(m.abucket, m.address, m.occasion_key) for m in messages if m.abandonment_text})
    rows = _by_arrays(connection, queries.TEXT_OWNERS, ("abuckets", "addresses", "occasions"), wanted)
    return {(r.abucket, r.address, r.occasion_key): Owner(r.message, r.state) for r in rows}


def _follow_people(
    connection: Connection, channel: str, messages: Sequence[Message]
) -> tuple[dict[int, str], dict[int, tuple[str, ...]], dict[int, str]]:
    """How the runs of claimed messages ended, where their people live and what keeps their texts back, by message, wherever
    merges have taken them.

    A merge commits people, runs and messages at once: if no message has moved after the look, none had moved before it.
    """
    whose = {m.id: (m.bucket, m.person) for m in messages}
    where = {"abuckets": [m.abucket for m in messages], "ids": [m.id for m in messages]}
    while True:
        ended = _runs_ended(connection, whose, messages)
        lived = _places_lived(connection, channel, whose)
        back = kept_back(connection, messages, whose)
        rows = connection.execute(queries.BUCKETS_NOW, where).all()
        now: dict[int, _Person] = {row.id: (row.bucket, row.person) for row in rows}
        if all(now.get(message, person) == person for message, person in whose.items()):
            return ended | {row.id: ERASED for row in rows if row.erased}, lived, back
        whose |= now


def _runs_ended(connection: Connection, whose: Mapping[int, _Person], messages: Sequence[Message]) -> dict[int, str]:
    """How runs ended, by message; ``whose``: the people, in whose buckets the runs are."""
    wanted = sorted({(whose[m.id][0], m.run) for m in messages})
    rows = _by_arrays(connection, queries.RUNS_ENDED, ("buckets", "runs"), wanted)
    outcomes = {(r.bucket, r.id): r.outcome for r in rows}
    return {m.id: outcomes[place] for m in messages if (place := (whose[m.id][0], m.run)) in outcomes}


def _places_lived(connection: Connection, channel: str, whose: Mapping[int, _Person]) -> dict[int, tuple[str, ...]]:
    """The states of people's orders and profiles, by message; texts only."""
    if channel != "sms":
        return {}
    found: dict[_Person, list[str]] = defaultdict(list)
    for row in _by_arrays(connection, queries.PLACES, ("buckets", "persons"), sorted(set(whose.values()))):
        found[row.bucket, row.person].append(row.place)
    return {message: tuple(sorted(found[person])) for message, person in whose.items() if person in found}


def _by_arrays(
    connection: Connection, statement: TextClause, names: tuple[str, ...], wanted: Sequence[tuple[Any, ...]]
) -> Sequence[Any]:
    if not wanted:
        return []
    return connection.execute(statement, dict(zip(names, map(list, zip(*wanted, strict=True)), strict=True))).all()
