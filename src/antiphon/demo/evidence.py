"""What the audit judges by: rows as they stand in the tables, sorted by what they are about."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import Connection

from antiphon.demo import queries

#: What a person may be told about without having asked for marketing.
SERVICE = {
    "Order Completed",
    "Order Updated",
    "Order Refunded",
    "Order Cancelled",
    "Order Fulfilled",
    "Order Delivered",
}


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    address: str
    channel: str
    purpose: str
    person: int
    run: int
    step: str
    occasion_event: int
    at: datetime  # when it went to the wire


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the consent ledger."""

    purpose: str
    state: str
    effective_at: datetime
    recorded_at: datetime
    double_opt_in: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Suppression:
    at: datetime
    reason: str
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Occasion:
    name: str
    at: datetime
    cart: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """``consents`` and ``suppressions`` by (channel, address), ``zones`` by person, ``said`` by phone."""

    sent: list[Message]
    wire: dict[int, list[datetime]]
    visits: dict[int, int]
    consents: dict[tuple[str, str], list[Fact]]
    suppressions: dict[tuple[str, str], list[Suppression]]
    said: dict[str, list[tuple[datetime, str]]]
    occasions: dict[int, Occasion]
    zones: dict[int, tuple[str, ...]]

    def about(self, message: Message) -> str:
        """The event that a message goes back to, by name."""
        occasion = self.occasions.get(message.occasion_event)
        return occasion.name if occasion else ""

    def is_service(self, message: Message) -> bool:
        """Whether it may be sent without consent to marketing: it must say so, and be about an order."""
        return message.purpose == "transactional" and self.about(message) in SERVICE


def read_evidence(connection: Connection) -> Evidence:
    sent = [Message(**row) for row in connection.execute(queries.AUDIT_SENT).mappings()]
    wire: defaultdict[int, list[datetime]] = defaultdict(list)
    said: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for row in connection.execute(queries.AUDIT_WIRE):
        if row.inbound:
            said[row.address].append((row.at, row.body))
        elif row.message:  # a test has none
            wire[row.message].append(row.at)
    consents: defaultdict[tuple[str, str], list[Fact]] = defaultdict(list)
    for row in connection.execute(queries.AUDIT_CONSENTS):
        fact = Fact(row.purpose, row.state, row.effective_at, row.recorded_at, row.double_opt_in, row.expires_at)
        consents[row.channel, row.address].append(fact)
    suppressions: defaultdict[tuple[str, str], list[Suppression]] = defaultdict(list)
    for row in connection.execute(queries.AUDIT_SUPPRESSIONS):
        suppressions[row.channel, row.address].append(Suppression(row.at, row.reason, row.lifted_at))
    events = connection.execute(queries.AUDIT_OCCASIONS, {"ids": sorted({m.occasion_event for m in sent})})
    return Evidence(
        sent=sent,
        wire=dict(wire),
        visits={row.id: row.visit for row in connection.execute(queries.AUDIT_VISITS)},
        consents=dict(consents),
        suppressions=dict(suppressions),
        said=dict(said),
        occasions={row.id: Occasion(row.name, row.at, row.cart) for row in events},
        zones=_zones(connection),
    )


def _zones(connection: Connection) -> dict[int, tuple[str, ...]]:
    """The zones that each person's row names."""
    names = {row.id: row.name for row in connection.execute(queries.AUDIT_ZONES)}
    real = available_timezones()
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(queries.AUDIT_PEOPLE):
        named = {names.get(row.zone), row.declared} & real
        if named:
            found[row.id] = tuple(sorted(zone for zone in named if zone))
    return found
