"""Everybody as CSV, in chunks of short transactions: the next one begins behind the last person of this one."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import orjson
from sqlalchemy import Connection

from antiphon.addresses.erased import hasher
from antiphon.intake.consenting import MAIN_BRAND, Address, States, both, columns, load_consents
from antiphon.intake.files import queries
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.sheets import sheet
from antiphon.kit.zones import zone_names
from antiphon.people.identifiers import CUSTOMER, DEVICE, EMAIL, PHONE
from antiphon.store.db import Database

#: People of one transaction.
CHUNK = 1_000
#: Traits with a column of their own, the most frequent ones; what else there is stands in one column as JSON.
MAX_TRAITS = 200

_WHO = ("person", "customer_id", "email", "phone", "device_ids", "other_ids", "first_seen", "last_seen", "timezone")
_OF_CHANNEL = (
    "marketing", "since", "method", "wording", "ip", "double_opt_in", "transactional", "cart", "suppressed",
    "suppressed_at",
)  # fmt: skip


def export_people(database: Database) -> Iterator[str]:
    """Blocks of CSV. A person with several addresses of a channel has several rows, the first one with the traits.

    ``suppressed`` is the reason of a suppression that stands. Times are ISO 8601 in UTC.
    """
    traits = _traits(database)
    head = [*_WHO, *(f"{channel}_{name}" for channel in ("email", "sms") for name in _OF_CHANNEL)]
    return sheet([*head, *traits, "more_traits"], _rows(database, traits))


def _traits(database: Database) -> list[str]:
    found: Counter[str] = Counter()
    for bucket in BUCKETS:
        with database.read() as connection:
            found.update({row.name: row.n for row in connection.execute(queries.TRAIT_NAMES, {"bucket": bucket})})
    own = {*_WHO, "more_traits"}
    return sorted(name for name, _ in found.most_common(MAX_TRAITS) if name not in own)


def _rows(database: Database, traits: Sequence[str]) -> Iterator[list[object]]:
    for bucket in BUCKETS:
        after = -(2**63)
        while True:
            with database.read() as connection:
                found = connection.execute(
                    queries.EXPORT_PEOPLE, {"bucket": bucket, "after": after, "limit": CHUNK}
                ).all()
                rows = list(_chunk(connection, bucket, found, traits)) if found else []
            yield from rows
            if len(found) < CHUNK:
                break
            after = found[-1].id


def _chunk(connection: Connection, bucket: int, people: Sequence[Any], traits: Sequence[str]) -> Iterator[list[object]]:
    where = {"bucket": bucket, "people": [person.id for person in people]}
    ids: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in connection.execute(queries.EXPORT_IDENTIFIERS, where):
        ids[row.person].append((row.kind, row.value))
    held: defaultdict[int, dict[str, list[str]]] = defaultdict(lambda: {"email": [], "sms": []})
    for row in connection.execute(queries.EXPORT_ADDRESSES, where):
        held[row.person][row.channel].append(row.address)
    addresses = {(channel, a) for each in held.values() for channel, those in each.items() for a in those}
    standing = _Standing(connection, addresses)
    for person in people:
        known = ids[person.id]
        pairs = zip_longest(held[person.id]["email"], held[person.id]["sms"])
        for number, (email, phone) in enumerate(list(pairs) or [(None, None)]):
            told = person.traits if number == 0 else {}
            more = {
                name: value for name, value in told.items() if name not in traits and not _shown(name, value, known)
            }
            yield [
                person.id,
                _joined(value for kind, value in known if kind == CUSTOMER),
                email,
                phone,
                _joined(value for kind, value in known if kind == DEVICE),
                _joined(f"{kind}:{value}" for kind, value in known if kind not in {CUSTOMER, DEVICE, EMAIL, PHONE}),
                person.first_seen_at.isoformat(),
                person.last_seen_at.isoformat(),
                None if person.zone is None else zone_names()[person.zone],
                *standing.of("email", email),
                *standing.of("sms", phone),
                *(_plain(told.get(name)) for name in traits),
                _plain(more) if more else None,
            ]


class _Standing:
    """How addresses stand in the ledger of the main brand."""

    def __init__(self, connection: Connection, addresses: set[Address]) -> None:
        self._states: Mapping[Address, States] = load_consents(connection, addresses)
        keys = columns(addresses)
        # who was erased and came in again is barred under the hash of the address
        hashes = hasher(connection)
        names = {(channel, name): (channel, a) for channel, a in addresses for name in (a, hashes.of(a))}
        keys = columns(addresses)
        self._out: dict[Address, Any] = {}
        for row in connection.execute(queries.EXPORT_SUPPRESSED, both(connection, addresses)):
            address = names[row.channel, row.address]
            if address not in self._out or self._out[address].at < row.at:
                self._out[address] = row
        self._facts = {
            (row.channel, row.address, row.state, row.effective_at): row
            for row in connection.execute(queries.EXPORT_FACTS, keys | {"brand": MAIN_BRAND})
        }

    def of(self, channel: str, address: str | None) -> list[object]:
        if address is None:
            return [None] * len(_OF_CHANNEL)
        states = self._states.get((channel, address), {})
        marketing, orders, cart = (states.get((MAIN_BRAND, p)) for p in ("marketing", "transactional", "cart"))
        fact = self._facts.get((channel, address, marketing.state, marketing.effective_at)) if marketing else None
        out = self._out.get((channel, address))
        return [
            marketing.state if marketing else "never",
            marketing.effective_at.isoformat() if marketing else None,
            fact.method if fact else None,
            fact.wording if fact else None,
            fact.ip if fact else None,
            marketing.double_opt_in if marketing else None,
            orders.state if orders else "never",
            cart.state if cart else "never",
            out.reason if out else None,
            out.at.isoformat() if out else None,
        ]


def _shown(name: str, value: object, known: Sequence[tuple[str, str]]) -> bool:
    """Whether a trait only repeats an identifier that has a column of its own."""
    return name in {EMAIL, PHONE} and (name, value) in known


def _joined(values: Iterator[str]) -> str | None:
    return "; ".join(values) or None


def _plain(value: Any) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
