"""What the rows of a file come to, told by people and addresses: with what the ledger here says of them already.

An address in five rows is one address, and an opt-in that an opt-out here outweighs is none: what an import says of itself must
be what comes of it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.addresses.erased import hasher
from antiphon.addresses.models import CLAIMED, ConsentFact, consent_of
from antiphon.addresses.queries import FACTS
from antiphon.intake.consenting import MAIN_BRAND, Address, both
from antiphon.intake.files import queries
from antiphon.intake.files.models import Incoming
from antiphon.people.identifiers import CUSTOMER, EMAIL, PHONE

#: Rows that are told by people; of a larger file rows are counted, portion by portion.
WHOLE = 20_000
_BATCH = 2_000
_DEAD = frozenset({"hard bounce", "complaint"})
_KIND_OF = {"email": EMAIL, "sms": PHONE}


@dataclass(slots=True)
class _Said:
    """What the file says of an address in the matter of one purpose. ``timed``: each claim names its time."""

    facts: list[ConsentFact] = field(default_factory=list)
    timed: bool = True


class _People:
    """Rows by whom they are about. What would join two customers, or by a phone two email addresses, joins nobody."""

    def __init__(self) -> None:
        self.count = 0
        self._parent: list[int] = []
        self._strong: list[dict[str, str]] = []
        self._of: dict[tuple[str, str], int] = {}

    def note(self, identifiers: Iterable[tuple[str, str]]) -> None:
        known = sorted(identifiers, key=lambda one: (one[0] != CUSTOMER, one[0] != EMAIL))
        mine = len(self._parent)
        self._parent.append(mine)
        self._strong.append({kind: value for kind, value in reversed(known) if kind in {CUSTOMER, EMAIL}})
        self.count += 1
        for key in known:
            self._join(mine, self._of.setdefault(key, mine), key[0])

    def _join(self, one: int, other: int, kind: str) -> None:
        one, other = self._root(one), self._root(other)
        if one == other:
            return
        apart = {CUSTOMER: (), EMAIL: (CUSTOMER,)}.get(kind, (CUSTOMER, EMAIL))
        left, right = self._strong[one], self._strong[other]
        if any(name in left and name in right and left[name] != right[name] for name in apart):
            return
        self._parent[one] = other
        self._strong[other] = left | right
        self.count -= 1

    def _root(self, one: int) -> int:
        while self._parent[one] != one:
            self._parent[one] = self._parent[self._parent[one]]
            one = self._parent[one]
        return one


@dataclass(slots=True)
class Tally:
    """Rows that were noted, until they are counted."""

    now: datetime
    rows: int = 0
    _said: dict[tuple[Address, str], _Said] = field(default_factory=dict)
    _people: _People = field(default_factory=_People)

    def note(self, found: Incoming) -> None:
        self.rows += 1
        self._people.note(found.identifiers)
        for each in found.consents:
            purposes = each["purposes"]
            purpose = "marketing" if "marketing" in purposes else purposes[0]
            said = self._said.setdefault(((each["channel"], each["address"]), purpose), _Said())
            stated = each.get("effectiveAt")
            at = min(datetime.fromisoformat(stated), self.now) if stated else self.now
            double = bool(each.get("doubleOptIn"))
            said.facts.append(ConsentFact(each["state"], at, double, None, each["method"], self.now))
            said.timed = said.timed and bool(stated)
        for channel in found.declined:
            if address := found.value(_KIND_OF[channel]):
                self._said.setdefault(((channel, address), "marketing"), _Said())

    def outcome(self, connection: Connection) -> Counter[str]:
        """``persons``, and of each channel how many addresses are subscribed, claimed, barred, …"""
        found = Counter({"persons": self._people.count})
        keys = list(self._said)
        for start in range(0, len(keys), _BATCH):
            some = keys[start : start + _BATCH]
            known = _Known(connection, {address for address, _ in some})
            found.update(f"{key[0][0]} {known.kind(self._said[key], *key)}" for key in some)
        return found


class _Known:
    """What is known here of addresses, under themselves and under the hashes that an erasure left."""

    def __init__(self, connection: Connection, addresses: Collection[Address]) -> None:
        hashes = hasher(connection)
        names = {(channel, name): (channel, a) for channel, a in addresses for name in (a, hashes.of(a))}
        where = both(connection, addresses)
        self._facts: defaultdict[Address, list[tuple[int, str, ConsentFact]]] = defaultdict(list)
        for channel, value, brand, purpose, *fact in connection.execute(FACTS, where):
            self._facts[names[channel, value]].append((brand, purpose, ConsentFact(*fact)))
        self._barred: defaultdict[Address, set[str]] = defaultdict(set)
        for row in connection.execute(queries.EXPORT_SUPPRESSED, where):
            self._barred[names[row.channel, row.address]].add(row.reason)

    def kind(self, said: _Said, address: Address, purpose: str) -> str:
        """What comes of an address."""
        here = self._facts[address]
        lifted = max((fact.effective_at for _, _, fact in here if fact.lifts), default=None)
        outs = [fact for fact in said.facts if fact.state == "unsubscribed"]
        standing = [fact for fact in outs if lifted is None or fact.effective_at >= lifted]
        if standing:
            return "suppressed" if any(fact.method in _DEAD for fact in standing) else "unsubscribed"
        if len(outs) == len(said.facts):
            return "returned" if outs else "never"
        if reasons := self._barred[address]:
            return "erased" if "erased" in reasons else "dead" if reasons & _DEAD else "barred"
        own = [fact for brand, whose, fact in here if (brand, whose) == (MAIN_BRAND, purpose)]
        state = consent_of([*own, *said.facts])
        if state is None or state.state != "pending":
            return "subscribed" if state and state.state == "subscribed" else "barred"
        if any(fact.method == CLAIMED for fact in said.facts):
            return "timed" if said.timed else "claimed"
        return "pending"


def told(portions: list[Counter[str]]) -> Counter[str]:
    """Portions together. People are counted where one portion is the whole file."""
    found: Counter[str] = sum(portions, Counter())
    if len(portions) > 1:
        del found["persons"]
    return found


def of_row(found: Incoming) -> Counter[str]:
    """What is counted by rows."""
    counts: dict[str, Any] = {"people": 1, "partly": bool(found.problems), "unclear": found.unclear}
    return Counter({name: int(n) for name, n in counts.items() if n})
