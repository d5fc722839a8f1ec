"""Consent that an order implies where the law says so: rows of the ledger that nobody had to ask for.

An order of a Canadian stands for consent to marketing emails for two years (``rules/implied.toml``; CASL). The rows are a
function of the orders and of what is known of the person, and their ids are made of the order: whichever comes in first,
and however often, the ledger comes to the same. What counts is for ``addresses.models``: nothing that is implied counts
beside a consent that was given, or after any opt-out, an erasure included.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from antiphon.addresses.models import IMPLIED
from antiphon.decisions.settings import brand_settings
from antiphon.intake import consenting
from antiphon.intake.consenting import MAIN_BRAND
from antiphon.intake.facts import Fact, Given
from antiphon.intake.graph import Known
from antiphon.intake.holding import mirror_again
from antiphon.kit.buckets import bucket_of
from antiphon.people import queries
from antiphon.people.identifiers import EMAIL, PHONE, Key
from antiphon.rules.area import places_of
from antiphon.rules.implied import METHODS, described, lasts_until
from antiphon.rules.whereabouts import of_profile, spots

ORDER = "Order Completed"
BASIS = "purchase"
COUNTRY = "CA"

_METHOD = METHODS[BASIS]
assert _METHOD in IMPLIED

#: No order implies anything for longer.
_LONGEST = timedelta(days=3 * 366)
_SETTINGS = text("SELECT settings FROM brand WHERE id = :brand")


@dataclass(frozen=True, slots=True)
class _Order:
    at: datetime
    source: str
    props: Mapping[str, Any]

    @property
    def number(self) -> str:
        return str(self.props.get("order_id") or self.props.get("orderId") or "")[:100]


@dataclass(slots=True)
class _Buyer:
    """What is known of somebody, as far as it says where they live and where emails reach them."""

    traits: Mapping[str, Any] = field(default_factory=dict)
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)

    @property
    def at_home(self) -> str | None:
        """What says that they are of the country, where no order of theirs says where it goes."""
        if countries := {spot.country for spot in of_profile(self.traits)}:
            return "profile" if countries == {COUNTRY} else None
        named = [places_of(phone) for phone in self.phones]
        return "phone" if named and all(map(_inside, named)) else None

    def basis(self, order: _Order) -> str | None:
        """What says that an order is one of the country: its own addresses, all of them, else what is known besides."""
        if countries := {spot.country for spot in spots(order.props)}:
            return "order" if countries == {COUNTRY} else None
        return self.at_home


def _inside(places: Sequence[str]) -> bool:
    return bool(places) and all(place.partition("-")[0] == COUNTRY for place in places)


def imply(
    connection: Connection,
    facts: Sequence[Fact],
    person_of: Mapping[Key, int],
    known: Mapping[Key, Known],
    now: datetime,
) -> None:
    """Add to the ledger what the orders of a batch imply, and what earlier orders do for addresses that came since."""
    orders: defaultdict[int, list[_Order]] = defaultdict(list)
    for fact in facts:
        if fact.name == ORDER:
            orders[person_of[fact.keys[0]]].append(_Order(fact.at, fact.source, fact.props or {}))
    learnt = _learnt(facts, person_of, known)
    if not (orders or learnt) or not _switched_on(connection):
        return
    buyers = _load(connection, orders.keys() | learnt)
    for person, order in _earlier(connection, {who: buyers[who] for who in learnt if buyers[who].emails}, now):
        orders[person].append(order)
    given = {
        (fact.source, fact.message_id): fact
        for person, theirs in orders.items()
        for order in theirs
        for fact in _implied(buyers[person], order, now)
    }
    if given:
        ledger = consenting.record(connection, [given[key] for key in sorted(given)], now)
        mirror_again(connection, ledger.changed, quiet=all(fact.backfill for fact in facts))


def _learnt(facts: Sequence[Fact], person_of: Mapping[Key, int], known: Mapping[Key, Known]) -> set[int]:
    """People from before of whom the batch tells an address or a country, or who were merged or split."""
    before = {person_of[key] for key in known if key in person_of}
    found = {person_of[key] for key, was in known.items() if key in person_of and person_of[key] != was.person}
    for fact in facts if before else ():
        who = person_of[fact.keys[0]]
        if who in before and who not in found and _tells(fact, who, person_of, known):
            found.add(who)
    return found


def _tells(fact: Fact, who: int, person_of: Mapping[Key, int], known: Collection[Key]) -> bool:
    new = any(key[0] in {EMAIL, PHONE} and (key not in known or person_of[key] != who) for key in fact.keys)
    return new or (fact.traits is not None and any(of_profile(fact.traits)))


def _switched_on(connection: Connection) -> bool:
    stored = connection.execute(_SETTINGS, {"brand": MAIN_BRAND}).scalar()
    return stored is not None and brand_settings(stored).implied_from_orders


def _arrays(people: Collection[int]) -> dict[str, list[int]]:
    return {"buckets": [bucket_of(person) for person in people], "people": list(people)}


def _load(connection: Connection, people: Collection[int]) -> dict[int, _Buyer]:
    found = {person: _Buyer() for person in people}
    where = _arrays(found)
    for row in connection.execute(queries.PEOPLE, where):
        found[row.id].traits = row.traits
    for row in connection.execute(queries.ADDRESSES, where):
        held = found[row.person].emails if row.channel == "email" else found[row.person].phones
        held.add(row.address)
    return found


def _earlier(connection: Connection, buyers: Mapping[int, _Buyer], now: datetime) -> Iterator[tuple[int, _Order]]:
    """The orders that are stored of those who may be of the country; few, and none of a shop elsewhere."""
    if not buyers:
        return
    named = connection.execute(queries.IN_COUNTRY, {**_arrays(buyers.keys()), "country": COUNTRY}).scalars()
    asked = {*named, *(person for person, buyer in buyers.items() if buyer.at_home)}
    if not asked:
        return
    given = {**_arrays(asked), "name": ORDER, "since": now - _LONGEST}
    for row in connection.execute(queries.EVENTS_NAMED, given):
        yield row.person, _Order(row.at, row.source, row.props)


def _implied(buyer: _Buyer, order: _Order, now: datetime) -> Iterator[Fact]:
    """What an order implies for each email of its buyer; nothing where it would have ended by now."""
    until, basis = lasts_until(COUNTRY, BASIS, order.at), buyer.basis(order)
    if until is None or until <= now or basis is None:
        return
    for address in sorted(buyer.emails):
        body = {
            "channel": "email",
            "address": address,
            "country": COUNTRY,
            "countryFrom": basis,
            "order": order.number or None,
            "orderedAt": order.at.isoformat(),
            "rules": described(),
        }
        given = Given("email", address, ("marketing",), "subscribed", order.at, _METHOD, False, MAIN_BRAND, body, until)
        name = f"implied|{address}|{order.number}|{order.at.isoformat()}"
        yield Fact(0, order.source, name, order.at, now, True, ((EMAIL, address),), consent=given)
