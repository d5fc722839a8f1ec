"""Erasing one person: a command that holds every lock under which something of theirs could appear again.

First the resolver's turn, so that nobody is made of what waits; then the person's bucket, against ticks and what journeys
hand in; a moment alone with intake, so that all that was received is visible; then the abuckets of their addresses and
messages, against dispatch.
What is in a provider's hands at that moment may still arrive; everything after it does not leave.

What stays: outbox rows without a name, for counts; the ledger of consents under the address's hash, as evidence; and a
suppression under the hash, until the person opts in again by their own act.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import md5
from typing import Any
from uuid import UUID

import orjson
import psycopg.errors
from sqlalchemy import Connection, Row
from sqlalchemy.exc import OperationalError

from antiphon.addresses.erased import ERASE_ALONE, Hasher, hasher
from antiphon.audiences.segments.carrying import counted
from antiphon.intake import queries as intake
from antiphon.intake.facts import PURPOSES, StoredArrival, UnreadableError, read
from antiphon.intake.graph import columns, unfold
from antiphon.intake.resolve import DEFAULT_REGION
from antiphon.intake.verdicts import lock
from antiphon.kit.buckets import abucket_of, hash64
from antiphon.people import queries as people
from antiphon.people.identifiers import Key
from antiphon.privacy import queries
from antiphon.privacy.mentions import Wanted, wanted
from antiphon.privacy.models import Address, Subject
from antiphon.privacy.subject import subject_of
from antiphon.store.locks import lock_abuckets, lock_buckets

_OPEN = frozenset({"planned", "due", "claimed", "held"})
#: Arrivals that are read at once.
_PORTION = 1_000
#: How often a moment alone with intake is tried for, half a second each.
_TRIES = 10


def erase(connection: Connection, payload: dict[str, Any], by: str, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    """``{"person": id}``; returns what was erased, in numbers. Erasing somebody who is gone changes nothing."""
    lock(connection)
    subject = subject_of(connection, payload["person"])
    if subject is None:
        return {"person": payload["person"], "erased": False}
    for statement in queries.ALLOW:
        connection.execute(statement)
    counts: Counter[str] = Counter()
    connection.execute(ERASE_ALONE)
    aliases = _became(connection, subject)
    _forget_whys(connection, {subject.person, *(person for _, person in aliases)})
    # before the look at what waits: under it journeys hand in changes of the person. Who holds intake's waits for no bucket.
    lock_buckets(connection, [subject.bucket])
    _await_intake(connection)
    region = connection.execute(intake.SETTING, {"key": "region"}).scalar() or DEFAULT_REGION
    counts["arrivals"] = _forget_arrivals(connection, wanted(subject.keys, region))
    messages = _messages(connection, subject)
    lock_abuckets(connection, [*(abucket_of(value) for _, value in subject.addresses), *(m.abucket for m in messages)])
    hashes = hasher(connection)
    counts.update(_anonymise(connection, messages, hashes, now))
    for address in subject.addresses:
        _bar(connection, address, hashes, payload["command"], now, shared=address in subject.shared)
    with counted(connection, [subject.person]):
        for table in queries.PERSONAL:
            counts[table] = connection.execute(queries.forget(table), subject.where).rowcount
    _forget_identifiers(connection, subject)
    if aliases:
        given = {"buckets": [bucket for bucket, _ in aliases], "people": [person for _, person in aliases]}
        connection.execute(queries.FORGET_ALIASES, given)
    connection.execute(queries.GONE, subject.where)
    kept = {name: n for name, n in sorted(counts.items()) if n}
    return {"person": subject.person, "erased": True, "counts": kept, "addresses": len(subject.addresses)}


def _await_intake(connection: Connection) -> None:
    """Until every arrival received by now has been committed: the next statement sees them all."""
    for attempt in range(_TRIES):
        try:
            with connection.engine.begin() as other:
                other.execute(intake.WAIT_BRIEFLY)
                other.execute(intake.ALONE_WITH_INTAKE)
        except OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable) or attempt + 1 == _TRIES:
                raise  # a long intake: the command waits for its next turn
            time.sleep(0.05)
        else:
            return


def _forget_arrivals(connection: Connection, who: Wanted) -> int:
    """What waits, what was set aside and what imports refused, as far as it names the person."""
    given: dict[str, Any] = {"patterns": who.patterns(), "limit": _PORTION, "after": 0}
    if not given["patterns"]:
        return 0
    gone = 0
    while rows := connection.execute(queries.ARRIVALS, given).all():
        ids = [row.id for row in rows if _is_about(StoredArrival._make(row), who)]
        gone += connection.execute(queries.FORGET_ARRIVALS, {"ids": ids}).rowcount
        given["after"] = rows[-1].id
    given["after"] = 0
    while rows := connection.execute(queries.REJECTED, given).all():
        ids = [row.id for row in rows if who.mentioned(row.body)]
        gone += connection.execute(queries.FORGET_REJECTED, {"ids": ids}).rowcount
        given["after"] = rows[-1].id
    faults = [row for row in connection.execute(queries.FAULTS, given) if who.mentioned(row.raw)]
    if faults:
        imports, parts, lines, ns, _ = (list(column) for column in zip(*faults, strict=True))
        keys = {"imports": imports, "parts": parts, "lines": lines, "ns": ns}
        gone += connection.execute(queries.FORGET_FAULTS, keys).rowcount
    return gone


def _is_about(arrival: StoredArrival, who: Wanted) -> bool:
    try:
        return not who.keys.isdisjoint(read(arrival, who.region).keys)
    except (UnreadableError, AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
        return who.mentioned(arrival.body)


def _messages(connection: Connection, subject: Subject) -> Sequence[Row[Any]]:
    """The person's messages, and whatever else went to addresses that are theirs alone."""
    found = {(row.abucket, row.id): row for row in connection.execute(queries.MESSAGES, subject.where)}
    for channel, value in subject.addresses:
        if (channel, value) not in subject.shared:
            to = {"abucket": abucket_of(value), "address": value, "channel": channel}
            found |= {(row.abucket, row.id): row for row in connection.execute(queries.MESSAGES_TO, to)}
    return list(found.values())


def _anonymise(connection: Connection, messages: Sequence[Row[Any]], hashes: Hasher, now: datetime) -> dict[str, int]:
    """Take the names out of messages. What they were and where they stood is read again, now that nobody moves them."""
    if not messages:
        return {}
    which: dict[str, Any] = {"abuckets": [m.abucket for m in messages], "ids": [m.id for m in messages]}
    rows = connection.execute(queries.STANDING, which).all()
    abuckets, ids = [row.abucket for row in rows], [row.id for row in rows]
    states = ["cancelled" if row.state in _OPEN else row.state for row in rows]
    connection.execute(
        queries.ANONYMISE,
        {
            "now": now,
            "abuckets": abuckets,
            "ids": ids,
            "addresses": [hashes.of(row.address) for row in rows],
            "keys": [_key_of(row.id) for row in rows],
            "states": states,
        },
    )
    for statement in (queries.FORGET_DETAILS, queries.FORGET_SHOWN, queries.FORGET_TOUCHES, queries.FORGET_TEXT_KEYS):
        connection.execute(statement, which)
    connection.execute(queries.FORGET_KEYS, {"abuckets": abuckets, "keys": [row.key for row in rows]})
    stopped = [row for row in rows if row.state in _OPEN]
    if stopped:
        logged = {"abuckets": [r.abucket for r in stopped], "ids": [r.id for r in stopped]}
        connection.execute(queries.LOG, logged | {"states": [r.state for r in stopped], "now": now})
    return {"messages": len(rows), "cancelled": len(stopped)}


def _key_of(message: int) -> UUID:
    """A key that says nothing, in the place of one made of the address."""
    return UUID(md5(f"erased|{message}".encode(), usedforsecurity=False).hexdigest())


def _bar(
    connection: Connection, address: Address, hashes: Hasher, command: int, now: datetime, *, shared: bool
) -> None:
    """Suppress an address. What nobody else holds goes on under its hash; what others hold too stays theirs as it is."""
    channel, value = address
    given = {"abucket": abucket_of(value), "channel": channel, "address": value, "hash": hashes.of(value), "now": now}
    name = value if shared else given["hash"]
    connection.execute(queries.KEEP_SUPPRESSION, given | {"name": name})
    if shared:
        return
    for statement in (
        queries.FORGET_SUPPRESSION,
        queries.FORGET_SANDBOX,
        queries.FORGET_INBOUND,
        queries.FORGET_WISHES,
        queries.FORGET_CONSENT,
        queries.KEEP_FACTS,
        queries.FORGET_FACTS,
    ):
        connection.execute(statement, given)
    scopes = [(brand, purpose) for brand in connection.execute(intake.BRANDS).scalars() for purpose in PURPOSES]
    ends = {
        "ids": [hash64(f"erased|{command}|{given['hash']}|{brand}|{purpose}") for brand, purpose in scopes],
        "brands": [brand for brand, _ in scopes],
        "purposes": [purpose for _, purpose in scopes],
    }
    connection.execute(queries.ADD_END, given | ends)


def _forget_identifiers(connection: Connection, subject: Subject) -> None:
    """Identifiers, and what stands between them and others, from both ends."""
    keys = columns(subject.keys)
    if subject.keys:
        own = {"own_kinds": keys["kinds"], "own_values": keys["values"]}
        for table, ends in (("evidence", people.NEIGHBOURS), ("verdict", queries.VERDICTS)):
            rows = connection.execute(ends, keys).mappings().all()
            kind, value = ("other_kind", "other_value") if table == "evidence" else ("kind", "value")
            others: set[Key] = {(row[kind], row[value]) for row in rows}
            connection.execute(queries.forget_ends(table), keys)
            if others and table == "evidence":
                unfold(connection, others)
            if others:
                connection.execute(queries.forget_other_ends(table), columns(others) | own)
        connection.execute(queries.FORGET_CONFLICTS, keys)
        connection.execute(queries.FORGET_IDENTIFIERS, keys)


def _became(connection: Connection, subject: Subject) -> set[tuple[int, int]]:
    """Bucket and id of whoever became the person, or somebody who did. Under the resolver's lock nobody comes to them."""
    aliases: set[tuple[int, int]] = set()
    look = {subject.person}
    while look:
        became = [tuple(row) for each in look for row in connection.execute(queries.ALIASES, {"person": each})]
        found: set[tuple[int, int]] = {(bucket, person) for bucket, person in became} - aliases
        look = {person for _, person in found}
        aliases |= found
    return aliases


def _forget_whys(connection: Connection, people: Iterable[int]) -> None:
    """What reviews of campaigns tell of the person. Rows of campaigns come before all locks of buckets: who tells the messages of
    one that it was cancelled holds its row and waits for abuckets."""
    for person in people:
        for row in connection.execute(queries.WHYS, {"person": str(person)}).all():
            others = [why for why in row.whys if why["person"] != str(person)]
            connection.execute(queries.KEEP_WHYS, {"id": row.id, "whys": orjson.dumps(others).decode()})
