"""How much people get by day, what is planned, what texts cost of their budget, and what pressure cost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from antiphon.decisions import queries as decisions
from antiphon.decisions.budget import queries as budgets
from antiphon.decisions.budget.days import midnight, month_of
from antiphon.decisions.budget.purse import MILLION
from antiphon.decisions.pressure import queries
from antiphon.decisions.settings import BrandSettings, brand_settings
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.zones import local
from antiphon.store.keys import keys

#: Days shown: so many before today, and as far as messages are planned ahead.
BACK, AHEAD = 13, 3
#: How far back losses are told.
LOSSES_OF = timedelta(days=30)
#: About as many messages are read; of more, only those of some buckets.
_MOST, _LOOKED = 200_000, 4
_GATE = ("spacing.email", "spacing.sms", "cap.email_24h", "cap.sms_24h")


@dataclass(slots=True)
class Day:
    """``people`` by how many messages they get on the day; ``budget`` and ``used`` in the shop's currency."""

    day: date
    people: dict[int, int] = field(default_factory=dict)
    email: int = 0
    sms: int = 0
    at_cap: int = 0
    budget: float | None = None
    used: float = 0.0  # spent and set aside
    spent: float = 0.0

    @property
    def everybody(self) -> int:
        return sum(self.people.values())

    def document(self, today: date) -> dict[str, Any]:
        return {
            "day": str(self.day),
            "planned": self.day > today,
            "email": self.email,
            "sms": self.sms,
            "people": {str(n): count for n, count in sorted(self.people.items())},
            "at_cap": self.at_cap,
            "at_cap_share": round(self.at_cap / self.everybody, 4) if self.everybody else None,
            "budget": self.budget,
            "used": round(self.used, 4),
            "spent": round(self.spent, 4),
        }


@dataclass(frozen=True, slots=True)
class Lost:
    """Messages of one journey or campaign that lost by a rule to another one; ``worth`` in the shop's currency."""

    rule: str
    loser: str
    winner: str | None
    messages: int
    unwritten: int  # of them: nothing was sent instead
    worth: float


@dataclass(frozen=True, slots=True)
class Month:
    month: str
    budget: float | None
    used: float
    spent: float


@dataclass(frozen=True, slots=True)
class Report:
    """``exact``: everybody was counted, not some buckets; ``price``: the gain per cost that a text has to bring just now."""

    today: date
    settings: BrandSettings
    days: Sequence[Day]
    month: Month
    price: float
    losses: Sequence[Lost]
    gate: dict[str, dict[str, int]]
    exact: bool

    def document(self) -> dict[str, Any]:
        """For programs."""
        caps = self.settings.caps
        return {
            "caps": {"day": caps.day, "week": caps.week, "email_24h": caps.email, "sms_24h": caps.sms},
            "budget": self.settings.budget.model_dump(),
            "exact": self.exact,
            "days": [day.document(self.today) for day in self.days],
            "month": {name: getattr(self.month, name) for name in Month.__slots__},
            "asked_gain_per_cost": round(self.price, 3),
            "losses": [{name: getattr(one, name) for name in Lost.__slots__} for one in self.losses],
            "gate": self.gate,
        }


def report(connection: Connection, now: datetime) -> Report:
    """Everything, as of ``now``."""
    brand = connection.execute(queries.BRAND).one()
    settings = brand_settings(brand.settings)
    today = local(brand.zone, now).date()
    days = [Day(today + timedelta(days=number)) for number in range(-BACK, AHEAD + 1)]
    exact = _count(connection, now, brand.zone, days, settings)
    price, month = _spend(connection, today, days, settings)
    since = now - LOSSES_OF
    return Report(today, settings, days, month, price, _losses(connection, since), _gate(connection, since), exact)


def _count(connection: Connection, now: datetime, zone: int, days: Sequence[Day], settings: BrandSettings) -> bool:
    """Fill in people and messages; returns whether all were counted."""
    bounds = [midnight(zone, day.day) for day in days]
    until = midnight(zone, days[-1].day + timedelta(days=1))
    called_off = connection.execute(decisions.CALLED_OFF, {"since": bounds[0]}).scalars().all()
    between = {"since": bounds[0], "until": until}
    few = keys(BUCKETS[:: len(BUCKETS) // _LOOKED])
    looked = connection.execute(queries.SIZE, {"buckets": few, **between}).scalar_one()
    step = max(1, -(-looked * len(BUCKETS) // _LOOKED // _MOST))
    some = BUCKETS[::step]
    scale = len(BUCKETS) / len(some)
    given = {"buckets": keys(some), "bounds": bounds, "now": now, "called_off": list(called_off), **between}
    for row in connection.execute(queries.BY_DAY, given):
        day = days[row.day - 1]
        people = round(row.people * scale)
        day.people[row.n] = people
        day.email += round(row.email * scale)
        day.sms += round(row.sms * scale)
        if row.n >= settings.caps.day:
            day.at_cap += people
    return len(some) == len(BUCKETS)


def _spend(connection: Connection, today: date, days: Sequence[Day], settings: BrandSettings) -> tuple[float, Month]:
    month = month_of(today)
    named = {"periods": [*(str(day.day) for day in days), month]}
    reserved = {row.period: row.reserved for row in connection.execute(budgets.RESERVED, named)}
    uses = {row.period: row for row in connection.execute(budgets.USES, named)}

    def used(period: str) -> tuple[float, float]:
        use = uses.get(period)
        freed, spent = (use.freed, use.spent) if use else (0, 0)
        return (reserved.get(period, 0) - freed) / MILLION, spent / MILLION

    for day in days:
        day.used, day.spent = used(str(day.day))
        day.budget = settings.budget.day if day.day >= today else None
    prices = connection.execute(budgets.PRICES, {"periods": [str(today)]}).all()
    price = float(prices[0].price) if prices and settings.budget.day is not None else 0.0
    return price, Month(month, settings.budget.month, *used(month))


def _losses(connection: Connection, since: datetime) -> list[Lost]:
    rows = connection.execute(queries.LOSSES, {"since": since}).all()
    origins = sorted({each for row in rows for each in (row.loser, row.winner) if each is not None})
    named = {row.id: row.name for row in connection.execute(decisions.ORIGINS, {"origins": origins})} if origins else {}

    def name(origin: int | None) -> str | None:
        if origin is None:
            return None
        return f"{'campaign' if origin < 0 else 'journey'} {named.get(origin, abs(origin))}"

    by: dict[tuple[str, int, int | None], list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for row in rows:
        one = by[row.rule, row.loser, row.winner]
        one[0] += row.n
        one[1] += row.n if row.unwritten else 0
        one[2] += row.lost
    found = [
        Lost(rule, name(loser) or "", name(winner), int(n), int(none), round(worth, 4))
        for (rule, loser, winner), (n, none, worth) in by.items()
    ]
    return sorted(found, key=lambda one: (-one.worth, one.rule, one.loser, one.winner or ""))


def _gate(connection: Connection, since: datetime) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(queries.GATE, {"since": since, "rules": list(_GATE)}):
        found.setdefault(row.rule, {"later": 0, "never": 0})[row.became] += row.n
    return found
