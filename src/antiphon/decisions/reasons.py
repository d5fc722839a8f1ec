"""What is kept beside each decision: a sentence, the grid of moments, what barred what, the inputs, the versions.

Kept as it was looked at, because asking again later would be answered from later events. Under 2 kB a decision.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from antiphon.decisions.affinity.telling import tell_affinity
from antiphon.decisions.explain import Grid, explain
from antiphon.decisions.models import (
    CHANNELS,
    EMAIL,
    LONG_AGO,
    NO_CHANNEL,
    SMS,
    VERSION,
    Batch,
    Decisions,
    Rule,
    State,
)
from antiphon.decisions.moments import pattern
from antiphon.decisions.pulls import Pulls, pulls
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import Slots, slots
from antiphon.decisions.timing.telling import Drawing, tell_hours
from antiphon.decisions.words import Case, cases, clock_words, sentence
from antiphon.kit.buckets import hash64
from antiphon.kit.durations import format_duration
from antiphon.kit.zones import local, zone_names
from antiphon.rules.laws.naming import BRAND
from antiphon.rules.quiet import LAW_ALONE, open_mask
from antiphon.rules.quiet import VERSION as QUIET_VERSION

#: Moments shown of each channel; all of them are counted.
SHOWN = 12
_PART = 2048

_CHANNELS = [name.encode() for name in CHANNELS]
_STATES = [state.name.lower() for state in State]

# Most of what is told of a row others share, so it is put together from JSON that is written already.
_WHOLE = (
    b'{"sentence":%b,"chosen":%b,"grid":{%b,"email":%b,"sms":%b},"barred":{"email":%b,"sms":%b},'
    b'"inputs":%b,"versions":%b}'
)
_INPUTS = (
    b'{"consents":%b,"engaged_at":{"email":%b,"sms":%b},"planned_at":{"email":%b,"sms":%b},%b,'
    b'"occasion_at":%b,"value":%b,%b}'
)


def reasons(
    batch: Batch, made: Decisions, settings: BrandSettings, origins: Sequence[tuple[int, str]]
) -> Iterator[bytes]:
    """The JSON of each row's reasons, in order. ``origins``: each row's version and step."""
    grid = slots(batch.now)
    tables = (pulls(batch, EMAIL, grid, settings), pulls(batch, SMS, grid, settings))
    teller = _Teller(batch.now, grid, settings)
    for start in range(0, len(batch), _PART):
        part = slice(start, start + _PART)
        yield from _part(batch.rows(part), made.rows(part), tables, teller, origins[part])


class _Teller:
    """What many rows share, told once: moments, clocks, windows, versions."""

    def __init__(self, now: int, grid: Slots, settings: BrandSettings) -> None:
        self.now, self.grid, self.settings = now, grid, settings
        self.fingerprint = f"{hash64(settings.model_dump_json()) & 0xFFFFFFFF:08x}"
        self.iso = lru_cache(maxsize=100_000)(self._iso)
        self.clock = lru_cache(maxsize=100_000)(self._clock)
        self._versions: dict[tuple[int, str], bytes] = {}
        self._held: dict[tuple[tuple[int, ...], tuple[str, ...], str, timedelta], dict[str, int]] = {}
        self._shown: dict[timedelta, tuple[list[int], bytes]] = {}

    def _iso(self, second: int) -> bytes:
        """An instant in seconds from now; null for long ago."""
        if second <= LONG_AGO:
            return b"null"
        return f'"{datetime.fromtimestamp(self.now + second, UTC).isoformat()[:19]}Z"'.encode()

    def _clock(self, zone: int, second: int) -> str:
        at = local(zone, datetime.fromtimestamp(self.now + second, UTC))
        place = zone_names()[zone].rsplit("/", 1)[-1].replace("_", " ")
        return f"{clock_words(at)} ({place})"

    def versions(self, origin: tuple[int, str]) -> bytes:
        """By what the decision was made: the rules, the brand's settings, the step of the journey's version."""
        if origin not in self._versions:
            told: dict[str, Any] = {"choose": VERSION, "quiet_hours": QUIET_VERSION, "settings": self.fingerprint}
            told["policy"] = f"{origin[0]}/{origin[1]}"
            self._versions[origin] = orjson.dumps(told)
        return self._versions[origin]

    def held(self, zones: tuple[int, ...], laws: tuple[str, ...], purpose: str, window: timedelta) -> dict[str, int]:
        """How many moments of a window each law bars for a text, and the brand's own hours do, by the law's id."""
        key = (zones, laws, purpose, window)
        if key not in self._held:
            instants = self.now + self.grid[self.grid < max(1, window.total_seconds())].astype(np.int64)
            hours = {law: (LAW_ALONE, (law,)) for law in laws} | {BRAND: (self.settings.quiet, ())}
            opened = {
                name: open_mask("sms", purpose, zones, instants, own, each) for name, (own, each) in hours.items()
            }
            barred = {name: int(np.count_nonzero(~mask)) for name, mask in opened.items()}
            self._held[key] = {name: n for name, n in barred.items() if n}
        return self._held[key]

    def shown(self, window: timedelta) -> tuple[list[int], bytes]:
        """The slots shown of a window, all of a few, else some evenly; and when they are, as JSON."""
        if window not in self._shown:
            inside = max(1, int(np.searchsorted(self.grid, window.total_seconds())))
            chosen = np.unique(np.linspace(0, inside - 1, min(SHOWN, inside)).round().astype(int)).tolist()
            self._shown[window] = (
                chosen,
                b'"from":%b,"after":%b' % (self.iso(0), orjson.dumps(self.grid[chosen].tolist())),
            )
        return self._shown[window]


def _part(
    batch: Batch, made: Decisions, tables: tuple[Pulls, Pulls], teller: _Teller, origins: Sequence[tuple[int, str]]
) -> Iterator[bytes]:
    email, sms = (_Side(batch, made, channel, tables[channel], teller) for channel in (EMAIL, SMS))
    moments = [teller.shown(policy.window)[1] for policy in batch.policies]
    parts = zip(
        _sentences(batch, made, teller, (email.mains, sms.mains)),
        _chosen(made, teller),
        (moments[policy] for policy in batch.policy.tolist()),
        email.cells,
        sms.cells,
        email.barred,
        sms.barred,
        _inputs(batch, teller),
        map(teller.versions, origins),
        strict=True,
    )
    whole = tell_affinity(batch, (_WHOLE % part for part in parts))
    return tell_hours(batch, made, whole, Drawing(tables, teller.grid, teller.settings.spacing))


def _numbers(values: npt.NDArray[np.float64]) -> list[bytes]:
    """Finite numbers as JSON."""
    return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",") if len(values) else []


class _Side:
    """One channel of some rows: the moments shown, how many each rule bars, and the rule that bars most."""

    def __init__(self, batch: Batch, made: Decisions, channel: int, tables: Pulls, teller: _Teller) -> None:
        self._names = [rule.id(channel) for rule in Rule]
        found = explain(batch, channel, teller.grid, tables, made.bar[:, channel], teller.settings)
        numbers = self._count(batch, found, teller.grid)
        # whoever has a moment left is not barred, whatever the number of moments that are
        self.mains = np.where(made.best_slot[:, channel] >= 0, Rule.NONE, numbers.argmax(axis=1)).tolist()
        named = cache(self._named)
        self.barred = [named(tuple(row)) for row in numbers.tolist()]
        self.cells: list[bytes] = [b""] * len(batch)
        for number, policy in enumerate(batch.policies):
            which = np.flatnonzero(batch.policy == number)
            shown = self._shown(found, which, teller.shown(policy.window)[0])
            for row, told in zip(which.tolist(), shown, strict=True):
                self.cells[row] = told

    @staticmethod
    def _count(batch: Batch, found: Grid, grid: Slots) -> npt.NDArray[np.int64]:
        """How many moments inside the step's window each rule bars, shape (n, rules)."""
        windows = np.array([max(1, policy.window.total_seconds()) for policy in batch.policies])[batch.policy]
        inside = grid < windows[:, None]
        counted = [np.count_nonzero((found.rule == rule) & inside, axis=1) for rule in Rule if rule != Rule.NONE]
        return np.stack([np.zeros(len(batch), dtype=np.int64), *counted], axis=1)

    def _named(self, numbers: tuple[int, ...]) -> bytes:
        return orjson.dumps({self._names[rule]: number for rule, number in enumerate(numbers) if number})

    def _shown(self, found: Grid, which: npt.NDArray[np.intp], columns: list[int]) -> Iterator[bytes]:
        """Per row the moments shown, as :mod:`antiphon.decisions.moments` keeps them."""
        rules = found.rule[which][:, columns]
        open_ = rules == Rule.NONE
        written = iter(_numbers(found.score[which][:, columns][open_].astype(np.float64).round(3)))
        written_as = cache(self._pattern)
        for row, number in zip(map(bytes, rules), open_.sum(axis=1).tolist(), strict=True):
            yield written_as(row) % tuple(islice(written, number))

    def _pattern(self, rules: bytes) -> bytes:
        """The moments of a row by the rules that bar them, where scores are to be filled in."""
        return pattern([self._names[rule] if rule else None for rule in rules])


def _sentences(
    batch: Batch, made: Decisions, teller: _Teller, mains: tuple[Sequence[int], Sequence[int]]
) -> Iterator[bytes]:
    @cache
    def told(case: tuple[Any, ...], clock: tuple[int, int] | None, email: int, sms: int) -> bytes:
        policy, channel, *rest = case
        about = Case(batch.policies[policy], channel, *rest)
        return orjson.dumps(sentence(about, teller.clock(*clock) if clock else "", (Rule(email), Rule(sms))))

    # only who is written to later hears of a clock
    later = ((made.channel != NO_CHANNEL) & (made.slot != 0)).tolist()
    clocks = zip(batch.clock.tolist(), made.due.tolist(), strict=True)
    asked = (clock if late else None for clock, late in zip(clocks, later, strict=True))
    return map(told, cases(batch, made), asked, *mains)


def _chosen(made: Decisions, teller: _Teller) -> Iterator[bytes]:
    """Per row what was chosen, with the best of the other channel beside it where there is one."""
    dues, slots_, moments = made.due.tolist(), made.best_slot.tolist(), teller.grid.tolist()
    # what could not be chosen has no finite score, and none is told of it
    best = np.where(np.isfinite(made.best_score), made.best_score, 0).astype(np.float64).round(4)
    scores = [_numbers(best[:, channel].copy()) for channel in (EMAIL, SMS)]
    for row, channel in enumerate(made.channel.tolist()):
        if channel == NO_CHANNEL:
            yield b"null"
            continue
        one, slot = _choice(teller, channel, dues[row], scores[channel][row]), slots_[row][1 - channel]
        if slot >= 0:
            other = _choice(teller, 1 - channel, moments[slot], scores[1 - channel][row])
            one = b'%b,"instead_of":%b}' % (one[:-1], other)
        yield one


def _choice(teller: _Teller, channel: int, second: int, score: bytes) -> bytes:
    return b'{"channel":"%b","at":%b,"score":%b}' % (_CHANNELS[channel], teller.iso(second), score)


def _inputs(batch: Batch, teller: _Teller) -> Iterator[bytes]:
    """Per row what the decision looked at."""

    @cache
    def consents(email: int, sms: int, cart: bool) -> bytes:  # a column's value like the others
        return orjson.dumps({"email": _STATES[email], "sms": _STATES[sms], "cart": cart})

    @cache
    def where(policy: int, place: int) -> bytes:
        zones, laws, about = batch.places[place], batch.laws_at(place), batch.policies[policy]
        held = teller.held(zones, laws, about.purpose, about.window)
        return orjson.dumps({"zones": [zone_names()[zone] for zone in zones], "laws": laws, "held": held})[1:-1]

    purposes = [
        orjson.dumps({"purpose": policy.purpose, "window": format_duration(policy.window)})[1:-1]
        for policy in batch.policies
    ]
    iso = teller.iso
    # of what is planned, what spacing looks at first: the last one ahead, else the newest so far
    planned = np.where(batch.last > LONG_AGO, batch.last, batch.past)
    columns = (*batch.marketing.T, batch.cart, *batch.engaged.T, *planned.T, batch.policy, batch.place[:, SMS])
    rows = zip(*(column.tolist() for column in (*columns, batch.occasion, batch.value)), strict=True)
    for email, sms, cart, email_at, sms_at, email_then, sms_then, policy, place, occasion, value in rows:
        yield _INPUTS % (
            consents(email, sms, cart),
            iso(email_at),
            iso(sms_at),
            iso(email_then),
            iso(sms_then),
            where(policy, place),
            iso(occasion),
            orjson.dumps(round(value, 2)),
            purposes[policy],
        )
