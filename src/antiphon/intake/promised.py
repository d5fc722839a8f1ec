"""Codes that sign-ups promise: noted with the consent that they wait for, kept by the stage ``offers``, told by a message.

Nobody is given one before their address may be written to: with a double opt-in, before they confirmed. The promise lies with
the address; whose it is by then gets the code, the one that they have of the offer or a new one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.addresses.models import Consent
from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.giving import Answer, Ask, serve
from antiphon.catalogue.offers.models import Offer
from antiphon.catalogue.offers.read import counting_code, given_to, offers, zone_of_brand
from antiphon.catalogue.offers.serving import LIMIT, barred
from antiphon.delivery.service import Service, plan_service
from antiphon.intake.consenting import Address, Ledger, load_consents
from antiphon.intake.facts import Fact, Given
from antiphon.intake.graph import load_identifiers
from antiphon.kit.buckets import abucket_of, bucket_of
from antiphon.kit.zones import local
from antiphon.people.identifiers import EMAIL, PHONE, Key
from antiphon.store.db import Database
from antiphon.store.locks import lock_buckets

#: Channel, address, brand and offer.
Place = tuple[str, str, int, str]
#: How long a promise waits for a pool to be filled, or an offer to begin.
WAITS = timedelta(days=7)


def note(connection: Connection, facts: Sequence[Fact], ledger: Ledger, now: datetime) -> None:
    """Note what the consents of a batch promise, in the transaction that writes them down.

    Who confirmed already gets it at once: it goes to the address alone, so that it tells nobody else.
    """
    rows = [(fact, given) for fact in facts if (given := _promising(fact)) and _may_have_it(given, ledger)]
    if not rows:
        return
    bodies = [given.body for _, given in rows]
    places = {
        "abuckets": [abucket_of(given.address) for _, given in rows],
        "channels": [given.channel for _, given in rows],
        "addresses": [given.address for _, given in rows],
        "brands": [given.brand for _, given in rows],
        "offers": [str(body.get("offer") or "") for body in bodies],
        "codes": ["" if body.get("offer") else str(body["coupon"]) for body in bodies],
        "languages": [str(body.get("language") or "")[:2] for body in bodies],
    }
    connection.execute(queries.NOTE_WISHES, places | {"ats": [now] * len(rows), "untils": [now + WAITS] * len(rows)})


def _promising(fact: Fact) -> Given | None:
    """Only what this installation's own forms brought in promises anything: others may post what they like."""
    given = fact.consent
    if given is None or fact.ask is None or fact.backfill or given.brand is None or given.state == "unsubscribed":
        return None
    return given if given.body.get("offer") or given.body.get("coupon") else None


def _may_have_it(given: Given, ledger: Ledger) -> bool:
    state = ledger.states[given.channel, given.address].get((given.brand or 1, "marketing"))
    return _holds(state) and (given.state == "subscribed" or (state is not None and state.double_opt_in))


def _holds(state: Consent | None) -> bool:
    return state is not None and state.state == "subscribed"


def keep(database: Database, now: datetime, limit: int = LIMIT) -> int:
    """Give the codes that were promised and plan the messages that tell them; returns how many promises are done with.

    One at a time with all else that gives codes. Safe to repeat: a code, its message and the end of the promise are one
    transaction, and a person has one code of an offer.
    """
    with database.begin("offers") as connection:
        if not connection.execute(queries.TRY_GIVING).scalar_one():
            return 0  # another worker is at it
        standing = offers(connection)
        given = {"barred": barred(standing, now), "now": now, "limit": limit}
        rows = connection.execute(queries.WISHES, given).all()
        persons = holders(connection, {_key(row) for row in rows})
        lock_buckets(connection, sorted({bucket_of(person) for person in persons.values()}))
        now_held = holders(connection, {_key(row) for row in rows})  # nobody becomes another behind these locks
        consents = load_consents(connection, {(row.channel, row.address) for row in rows})
        ready = [row for row in rows if _ready(row, persons, now_held, consents)]
        moved = [row for row in rows if persons.get(_key(row)) != now_held.get(_key(row))]
        answers = _answered(connection, ready, now_held, standing, now)
        plan_service(connection, now, list(_told(ready, now_held, answers, zone_of_brand(connection), now)))
        over = [row for row in rows if row not in moved and not _waits(row, answers.get(_place(row)), now)]
        if over:
            connection.execute(queries.FORGET_WISHES, _places(over))
        return len(over)


def _ready(
    row: Row[Any], before: Mapping[Key, int], held: Mapping[Key, int], consents: Mapping[Address, Mapping[Any, Consent]]
) -> bool:
    """Still theirs, and still wanted: who left meanwhile is given nothing."""
    person = held.get(_key(row))
    state = consents.get((row.channel, row.address), {}).get((row.brand, "marketing"))
    return person is not None and before.get(_key(row)) == person and _holds(state)


def _answered(
    connection: Connection,
    rows: Sequence[Row[Any]],
    held: Mapping[Key, int],
    standing: Mapping[str, Offer],
    now: datetime,
) -> dict[Place, Answer]:
    asking = [row for row in rows if row.offer]
    asks = [Ask(bucket_of(held[_key(row)]), held[_key(row)], row.offer) for row in asking]
    answers = serve(connection, asks, standing, now) if asks else []
    return dict(zip(map(_place, asking), answers, strict=True))


def _told(
    rows: Sequence[Row[Any]], held: Mapping[Key, int], answers: Mapping[Place, Answer], zone: int, now: datetime
) -> Iterator[Service]:
    """The messages for those who have a code by now."""
    for row in rows:
        code, until = row.code, None
        if row.offer:
            given = answers[_place(row)].given
            if given is None:
                continue
            code, until = given.code, given.expires_at
        last_day = local(zone, until - timedelta(microseconds=1)).date().isoformat() if until else ""
        yield Service(
            "code",
            row.channel,
            row.address,
            row.brand,
            held[_key(row)],
            now,
            f"{code}|{last_day}",
            language=row.language,
        )


def holders(connection: Connection, keys: set[Key]) -> dict[Key, int]:
    """Whose addresses they are."""
    return {key: known.person for key, known in load_identifiers(connection, keys).items()}


def _waits(row: Row[Any], answer: Answer | None, now: datetime) -> bool:
    """Whether there may be a code yet: the pool ran dry, or the offer has not begun."""
    return answer is not None and answer.given is None and answer.why in {"dry", "early"} and now < row.until


def _key(row: Row[Any]) -> Key:
    return (EMAIL if row.channel == "email" else PHONE), row.address


def _place(row: Row[Any]) -> Place:
    return row.channel, row.address, row.brand, row.offer


def _places(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    names = ("abucket", "channel", "address", "brand", "offer", "code")
    return {f"{name}s" if name != "address" else "addresses": [getattr(row, name) for row in rows] for name in names}


def code_of(connection: Connection, channel: str, address: str, name: str, now: datetime) -> str | None:
    """The good code that the holder of an address has of an offer."""
    held = holders(connection, {((EMAIL if channel == "email" else PHONE), address)})
    one = offers(connection).get(name)
    person = next(iter(held.values()), None)
    if person is None or one is None:
        return None
    codes = given_to(connection, [(bucket_of(person), person)]).get((bucket_of(person), person), {})
    found = counting_code(codes, one, now)
    return found.code if found else None
