"""Whoever was erased since a file was taken in is not brought in again by that file.

A row with an address that was erased is refused, whatever else it says, and the report keeps nothing of it but its line: the
report is read long after the erasure. A later file brings the person in again, barred, like anybody whom a shop still knows.
"""

import re
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection

from antiphon.addresses.erased import SHARE_ERASURES, hasher
from antiphon.addresses.queries import ERASED_SINCE
from antiphon.intake.consenting import Address
from antiphon.intake.files.models import Incoming
from antiphon.kit.buckets import abucket_of
from antiphon.people.identifiers import EMAIL, PHONE, email, phone

REASON = "an address of this row was erased after the file was taken in; the row is not kept"

_CELLS = re.compile(r"[,;\t|\n]")
_FEWEST, _MOST = 7, 320


def erased_since(connection: Connection, addresses: Collection[Address], since: datetime) -> set[Address]:
    """Those of ``addresses`` that belonged to somebody who was erased at ``since`` or later.

    No erasure commits from now to the end of the transaction: it waits, and finds what is brought in here.
    """
    connection.execute(SHARE_ERASURES)
    if not addresses:
        return set()
    hashes = hasher(connection)
    names = {(channel, hashes.of(value)): (channel, value) for channel, value in addresses}
    where = {
        "abuckets": [abucket_of(value) for _, value in names.values()],
        "channels": [channel for channel, _ in names],
        "addresses": [name for _, name in names],
        "since": since,
    }
    return {names[row.channel, row.address] for row in connection.execute(ERASED_SINCE, where)}


def addresses_of(found: Incoming) -> set[Address]:
    """The addresses that a row has."""
    channels = {EMAIL: "email", PHONE: "sms"}
    return {(channels[kind], value) for kind, value in found.identifiers if kind in channels}


def addresses_in(raw: str, region: str) -> set[Address]:
    """The addresses in the text of a row that could not be read, as far as its cells can be told apart."""
    return set(_named(_CELLS.split(raw), region))


def _named(cells: Iterable[str], region: str) -> Iterable[Address]:
    for cell in (each.strip(" \"'\r") for each in cells):
        if not _FEWEST <= len(cell) <= _MOST:
            continue
        if "@" in cell and (found := email(cell)):
            yield "email", found
        elif found := phone(cell, region):
            yield "sms", found
