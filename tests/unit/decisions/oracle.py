"""The decision as one would say it, for one person at a time and every moment in turn: slow, plain, and the judge."""

from datetime import UTC, datetime
from math import exp, inf
from zoneinfo import ZoneInfo

from tests.unit.decisions.batches import HOUR, Row

from antiphon.decisions.models import CHANNELS, LONG_AGO, NEVER, NO_CHANNEL, Rule, State
from antiphon.decisions.settings import BrandSettings
from antiphon.kit.zones import zone_names
from antiphon.rules.quiet import allowed

EMAIL, SMS = 0, 1


def moments(now: int) -> list[int]:
    """Seconds from now: 0, full quarters up to two hours, full hours up to 72."""
    quarters = range(-now % (15 * 60) or 15 * 60, 72 * HOUR + 1, 15 * 60)
    return [0, *(second for second in quarters if second <= 2 * HOUR or (now + second) % HOUR == 0)]


def channel_bar(row: Row, channel: int) -> Rule:  # noqa: PLR0911
    """The rule that bars the whole channel."""
    policy = row.policy
    if CHANNELS[channel] not in policy.channels:
        return Rule.CHANNEL
    if not row.address[channel]:
        return Rule.ADDRESS
    if policy.purpose == "transactional":
        stopped = channel == SMS and row.marketing[SMS] == State.UNSUBSCRIBED
        if row.transactional[channel] == State.UNSUBSCRIBED or stopped:
            return Rule.CONSENT_UNSUBSCRIBED
    elif row.marketing[channel] != State.SUBSCRIBED:
        return {0: Rule.CONSENT_MISSING, 1: Rule.CONSENT_PENDING, 3: Rule.CONSENT_UNSUBSCRIBED}[row.marketing[channel]]
    if channel == SMS and (policy.abandonment or policy.purpose == "cart") and not row.cart:
        return Rule.CONSENT_CART
    if channel == SMS and policy.abandonment and row.texted:
        return Rule.ONE_TEXT
    return Rule.NONE


def moment_bar(row: Row, channel: int, second: int, now: int, settings: BrandSettings) -> Rule:
    """The rule that bars one moment of a channel that is possible."""
    if second < row.at or second >= row.at + row.policy.window.total_seconds():
        return Rule.WINDOW
    if channel == SMS and row.policy.abandonment and second >= row.occasion + 48 * HOUR:
        return Rule.CARRIER_WINDOW
    at = datetime.fromtimestamp(now + second, UTC)
    if not allowed(CHANNELS[channel], row.policy.purpose, row.zones[channel], at, settings.quiet, row.laws):
        return Rule.QUIET
    if row.policy.purpose != "transactional" and second < row.full:
        return Rule.CAP
    if row.policy.purpose != "transactional" and crowded(row, channel, second, settings):
        return Rule.SPACING
    return Rule.NONE


def crowded(row: Row, channel: int, second: int, settings: BrandSettings) -> bool:
    spacing = settings.spacing
    own = (spacing.sms if channel == SMS else spacing.email).total_seconds()
    across = spacing.across.total_seconds()
    starts, ends = [], []
    for other in (EMAIL, SMS):
        apart = own if other == channel else across
        if row.past[other] > LONG_AGO and second < row.past[other] + apart:
            return True
        if row.first[other] < NEVER:
            starts.append(row.first[other] - apart)
            ends.append(row.last[other] + apart)
    return bool(starts) and min(starts) < second < max(ends)


def score(row: Row, channel: int, second: int, now: int, settings: BrandSettings, curves: list[list[float]]) -> float:
    worth = settings.worth(CHANNELS[channel])
    value = row.value or settings.value
    decay = 2 ** (-(second - row.occasion) / row.policy.half_life.total_seconds())
    hour = 1.0
    if settings.best_hour and not row.policy.urgent:
        local = datetime.fromtimestamp(now + second, UTC).astimezone(ZoneInfo(zone_names()[row.clock]))
        hour = curves[channel][local.hour]
    segments = row.policy.sms_segments if channel == SMS else 1
    leaves = min(1, worth.opt_out * exp(settings.fatigue * row.load[channel]))
    return worth.response * worth.order * value * decay * hour - worth.cost * segments - leaves * worth.loss


def preferred(row: Row) -> int:
    if row.declared != NO_CHANNEL:
        return row.declared
    if max(row.engaged) <= LONG_AGO:
        return SMS if row.policy.abandonment and row.policy.urgent else NO_CHANNEL
    if row.engaged[EMAIL] == row.engaged[SMS]:
        return row.die % 2
    return SMS if row.engaged[SMS] > row.engaged[EMAIL] else EMAIL


Grid = list[list[tuple[float, Rule]]]


def grid(row: Row, now: int, settings: BrandSettings, curves: list[list[float]]) -> Grid:
    """Per channel and moment: the score, -inf where barred, and the rule that bars it."""
    found: Grid = []
    for channel in (EMAIL, SMS):
        whole = channel_bar(row, channel)
        found.append([])
        for second in moments(now):
            bar = whole or moment_bar(row, channel, second, now, settings)
            value = -inf if bar else score(row, channel, second, now, settings, curves)
            found[-1].append((value, bar))
    return found


def best(cells: Grid, row: Row) -> tuple[int, int]:
    """The channel and the number of the moment; (NO_CHANNEL, -1) for none. Nearly equal moments: the earliest."""
    must = row.policy.purpose == "transactional"
    tops = []
    for channel in (EMAIL, SMS):
        top = max(value for value, _ in cells[channel])
        possible = top > -inf and (top > 0 or must)
        tops.append(top if possible else -inf)
    asked = preferred(row)
    if asked != NO_CHANNEL and tops[asked] > -inf:
        channel = asked
    elif max(tops) == -inf:
        return NO_CHANNEL, -1
    elif tops[EMAIL] == tops[SMS]:
        channel = row.die % 2
    else:
        channel = SMS if tops[SMS] > tops[EMAIL] else EMAIL
    return channel, [value for value, _ in cells[channel]].index(max(value for value, _ in cells[channel]))
