"""What an address agreed to, with what shows it: every fact of the ledger and the state as of any instant."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.addresses import queries
from antiphon.addresses.erased import suppression_of
from antiphon.addresses.models import Consent, ConsentFact, as_of
from antiphon.kit.buckets import abucket_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: the facts that were written of it, for all its purposes and brands at once."""

    state: str
    purposes: tuple[str, ...]
    brands: tuple[int, ...]
    effective_at: datetime
    recorded_at: datetime
    method: str
    double_opt_in: bool
    wording: str | None
    wording_version: str | None
    source: str | None
    ip: str | None
    agent: str | None
    expires_at: datetime | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A suppression; ``lifted_at`` later than ``at``: it stands no more."""

    at: datetime
    reason: str
    source: str
    lifted_at: datetime | None
    hits: int

    @property
    def stands(self) -> bool:
        return self.lifted_at is None or self.at > self.lifted_at


@dataclass(frozen=True, slots=True)
class State:
    """The state of one brand and purpose as of an instant: by all that is known, and by what was known then."""

    brand: int
    purpose: str
    effective: Consent | None
    known: Consent | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is kept of one address in the matter of consent; ``entries`` newest first."""

    channel: str
    address: str
    entries: tuple[Entry, ...]
    suppressed: Suppressed | None
    facts: dict[tuple[int, str], list[ConsentFact]]

    def states(self, at: datetime) -> list[State]:
        """Each brand's and purpose's state as of ``at``."""
        return [
            State(brand, purpose, as_of(facts, at), as_of(facts, at, at))
            for (brand, purpose), facts in sorted(self.facts.items())
        ]

    def as_json(self, at: datetime) -> dict[str, Any]:
        """The sheet as data; instants are ISO 8601 in UTC."""

        def state(found: Consent | None) -> dict[str, Any] | None:
            return None if found is None else asdict(found) | {"state": found.standing(at)}

        return {
            "channel": self.channel,
            "address": self.address,
            "as_of": at,
            "states": [
                {"brand": s.brand, "purpose": s.purpose, "effective": state(s.effective), "as_known": state(s.known)}
                for s in self.states(at)
            ],
            "suppression": None
            if self.suppressed is None
            else asdict(self.suppressed) | {"stands": self.suppressed.stands},
            "ledger": [asdict(entry) for entry in self.entries],
        }


def read_evidence(connection: Connection, channel: str, address: str) -> Evidence:
    """The sheet of a normalised address; empty for one of which nothing is known."""
    where = {"abucket": abucket_of(address), "channel": channel, "address": address}
    entries: dict[tuple[Any, ...], Entry] = {}
    facts: dict[tuple[int, str], list[ConsentFact]] = {}
    for row in connection.execute(queries.EVIDENCE, where).mappings():
        fact = dict(row)
        brand, purpose, detail = fact.pop("brand"), fact.pop("purpose"), fact.pop("detail") or {}
        said = ("state", "effective_at", "double_opt_in", "expires_at", "method", "recorded_at")
        facts.setdefault((brand, purpose), []).append(ConsentFact(*(fact[name] for name in said)))
        known = entries.get(key := tuple(fact.values()))
        if known is None:
            entries[key] = Entry(purposes=(purpose,), brands=(brand,), detail=detail, **fact)
        else:
            purposes, brands = {*known.purposes, purpose}, {*known.brands, brand}
            entries[key] = replace(known, purposes=tuple(sorted(purposes)), brands=tuple(sorted(brands)))
    gone = suppression_of(connection, channel, address)
    newest = sorted(entries.values(), key=lambda entry: (entry.effective_at, entry.recorded_at), reverse=True)
    return Evidence(
        channel,
        address,
        tuple(newest),
        Suppressed(gone.at, gone.reason, gone.source, gone.lifted_at, gone.hits) if gone else None,
        facts,
    )
