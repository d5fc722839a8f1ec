"""Filling pools: codes that somebody brings, and codes that are made here.

A pool grows in portions, each a transaction of its own under ``GIVING``, so that who asks meanwhile waits for moments. Numbers
follow one another without a gap: what a crash cut off is brought again, and what came in already is reported as known.
"""

import math
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.models import LONGEST_CODE, Offer, flaw, key_of
from antiphon.catalogue.offers.read import offer
from antiphon.catalogue.offers.reading import codes_in
from antiphon.catalogue.offers.tables import coupon
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database, copy_rows

#: Codes of one transaction.
PORTION = 20_000
MOST = 1_000_000
#: Lines of which the fault is told one by one; all are counted.
TOLD = 1_000
#: Without what is taken for something else (0 O Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V) and without vowels, which spell words.
ALPHABET = "CDFHJKMNPRTVWXY34679"
#: Guessing must cost this many tries for each code that is out.
GUESSES = 10**6


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that did not come in."""

    line: int
    raw: str
    reason: str


@dataclass(slots=True)
class Filled:
    """What filling a pool came to. ``faults`` holds the first ``TOLD`` of ``rejected``."""

    added: int = 0
    rejected: int = 0
    lines: int = 0
    left: int = 0
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, line: int, raw: str, reason: str) -> None:
        self.rejected += 1
        if len(self.faults) < TOLD:
            self.faults.append(Fault(line, raw[:80], reason))

    def document(self) -> dict[str, Any]:
        """As the API and the command line tell it."""
        told = [{"line": one.line, "raw": one.raw, "reason": one.reason} for one in self.faults]
        return {"added": self.added, "rejected": self.rejected, "left": self.left, "faults": told}


def preview(connection: Connection, name: str, data: bytes) -> Filled:
    """What bringing a file would come to; changes nothing."""
    one = _pool(connection, name)
    report, seen = Filled(left=one.left), set[str]()
    for portion in _portions(codes_in(data)):
        report.added += len(_fresh(connection, name, portion, seen, report))
    report.left += report.added
    return report


def bring(database: Database, name: str, data: bytes, now: datetime, actor: Actor) -> Filled:
    """Take the codes of a file into a pool. Bringing the same file again adds nothing and says so."""
    return bring_codes(database, name, codes_in(data), now, actor)


def bring_codes(database: Database, name: str, codes: Iterable[tuple[int, str]], now: datetime, actor: Actor) -> Filled:
    """The same of codes with their lines, read as they are asked for: no more than a portion is held at a time."""
    with database.read() as connection:
        report, seen = Filled(left=_pool(connection, name).left), set[str]()
    for portion in _portions(codes):
        with database.begin("offers") as connection:
            connection.execute(queries.GIVING)
            one = _pool(connection, name)
            fresh = _fresh(connection, name, portion, seen, report)
            report.left = _add(connection, one, fresh, now)
            report.added += len(fresh)
    _note(database, name, "codes brought", report, now, actor)
    return report


def generate(
    database: Database, name: str, count: int, now: datetime, actor: Actor, *, length: int = 10, prefix: str = ""
) -> Filled:
    """Make ``count`` codes of ``prefix`` and ``length`` characters that nobody can foresee, and put them into a pool.

    Raises :class:`AntiphonError` where they would be too easy to guess: see :func:`guesses`.
    """
    check_wish(count, length, prefix)
    report = Filled(lines=count)
    while report.added < count:
        with database.begin("offers") as connection:
            connection.execute(queries.GIVING)
            one = _pool(connection, name)
            if (tries := guesses(length, one.left + count - report.added)) < GUESSES:
                raise AntiphonError(
                    f"With {length} characters one of {tries:,.0f} guesses would hit a code.",
                    f"Take {enough(one.left + count)} characters or more.",
                )
            wanted = min(PORTION, count - report.added)
            made = dict.fromkeys(prefix + word for word in _words(wanted, length))
            known = {row.key for row in connection.execute(queries.KNOWN_KEYS, {"keys": [key_of(c) for c in made]})}
            fresh = [code for code in made if key_of(code) not in known]
            report.left = _add(connection, one, fresh, now)
            report.added += len(fresh)
    _note(database, name, "codes made", report, now, actor)
    return report


def codes_of(database: Database, name: str) -> Iterator[str]:
    """The codes of a pool as a CSV for the shop, which must know them: code, and whether it was given out."""
    with database.read() as connection:
        one = _pool(connection, name)
    yield "code,given\r\n"
    after = 0
    while True:
        with database.read() as connection:
            rows = connection.execute(queries.CODES, {"name": name, "after": after, "limit": PORTION}).all()
        if not rows:
            return
        after = rows[-1].seq
        yield "".join(f"{row.code},{'yes' if row.seq <= one.taken else 'no'}\r\n" for row in rows)


def check_wish(count: int, length: int, prefix: str) -> None:
    """Raises :class:`AntiphonError` for what cannot be made."""
    if not 1 <= count <= MOST:
        raise AntiphonError(f"{count:,} codes cannot be made at once.", f"Ask for 1 to {MOST:,}.")
    if not 6 <= length <= 32:
        raise AntiphonError(f"Codes of {length} characters cannot be made.", "Ask for 6 to 32, the prefix not counted.")
    if prefix and (wrong := flaw(prefix)):
        raise AntiphonError(f"The prefix cannot be used: {wrong}.", "Use letters, digits and hyphens.")
    if len(prefix) + length > LONGEST_CODE:
        raise AntiphonError("The prefix is too long.", f"With it a code may have {LONGEST_CODE} characters.")


def guesses(length: int, codes: int) -> float:
    """How many tries it takes on average to hit one of so many codes by chance, the prefix known."""
    return float(len(ALPHABET) ** length / max(codes, 1))


def enough(codes: int) -> int:
    """The least length at which ``codes`` are hard enough to guess."""
    return max(6, math.ceil(math.log(GUESSES * max(codes, 1), len(ALPHABET))))


def _words(count: int, length: int) -> Iterator[str]:
    """Of the system's source of randomness; a byte of 240 or more gives none, so that all characters are equally likely."""
    size, most = len(ALPHABET), 256 - 256 % len(ALPHABET)
    table = bytes(ord(ALPHABET[byte % size]) for byte in range(256))
    unfit = bytes(range(most, 256))
    need, pool = count * length, b""
    while len(pool) < need:
        pool += secrets.token_bytes((need - len(pool)) * 17 // 15 + 64).translate(table, unfit)
    words = pool[:need].decode()
    return (words[at : at + length] for at in range(0, need, length))


def _portions(codes: Iterable[tuple[int, str]]) -> Iterator[tuple[tuple[int, str], ...]]:
    rest = iter(codes)
    while portion := tuple(islice(rest, PORTION)):
        yield portion


def _pool(connection: Connection, name: str) -> Offer:
    one = offer(connection, name)
    if one.kind != "pool":
        raise AntiphonError(f"Offer `{name}` has no pool: it is {one.kind}.", "Only an offer of kind pool takes codes.")
    return one


def _fresh(
    connection: Connection, name: str, portion: Sequence[tuple[int, str]], seen: set[str], report: Filled
) -> list[str]:
    """The codes of a portion that may come in; what is wrong with the others goes into the report."""
    flaws = [flaw(code) for _, code in portion]
    keys = {"keys": sorted({key_of(code) for (_, code), wrong in zip(portion, flaws, strict=True) if not wrong})}
    known = {row.key: row for row in connection.execute(queries.KNOWN_KEYS, keys)}
    static = dict(tuple(row) for row in connection.execute(queries.STATIC_KEYS, keys))
    taken = connection.execute(queries.OFFER, {"name": name}).one().taken
    fresh = []
    for (line, code), wrong in zip(portion, flaws, strict=True):
        report.lines += 1
        key = key_of(code)
        if wrong:
            report.refuse(line, code, wrong)
            continue
        if key in seen:
            report.refuse(line, code, "it stands in the file twice")
        elif row := known.get(key):
            mine = row.offer == name
            given = " and given already" if mine and row.seq <= taken else ""
            report.refuse(line, code, f"it is in {'this pool' if mine else f'the pool of {row.offer}'}{given}")
        elif key in static:
            report.refuse(line, code, f"it is the code of {static[key]}, which everybody may use")
        else:
            fresh.append(code)
        seen.add(key)
    return fresh


def _add(connection: Connection, one: Offer, fresh: Sequence[str], now: datetime) -> int:
    """Put codes behind those that are there; returns how many are left to give."""
    rows = ((one.name, one.filled + n, code, key_of(code)) for n, code in enumerate(fresh, 1))
    copy_rows(connection, coupon, ["offer", "seq", "code", "key"], rows)
    left: int = connection.execute(queries.FILLED, {"name": one.name, "n": len(fresh), "now": now}).scalar_one()
    return left


def _note(database: Database, name: str, what: str, report: Filled, now: datetime, actor: Actor) -> None:
    told = {"added": report.added, "rejected": report.rejected}
    with database.begin("offers") as connection:
        record(connection, now, actor, "offers", what, f"offer {name}", after=told)
