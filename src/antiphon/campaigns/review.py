"""What a campaign would come to if it were launched now: decided as it will be, and nothing written.

Everybody is counted; of more than :data:`EVERYBODY` people only some whole buckets are decided, which are a sample by a hash,
and what that comes to for all is told with its interval.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil, sqrt
from statistics import variance
from typing import Any

import numpy as np
import orjson
import phonenumbers
from psycopg.errors import QueryCanceled
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from antiphon.campaigns import queries
from antiphon.campaigns.audience import members
from antiphon.campaigns.check import completed
from antiphon.campaigns.fitting import segments
from antiphon.campaigns.kept import Kept, earlier_of, find
from antiphon.campaigns.planning import PORTION
from antiphon.campaigns.policy import policies
from antiphon.campaigns.rejoining import unsent
from antiphon.campaigns.source import CampaignError, placed
from antiphon.campaigns.states import earlier_closes
from antiphon.campaigns.tally import barred_by
from antiphon.campaigns.windows import Times, times
from antiphon.decisions.columns import Asked
from antiphon.decisions.decide import Foreseen, foresee
from antiphon.decisions.models import CHANNELS, NO_CHANNEL, SMS, Rule
from antiphon.decisions.reasons import reasons
from antiphon.decisions.settings import BrandSettings, brand_settings
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.definitions import errors_of
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database
from antiphon.store.faults import is_the_worlds
from antiphon.store.keys import keys

#: As many are all decided; of more, about so many.
EVERYBODY, SAMPLE = 200_000, 50_000
#: Whys that are shown of each outcome.
SHOWN = 2
_SURE = 1.96  # 95 of 100 intervals hold the number
_PRICED = 2_000
_PATIENCE = text("SELECT set_config('statement_timeout', '60s', true)")


@dataclass(slots=True)
class _Sum:
    """What the decided people came to, by bucket where it is to be told of all."""

    to_decide: int = 0
    by_bucket: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    barred: Counter[str] = field(default_factory=Counter)
    channels: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    hours: Counter[tuple[int, str]] = field(default_factory=Counter)
    segments: int = 0
    price: float = 0.0  # of a segment, the mean of those looked at
    people: int = 0
    whys: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))


def review(database: Database, slug: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """The digest of what was reviewed, and the review.

    Raises ``AntiphonError`` for a window that is past, a segment that is gone, an earlier campaign that was not launched, an
    audience whose own SQL fails or takes too long.
    """
    try:
        return _review(database, slug, now)
    except DBAPIError as error:
        if is_the_worlds(error):
            raise
        slow = isinstance(error.orig, QueryCanceled)
        what = "counting its people takes longer than a minute" if slow else str(error.orig).splitlines()[0]
        raise AntiphonError(
            f"`{slug}` cannot be reviewed: {what}.",
            "Make a segment of its audience, which is counted already, and name that.",
        ) from error


def _review(database: Database, slug: str, now: datetime) -> tuple[str, dict[str, Any]]:
    with database.read() as connection:
        connection.execute(_PATIENCE)
        one = find(connection, slug)
        if problems := errors_of(completed(connection, one.campaign)[1]):
            lacking = sorted(placed(one.row.source, problems), key=lambda problem: problem.line)
            raise CampaignError(lacking, f"Campaign `{slug}`")
        brand = connection.execute(queries.BRAND).one()
        settings = brand_settings(brand.settings)
        when = times(one.campaign, brand.zone, now, earlier_closes(connection, one))
        earlier = earlier_of(connection, one.campaign)
        asked = members(one.campaign, now, earlier.origin if earlier else None)
        if earlier is not None:
            asked = asked.params(unsent=unsent(connection, earlier, keys(BUCKETS)))
        counted = _count(connection, asked)
        wanted = {bucket: n for bucket, by in counted.items() if (n := by["wanted"])}
        total = sum(wanted.values())
        some = _some(wanted, total)
        found = _Sum(to_decide=total)
        for group in _groups(some, wanted):
            _decide(connection, one, when, asked, group, settings, found)
    return one.row.sha256, _document(one, when, counted, wanted, some, found, settings)


def _count(connection: Connection, asked: Any) -> dict[int, Counter[str]]:
    told = asked.subquery()
    by = (told.c.bucket, told.c.left_out)
    statement = select(*by, func.count().label("n")).group_by(*by)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(statement, {"buckets": keys(BUCKETS)}):
        found[row.bucket][row.left_out or "wanted"] += row.n
    return found


def _some(wanted: dict[int, int], total: int) -> list[int]:
    """The buckets whose people are decided: all, or evenly chosen ones."""
    buckets = [bucket for bucket in BUCKETS if bucket in wanted]
    if total <= EVERYBODY:
        return buckets
    share = SAMPLE / total
    return buckets[:: max(1, int(1 / share))]


def _groups(some: Sequence[int], wanted: dict[int, int]) -> Iterator[list[int]]:
    group: list[int] = []
    for bucket in some:
        if group and sum(wanted[each] for each in group) + wanted[bucket] > PORTION:
            yield group
            group = []
        group.append(bucket)
    if group:
        yield group


def _decide(
    connection: Connection,
    one: Kept,
    when: Times,
    asked: Any,
    buckets: Sequence[int],
    settings: BrandSettings,
    found: _Sum,
) -> None:
    told = asked.subquery()
    rows = connection.execute(
        told.select().where(told.c.left_out.is_(None)).order_by(told.c.bucket, told.c.person),
        {"buckets": keys(buckets)},
    ).all()
    people, steps = [row.person for row in rows], [row.step for row in rows]
    occasion = f"campaign:{one.id}"
    intents = Asked(one.origin, when.opens, occasion, people, steps, one.campaign.value)
    known = policies(one.campaign, one.origin, when.opens, when.closes)
    times = found.to_decide / max(1, len(people))  # a budget has to do for everybody
    fitted = segments(connection, one.campaign, people, steps)
    foreseen = foresee(connection, when.plan, intents, known, settings, times, fitted)
    if foreseen is not None:
        _add(found, foreseen, settings)


def _add(found: _Sum, foreseen: Foreseen, settings: BrandSettings) -> None:
    made, batch, columns = foreseen.made, foreseen.intents.batch, foreseen.intents.columns
    found.people += len(batch)
    names = [*CHANNELS, "unwritten"]
    for bucket, channel in zip(columns["bucket"], made.channel.tolist(), strict=True):
        found.by_bucket[bucket][names[channel]] += 1
    found.barred.update(rule for rule in barred_by(foreseen) if rule)
    for number, name in enumerate(CHANNELS):
        bars, counts = np.unique(made.bar[:, number], return_counts=True)
        for bar, n in zip(bars.tolist(), counts.tolist(), strict=True):
            if bar not in {Rule.NONE, Rule.CHANNEL}:
                found.channels[name][Rule(bar).id(number)] += n
        mine = made.channel == number
        hours, each = np.unique((batch.now + made.due[mine].astype(np.int64)) // 3600, return_counts=True)
        for hour, n in zip(hours.tolist(), each.tolist(), strict=True):
            found.hours[hour, name] += n
    texts = np.flatnonzero(made.channel == SMS)
    found.segments += int(batch.most_segments()[texts].sum())
    if len(texts) and not found.price:
        found.price = _price([columns["sms"][row] for row in texts[:_PRICED].tolist()], settings)
    _explain(found, foreseen, settings)


def _price(numbers: Sequence[str], settings: BrandSettings) -> float:
    """Of a segment, the mean over the countries of some numbers."""
    if not settings.sms_prices:
        return settings.sms.cost
    countries = Counter(phonenumbers.region_code_for_number(phonenumbers.parse(number)) for number in numbers)
    return sum(settings.segment_price(country) * n for country, n in countries.items()) / len(numbers)


def _explain(found: _Sum, foreseen: Foreseen, settings: BrandSettings) -> None:
    """Whys of a few people, of each outcome some."""
    made, columns = foreseen.made, foreseen.intents.columns
    for channel in (*range(len(CHANNELS)), NO_CHANNEL):
        name = CHANNELS[channel] if channel != NO_CHANNEL else "unwritten"
        rows = np.flatnonzero(made.channel == channel)[: SHOWN - len(found.whys[name])]
        if not len(rows):
            continue
        picked = rows.tolist()
        origins = [(columns["version"][row], columns["step"][row]) for row in picked]
        told = reasons(foreseen.intents.batch.rows(rows), made.rows(rows), settings, origins)
        for row, why in zip(picked, told, strict=True):
            person = columns["person"][row]
            found.whys[name].append({"person": str(person), "why": orjson.loads(why)["sentence"]})


def _document(
    one: Kept,
    when: Times,
    counted: dict[int, Counter[str]],
    wanted: dict[int, int],
    some: Sequence[int],
    found: _Sum,
    settings: BrandSettings,
) -> dict[str, Any]:
    everybody: Counter[str] = sum(counted.values(), Counter())
    total = sum(wanted.values())
    scale = total / found.people if found.people else 1.0
    channels = {name: _told(name, found, some, total, scale) for name in (*CHANNELS, "unwritten")}
    messages = channels["email"]["n"] + channels["sms"]["n"]
    texts = {
        "messages": channels["sms"]["n"],
        "segments": round(found.segments * scale),
        "price": round(found.price, 6),
    }
    costs = {"email": channels["email"]["n"] * settings.email.cost, "sms": found.segments * scale * found.price}
    return {
        "audience": sum(everybody.values()),
        "left_out": {name: everybody[name] for name in ("unengaged", "excluded")},
        "to_decide": total,
        "decided": found.people,
        "exact": found.people == total,
        "opens_at": when.opens.isoformat(),
        "closes_at": when.closes.isoformat(),
        "channels": channels,
        "hours": [
            {"at": datetime.fromtimestamp(hour * 3600, UTC).isoformat(), "channel": name, "n": round(n * scale)}
            for (hour, name), n in sorted(found.hours.items())
        ],
        "barred": {rule: round(n * scale) for rule, n in found.barred.most_common()},
        "bars": {name: {rule: round(n * scale) for rule, n in by.most_common()} for name, by in found.channels.items()},
        "texts": texts,
        "cost": {name: round(cost, 2) for name, cost in costs.items()},
        "throttle": _throttle(one, when, messages),
        "whys": [{"outcome": name, **why} for name, whys in found.whys.items() for why in whys],
    }


def _told(name: str, found: _Sum, some: Sequence[int], total: int, scale: float) -> dict[str, Any]:
    """How many, with the interval where only some were decided."""
    each = [found.by_bucket[bucket][name] if bucket in found.by_bucket else 0 for bucket in some]
    n = sum(each)
    if found.people in {0, total}:
        return {"n": n, "low": n, "high": n}
    share = found.people / total
    spread = variance(each) if len(each) > 1 else float(n)
    error = _SURE * sqrt(max(spread, n / len(each)) * len(each) * (1 - share)) * scale
    return {"n": round(n * scale), "low": max(n, int(n * scale - error)), "high": min(total, ceil(n * scale + error))}


def _throttle(one: Kept, when: Times, messages: int) -> dict[str, Any] | None:
    """Whether the pace lets everything leave inside the window."""
    pace = one.campaign.throttle
    if pace is None:
        return None
    room = int(pace * ((when.closes - when.opens) / timedelta(hours=1)))
    return {"per_hour": pace, "room": room, "too_many": max(0, messages - room)}
