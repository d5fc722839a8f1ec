"""What conditions mean, in plain Python: (truth, valid until) of one person at one instant.

Written from docs/conditions.md, not from the SQL. ``None`` as valid until: only a touch can change it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from re import match
from typing import Any

from tests.integration.audiences.world import BRAND_ZONE, CATALOGUE, STATISTICS, Engaged, Human, Occurrence, worth

from antiphon.kit.zones import spans

Answer = tuple[bool, datetime | None]
DAY = timedelta(days=1)


@dataclass(frozen=True, eq=False)
class Asked:
    """One person at one instant, with the occasion of a run, where there is one."""

    human: Human
    at: datetime
    occasion: Occurrence | None = None


def answer(condition: Any, asked: Asked) -> Answer:
    """What a condition comes to."""
    truth, until = KINDS[condition.kind](condition, asked)
    assert until is None or until > asked.at
    return truth, until


def _first(instants: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in instants if one is not None), default=None)


def _coming(asked: Asked, *instants: datetime) -> datetime | None:
    return _first(one for one in instants if one > asked.at)


# what a document holds

_MISSING = object()


def _get(document: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(document, dict) or part not in document:
            return _MISSING
        document = document[part]
    return document


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def holds(document: Any, path: str, op: str, value: Any) -> bool:
    found = _get(document, path)
    known = found is not _MISSING and found is not None
    number = isinstance(found, int | float) and not isinstance(found, bool)
    tests: dict[str, Callable[[], bool]] = {
        "exists": lambda: known == (value is not False),
        "eq": lambda: known and _same(found, value),
        "ne": lambda: not (known and _same(found, value)),
        "in": lambda: known and any(_same(found, one) for one in value),
        "contains": lambda: known and str(value).lower() in _written(found).lower(),
        "gt": lambda: number and found > value,
        "gte": lambda: number and found >= value,
        "lt": lambda: number and found < value,
        "lte": lambda: number and found <= value,
    }
    return tests[op]()


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# what a person is


def _trait(condition: Any, asked: Asked) -> Answer:
    return holds(asked.human.traits, condition.trait, condition.op, condition.value), None


def _consent(condition: Any, asked: Asked) -> Answer:
    mine = [one for one in asked.human.addresses if one.channel == condition.channel]
    states = [(getattr(one, condition.purpose), one.double) for one in mine]
    if condition.state == "never":
        return all(state == "never" for state, _ in states), None
    return any(state == condition.state and (double or not condition.double_opt_in) for state, double in states), None


SILENCE = {"email": 180 * DAY, "sms": 90 * DAY}
LIVELY = {"email": 90 * DAY, "sms": 45 * DAY}


def level(channel: str, engaged: Engaged | None, at: datetime) -> tuple[str, datetime | None]:  # noqa: PLR0911
    if engaged is None:
        return "none", None
    sign = max((one for one in (engaged.last_at, engaged.opened_at) if one), default=None)
    if not engaged.delivered and sign is None:
        return "none", None
    first = engaged.first_delivered_at
    if engaged.delivered < 5 or first is None:
        return "new", None
    if at < first + 30 * DAY:
        return "new", first + 30 * DAY
    if sign is not None and at < sign + LIVELY[channel]:
        return "engaged", sign + LIVELY[channel]
    if sign is not None and at < sign + SILENCE[channel]:
        return "cooling", sign + SILENCE[channel]
    return "unengaged", None


def _engagement(condition: Any, asked: Asked) -> Answer:
    engaged = asked.human.engaged
    if condition.pattern is not None:
        levels = {one: level(one, engaged.get(one), asked.at) for one in ("email", "sms")}
        named = {one for one, (told, _) in levels.items() if told in {"engaged", "cooling"}}
        told = {one for one, _ in levels.values()}
        pattern = {2: "both", 1: f"{next(iter(named), '')}_only"}.get(len(named))
        if pattern is None:
            pattern = "new" if "new" in told or told == {"none"} else "neither"
        return pattern in condition.patterns, _first(until for _, until in levels.values())
    mine = engaged.get(condition.channel)
    if condition.level is not None:
        now, until = level(condition.channel, mine, asked.at)
        return now in condition.levels, until
    if condition.count is None:
        responded = condition.responded_within is not None
        newest = None if mine is None else mine.last_at if responded else mine.last_delivered_at
        if newest is None:
            return False, None
        ends = newest + (condition.responded_within if responded else condition.delivered_within)
        return ends > asked.at, _coming(asked, ends)
    number = 0 if mine is None else {"delivered": mine.delivered, **mine.counts}[condition.count]
    return _between(number, condition.at_least, condition.at_most), None


def _between(value: float, least: float | None, most: float | None) -> bool:
    return (not least or value >= least) and (most is None or value <= most)


def _segment(condition: Any, asked: Asked) -> Answer:
    return condition.segment in asked.human.segments, None


def _affinity(condition: Any, asked: Asked) -> Answer:
    said = [asked.human.traits.get(name) for name in ("preferred_channel", "preferredChannel")]
    declared = next((one for one in said if one is not None), None)
    if declared in {"email", "sms"}:
        return declared == condition.channel, None
    newest = {one: e.last_at for one, e in asked.human.engaged.items() if e.last_at is not None}
    if len(set(newest.values())) < len(newest):
        return condition.channel == ("sms" if asked.human.die & 1 else "email"), None
    return max(newest, key=lambda one: newest[one], default=None) == condition.channel, None


def _chance(condition: Any, asked: Asked) -> Answer:
    drawn = md5(f"{asked.human.die}|{condition.salt}".encode()).digest()[4:8]
    return int.from_bytes(drawn, "big") < round(condition.share * 2**32), None


# what a person did


def _known(asked: Asked, name: str, condition: Any) -> list[Occurrence]:
    """What of a name had happened and arrived, newest first."""
    seen = [e for e in asked.human.events if e.name == name and e.at <= asked.at and e.received_at <= asked.at]
    if condition.within is not None:
        seen = [e for e in seen if e.at + condition.within > asked.at]
    elif condition.since:
        assert asked.occasion is not None
        since = asked.occasion.at
        seen = [e for e in seen if e.at >= since]
    return sorted(seen, key=lambda e: e.at, reverse=True)


def _turns(seen: list[Occurrence], within: timedelta | None, question: Callable[[list[Occurrence]], bool]) -> Answer:
    """The answer to a question about what is inside the window; it stands until what leaves the window makes it another."""
    truth = question(seen)
    if within is not None:
        for ends in sorted({e.at + within for e in seen}):
            if question([e for e in seen if e.at + within > ends]) != truth:
                return truth, ends
    return truth, None


def _event(condition: Any, asked: Asked) -> Answer:
    if condition.within is None and condition.since is None:
        number = sum(e.name == condition.event for e in asked.human.events)
        return _between(number, condition.least, condition.at_most), None
    seen = [
        e for e in _known(asked, condition.event, condition)
        if all(holds(e.props, one.prop, one.op, one.value) for one in condition.where)
    ]  # fmt: skip
    truth = _between(len(seen), condition.least, condition.at_most)
    # each bound is passed when what is inside the window is one too few for it
    bounds = [_turns(seen, condition.within, lambda inside: len(inside) >= condition.least)[1]]
    if condition.at_most is not None:
        bounds.append(_turns(seen, condition.within, lambda inside: len(inside) <= condition.at_most)[1])
    return truth, _first(bounds)


def _purchase(condition: Any, asked: Asked) -> Answer:
    if condition.product or condition.category:
        return _handled("bought", condition, asked)
    every = [e for e in asked.human.events if e.name == "Order Completed"]
    if condition.age_of is not None:
        if not every:
            return False, None
        at = (min if condition.age_of == "first" else max)(e.at for e in every)
        turns = [at + age for age in (condition.older_than, condition.newer_than) if age is not None]
        old = condition.older_than is None or at + condition.older_than <= asked.at
        young = condition.newer_than is None or at + condition.newer_than > asked.at
        return old and young, _coming(asked, *turns)

    def question(orders: list[Occurrence]) -> bool:
        values = [worth(e.props) for e in orders]
        if condition.measure == "order":
            return any(_between(value, condition.at_least, condition.at_most) for value in values)
        figure = len(values) if condition.measure == "count" else round(sum(values), 2)
        return _between(figure, condition.least, condition.at_most)

    if condition.within is None and condition.since is None:
        return question(every), None
    return _turns(_known(asked, "Order Completed", condition), condition.within, question)


def _handled(relation: str, condition: Any, asked: Asked) -> Answer:
    related = [one for one in asked.human.products if one.relation == relation]
    if condition.product or condition.category:
        wanted = set(condition.product or ())
        for name, one in CATALOGUE.items():
            wanted |= {name} if set(one.category) & set(condition.category or ()) else set()
        mine = [one for one in related if one.product in wanted]
    else:
        mine = related
    again = asked.at + DAY if condition.category and related else None
    if condition.within is None:
        return bool(mine), again
    ends = [one.last_at + condition.within for one in mine]
    newest = max(ends, default=None)
    return newest is not None and newest > asked.at, _first([again, *([_coming(asked, newest)] if newest else [])])


def _product(condition: Any, asked: Asked) -> Answer:
    if condition.relation is not None:
        return _handled(condition.relation, condition, asked)
    assert asked.occasion is not None
    props = asked.occasion.props
    lines = props.get("products")
    named = [props, *(lines if isinstance(lines, list) else [])]
    ids = {line.get("product_id") for line in named if isinstance(line, dict)}

    def fits(name: str) -> bool:
        one = CATALOGUE[name]
        stocked = one.stock is None or one.stock > 0
        cheap = one.price is not None and condition.price_below is not None and one.price < condition.price_below
        return (
            not one.deleted
            and (condition.in_stock is None or stocked == condition.in_stock)
            and (condition.price_below is None or cheap)
        )

    return any(fits(name) for name in CATALOGUE if name in ids), asked.at + timedelta(hours=1)


NAMED = {"high_value": ("revenue_365d", "high_value_revenue"), "lapsing": ("days_since_order", "lapse_days")}


def _prediction(condition: Any, asked: Asked) -> Answer:
    measure, name = NAMED.get(condition.prediction, (condition.measure, condition.statistic))
    threshold = STATISTICS.get(name)
    orders = [e for e in asked.human.events if e.name == "Order Completed"]

    def reached(value: float) -> bool:
        return threshold is not None and (value >= threshold) == (condition.side == "at_least")

    if measure == "days_since_order":
        if not orders:
            return False, None
        last = max(e.at for e in orders)
        turn = [last + threshold * DAY] if threshold is not None else []
        truth = reached((asked.at - last) / DAY)
        return truth, _first([_coming(asked, *turn), asked.at + DAY])

    def question(inside: list[Occurrence]) -> bool:
        value = round(sum(worth(e.props) for e in inside), 2) if measure == "revenue_365d" else len(inside)
        return bool(inside) and reached(value)

    within = 365 * DAY
    seen = [e for e in orders if e.at <= asked.at < e.at + within and e.received_at <= asked.at]
    truth, until = _turns(seen, within, question)
    return truth, _first([until, asked.at + DAY if seen else None])


# what time it is


def _date(condition: Any, asked: Asked) -> Answer:
    if condition.after is not None or condition.before is not None:
        begun = condition.after is None or asked.at >= condition.after
        going = condition.before is None or asked.at < condition.before
        ends = [one for one in (condition.after, condition.before) if one is not None]
        return begun and going, _coming(asked, *ends)
    zone = asked.human.zone if asked.human.zone is not None else BRAND_ZONE
    assert zone is not None
    span = next(one for one in spans(zone) if one.start <= asked.at < one.end)
    shown = (asked.at + timedelta(seconds=span.utc_offset)).astimezone(UTC).replace(tzinfo=None)
    midnight = shown.replace(hour=0, minute=0, second=0, microsecond=0)

    def instant(local: datetime) -> datetime:
        return min(local.replace(tzinfo=UTC) - timedelta(seconds=span.utc_offset), span.end)

    if condition.anniversary is not None:
        return _anniversary(condition, asked, midnight, instant)
    truth, turns = True, []
    if condition.weekdays is not None:
        truth = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[shown.weekday()] in condition.weekdays
        turns.append(midnight + DAY)
    if condition.from_hour is not None:
        start, end = (
            timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
            for clock in (condition.from_hour, condition.until_hour)
        )
        now = shown - midnight
        truth = truth and (start <= now < end if start < end else now >= start or now < end)
        turns += [midnight + turn + day for turn in (start, end) for day in (timedelta(), DAY)]
    return truth, instant(min(turn for turn in turns if turn > shown))


def _anniversary(condition: Any, asked: Asked, midnight: datetime, instant: Callable[[datetime], datetime]) -> Answer:
    said = _get(asked.human.traits, condition.anniversary)
    found = match(r"(?:\d{4}-|--)?(\d\d)-(\d\d)(?!\d)", said) if isinstance(said, str) else None
    if found is None or not 1 <= int(found[1]) <= 12 or not 1 <= int(found[2]) <= 31:
        return False, None
    today, month, day = midnight.date(), int(found[1]), int(found[2])
    in_years = [date(year, month, 1) + timedelta(days=day - 1) for year in (today.year, today.year + 1)]
    left = (next(one for one in in_years if one >= today) - today).days
    if left <= condition.within.days:
        return True, instant(midnight + timedelta(days=left + 1))
    return False, instant(midnight + timedelta(days=left - condition.within.days))


# compositions


def _all(condition: Any, asked: Asked) -> Answer:
    parts = [answer(part, asked) for part in condition.of]
    return all(truth for truth, _ in parts), _first(until for _, until in parts)


def _any(condition: Any, asked: Asked) -> Answer:
    parts = [answer(part, asked) for part in condition.of]
    return any(truth for truth, _ in parts), _first(until for _, until in parts)


def _not(condition: Any, asked: Asked) -> Answer:
    truth, until = answer(condition.of, asked)
    return not truth, until


KINDS: dict[str, Callable[[Any, Asked], Answer]] = {
    "trait": _trait, "consent": _consent, "engagement": _engagement, "event": _event, "purchase": _purchase,
    "segment": _segment, "affinity": _affinity, "prediction": _prediction, "product": _product, "chance": _chance,
    "date": _date, "all": _all, "any": _any, "not": _not,
}  # fmt: skip
