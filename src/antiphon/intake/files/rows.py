"""One row of a table: who it is, what is said of them, what they agreed to. Pure."""

from collections.abc import Mapping as Named
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from hashlib import md5
from typing import Any

import orjson
import phonenumbers

from antiphon.intake.facts import UnreadableError
from antiphon.intake.files import fields
from antiphon.intake.files.consents import consents_of
from antiphon.intake.files.models import Incoming, Mapping
from antiphon.intake.files.moments import Clock, moment, unclear
from antiphon.intake.files.records import Record
from antiphon.intake.files.shapes.base import Shape
from antiphon.intake.files.shapes.registry import shape_named
from antiphon.intake.files.words import typed
from antiphon.intake.items import Posting, read_consent_item, read_item
from antiphon.intake.models import Arrival
from antiphon.kit.zones import zone_id
from antiphon.people.identifiers import CUSTOMER, DEVICE, EMAIL, PHONE, address, plain_id

Cells = dict[str, str]
"""Field → what its cell says; only what says something."""


@dataclass(frozen=True)
class Reading:
    """How the rows of one part are read."""

    mapping: Mapping
    part: str
    header: Sequence[str]
    region: str
    zone: tzinfo = UTC
    now: datetime | None = None

    @cached_property
    def clock(self) -> Clock:
        return Clock(self.mapping.day_first, self.zone, self.now)

    @cached_property
    def shape(self) -> Shape:
        return shape_named(self.mapping.shape)

    @cached_property
    def fields(self) -> Named[str, str]:
        """Column → field, of the file and of what its shape adds."""
        own = {column: field for column, field in self.mapping.columns.items() if field != fields.IGNORE}
        return {**{column: field for column, field in self.shape.adds.items() if field not in own.values()}, **own}

    def cells(self, record: Record) -> Cells:
        """The cells of a row by their fields."""
        values = (value.replace("\0", "").strip() for value in record.fields or ())
        row = dict(zip(self.header, values, strict=False))
        row = self.shape.prepare(row, self.part, self.header)
        found = {field: value for column, field in self.fields.items() if (value := row.get(column, ""))}
        return {**{field: value for field, value in self.mapping.defaults.items() if value}, **found}


def read_row(record: Record, reading: Reading) -> Incoming:
    """What a row says. Raises ``UnreadableError`` when nothing of it can come in."""
    if record.fields is None:
        raise UnreadableError(record.error)
    found = Incoming()
    extra = len(record.fields) - len(reading.header)
    if extra > 0 and any(record.fields[len(reading.header) :]):
        raise UnreadableError(f"{len(record.fields)} cells, more than the {len(reading.header)} columns")
    if extra < 0:
        found.problems.append(
            f"{len(record.fields)} cells for {len(reading.header)} columns; the last are taken as empty"
        )
    cells = reading.cells(record)
    _identify(found, cells, _region(cells, reading.region))
    if not found.identifiers:
        said = "; ".join(found.problems)
        raise UnreadableError(said or "nothing that says who it is: no email, phone, customer number or other id")
    _describe(found, cells, reading.mapping.day_first)
    if seen := cells.get(fields.SEEN):
        found.seen_at = moment(seen, day_first=reading.mapping.day_first, zone=reading.zone)
    consents_of(found, cells, reading.clock)
    found.unclear = reading.mapping.day_first is None and any(
        unclear(raw) for field, raw in cells.items() if field in _DATED or field.endswith(":date")
    )
    return found


def _region(cells: Cells, region: str) -> str:
    """Where numbers without a country are from: the person's own country where the row has its code."""
    said = cells.get("trait:country", "").upper()
    return said if said in phonenumbers.SUPPORTED_REGIONS else region


def _identify(found: Incoming, cells: Cells, region: str) -> None:
    for field, channel, kind in (("email", "email", EMAIL), ("phone", "sms", PHONE)):
        if raw := cells.get(field):
            raw = raw.removeprefix("'")  # what spreadsheets put before a plus sign
            if value := address(channel, raw, region):
                found.identifiers.append((kind, value))
            else:
                found.problems.append(f"{field} {raw[:80]!r} cannot be used")
    for field, raw in cells.items():
        named = {"customer_id": CUSTOMER, "device_id": DEVICE}.get(field) or (
            field.partition(":")[2] if field.startswith("external_id:") else ""
        )
        if named and (known := plain_id(raw)):
            found.identifiers.append((named, known))
        elif named:
            found.problems.append(f"{field} {raw[:80]!r} cannot be used")


#: Fields that name a day.
_DATED = frozenset(
    {fields.SEEN, *(f"{channel}.{name}" for channel in fields.CHANNELS for name in ("at", "out_at", "state"))}
)


def _describe(found: Incoming, cells: Cells, day_first: bool | None) -> None:
    for field, raw in cells.items():
        if (named := fields.trait(field)) is None:
            continue
        name, kind = named
        try:
            found.traits[name] = typed(raw, kind, day_first)
        except (ValueError, OverflowError):
            found.traits[name] = raw
            found.problems.append(f"{name} {raw[:80]!r} is no {kind}; kept as text")
    if (zone := found.traits.get("timezone")) is not None and zone_id(str(zone)) is None:
        found.problems.append(f"timezone {zone!r} is not known")


def arrivals_of(
    found: Incoming, posting: Posting, record: Record, origin: Named[str, Any] | None = None
) -> list[Arrival]:
    """A row as arrivals that start no journeys. Their ids are made of what they say: a repeat changes nothing.

    ``origin``: the file and the import, kept with each consent beside the line.
    """
    traits: dict[str, Any] = dict(found.traits)
    for kind in (EMAIL, PHONE):
        if value := found.value(kind):
            traits[kind] = value
    others = [{"id": value, "type": kind} for kind, value in found.identifiers if kind not in _OWN]
    context = {"backfill": True, **({"externalIds": others} if others else {})}
    item: dict[str, Any] = {"type": "identify", "traits": traits, "context": context}
    for kind, name in ((CUSTOMER, "userId"), (DEVICE, "anonymousId")):
        if value := found.value(kind):
            item[name] = value
    if found.seen_at is not None:
        item["timestamp"] = found.seen_at.isoformat()
    digest = md5(orjson.dumps([item, record.raw]), usedforsecurity=False).hexdigest()
    arrivals = [read_item(item | {"messageId": digest}, posting)]
    for number, consent in enumerate(found.consents):
        whose = {"userId": item["userId"]} if "userId" in item else {}
        came = {**(origin or {}), "line": record.line}
        given = {**consent, **whose, **came, "backfill": True, "messageId": f"{digest}:{number}"}
        arrivals.append(read_consent_item(given, posting))
    return arrivals


_OWN = frozenset({CUSTOMER, DEVICE, EMAIL, PHONE})
