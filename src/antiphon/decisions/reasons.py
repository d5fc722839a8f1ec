"""What is kept beside each decision: a sentence, the grid of moments, what barred what, the inputs, the versions.

Kept as it was looked at, because asking again later would be answered from later events. Under 2 kB a decision.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

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
from antiphon.decisions.pulls import Pulls, pulls
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import Slots, slots
from antiphon.decisions.words import cases, clock_words, sentence
from antiphon.kit.buckets import hash64
from antiphon.kit.durations import format_duration
from antiphon.kit.zones import local, zone_names
from antiphon.rules.laws.naming import BRAND
from antiphon.rules.quiet import LAW_ALONE, open_mask
from antiphon.rules.quiet import VERSION as QUIET_VERSION

#: Moments shown of each channel; all of them are counted.
SHOWN = 12
_PART = 2048

_STATES = [state.name.lower() for state in State]


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
        self._versions: dict[tuple[int, str], orjson.Fragment] = {}
        self._zones: dict[tuple[int, ...], orjson.Fragment] = {}
        self._held: dict[tuple[tuple[int, ...], tuple[str, ...], str, timedelta], orjson.Fragment] = {}
        self._shown: dict[timedelta, tuple[list[int], orjson.Fragment]] = {}

    def _iso(self, second: int) -> str | None:
        """An instant in seconds from now; None for long ago."""
        if second <= LONG_AGO:
            return None
        return datetime.fromtimestamp(self.now + second, UTC).isoformat()[:19] + "Z"

    def _clock(self, zone: int, second: int) -> str:
        at = local(zone, datetime.fromtimestamp(self.now + second, UTC))
        place = zone_names()[zone].rsplit("/", 1)[-1].replace("_", " ")
        return f"{clock_words(at)} ({place})"

    def versions(self, origin: tuple[int, str]) -> orjson.Fragment:
        """By what the decision was made: the rules, the brand's settings, the step of the journey's version."""
        if origin not in self._versions:
            told: dict[str, Any] = {"choose": VERSION, "quiet_hours": QUIET_VERSION, "settings": self.fingerprint}
            told["policy"] = f"{origin[0]}/{origin[1]}"
            self._versions[origin] = orjson.Fragment(orjson.dumps(told))
        return self._versions[origin]

    def zones(self, place: tuple[int, ...]) -> orjson.Fragment:
        """The names of a set of zones."""
        if place not in self._zones:
            self._zones[place] = orjson.Fragment(orjson.dumps([zone_names()[zone] for zone in place]))
        return self._zones[place]

    def held(self, zones: tuple[int, ...], laws: tuple[str, ...], purpose: str, window: timedelta) -> orjson.Fragment:
        """How many moments of a window each law bars for a text, and the brand's own hours do, by the law's id."""
        key = (zones, laws, purpose, window)
        if key not in self._held:
            instants = self.now + self.grid[self.grid < max(1, window.total_seconds())].astype(np.int64)
            hours = {law: (LAW_ALONE, (law,)) for law in laws} | {BRAND: (self.settings.quiet, ())}
            opened = {
                name: open_mask("sms", purpose, zones, instants, own, each) for name, (own, each) in hours.items()
            }
            barred = {name: int(np.count_nonzero(~mask)) for name, mask in opened.items()}
            self._held[key] = orjson.Fragment(orjson.dumps({name: n for name, n in barred.items() if n}))
        return self._held[key]

    def shown(self, window: timedelta) -> tuple[list[int], orjson.Fragment]:
        """The slots shown of a window, and their instants as JSON: all of a few, else some evenly."""
        if window not in self._shown:
            inside = max(1, int(np.searchsorted(self.grid, window.total_seconds())))
            chosen = np.unique(np.linspace(0, inside - 1, min(SHOWN, inside)).round().astype(int)).tolist()
            written = orjson.dumps([self.iso(int(self.grid[slot])) for slot in chosen])
            self._shown[window] = (chosen, orjson.Fragment(written))
        return self._shown[window]


def _part(
    batch: Batch, made: Decisions, tables: tuple[Pulls, Pulls], teller: _Teller, origins: Sequence[tuple[int, str]]
) -> Iterator[bytes]:
    sides = [_Side(batch, made, channel, tables[channel], teller) for channel in (EMAIL, SMS)]
    moments = [teller.shown(policy.window)[1] for policy in batch.policies]
    inputs = _inputs(batch, teller)
    chosen = _chosen(made, teller)
    sentences = _sentences(batch, made, teller, (sides[EMAIL].mains, sides[SMS].mains))
    for row, policy in enumerate(batch.policy.tolist()):
        yield orjson.dumps(
            {
                "sentence": sentences[row],
                "chosen": chosen[row],
                "grid": {"slots": moments[policy], "email": sides[EMAIL].cells[row], "sms": sides[SMS].cells[row]},
                "barred": {"email": sides[EMAIL].barred[row], "sms": sides[SMS].barred[row]},
                "inputs": inputs[row],
                "versions": teller.versions(origins[row]),
            }
        )


class _Side:
    """One channel of some rows: the moments shown, how many each rule bars, and the rule that bars most."""

    def __init__(self, batch: Batch, made: Decisions, channel: int, tables: Pulls, teller: _Teller) -> None:
        self._names = [rule.id(channel) for rule in Rule]
        found = explain(batch, channel, teller.grid, tables, made.bar[:, channel], teller.settings)
        numbers = self._numbers(batch, found, teller.grid)
        # whoever has a moment left is not barred, whatever the number of moments that are
        mains = np.where(made.best_slot[:, channel] >= 0, Rule.NONE, numbers.argmax(axis=1))
        self.mains = [Rule(number) for number in mains.tolist()]
        self._counted: dict[tuple[int, ...], orjson.Fragment] = {}
        self.barred = [self._count(tuple(row)) for row in numbers.tolist()]
        self.cells: list[Any] = [None] * len(batch)
        for number, policy in enumerate(batch.policies):
            which = np.flatnonzero(batch.policy == number)
            for row, told in zip(
                which.tolist(), self._shown(found, which, teller.shown(policy.window)[0]), strict=True
            ):
                self.cells[row] = told

    @staticmethod
    def _numbers(batch: Batch, found: Grid, grid: Slots) -> npt.NDArray[np.int64]:
        """How many moments inside the step's window each rule bars, shape (n, rules)."""
        windows = np.array([max(1, policy.window.total_seconds()) for policy in batch.policies])[batch.policy]
        inside = grid < windows[:, None]
        counted = [np.count_nonzero((found.rule == rule) & inside, axis=1) for rule in Rule if rule != Rule.NONE]
        return np.stack([np.zeros(len(batch), dtype=np.int64), *counted], axis=1)

    def _count(self, numbers: tuple[int, ...]) -> orjson.Fragment:
        if numbers not in self._counted:
            named = {self._names[rule]: number for rule, number in enumerate(numbers) if number}
            self._counted[numbers] = orjson.Fragment(orjson.dumps(named))
        return self._counted[numbers]

    def _shown(self, found: Grid, which: npt.NDArray[np.intp], columns: list[int]) -> Iterator[Any]:
        """Per row the moments shown: [score, null] or [null, rule]."""
        rules = found.rule[which][:, columns]
        scores = np.where(rules == Rule.NONE, found.score[which][:, columns], 0).astype(np.float64).round(3)
        barred = [[None, name] for name in self._names]
        wholly = (rules[:, :1] == rules).all(axis=1) & (rules[:, 0] != Rule.NONE)
        fragments = [orjson.Fragment(orjson.dumps([cell] * len(columns))) for cell in barred]
        for whole, score_row, rule_row in zip(wholly.tolist(), scores.tolist(), rules.tolist(), strict=True):
            if whole:
                yield fragments[rule_row[0]]
            else:
                yield [barred[rule] if rule else (score, None) for score, rule in zip(score_row, rule_row, strict=True)]


def _sentences(batch: Batch, made: Decisions, teller: _Teller, mains: tuple[list[Rule], list[Rule]]) -> list[str]:
    dues = zip(batch.clock.tolist(), made.due.tolist(), strict=True)
    return [
        sentence(case, teller.clock(*due), both)
        for case, due, both in zip(cases(batch, made), dues, zip(*mains, strict=True), strict=True)
    ]


def _chosen(made: Decisions, teller: _Teller) -> list[dict[str, Any] | None]:
    """Per row what was chosen, with the best of the other channel beside it where there is one."""
    dues, slots_, scores = made.due.tolist(), made.best_slot.tolist(), made.best_score.tolist()
    moments = teller.grid.tolist()
    told: list[dict[str, Any] | None] = []
    for row, channel in enumerate(made.channel.tolist()):
        if channel == NO_CHANNEL:
            told.append(None)
            continue
        one = {"channel": CHANNELS[channel], "at": teller.iso(dues[row]), "score": round(scores[row][channel], 4)}
        slot = slots_[row][1 - channel]
        if slot >= 0:
            other, score = CHANNELS[1 - channel], round(scores[row][1 - channel], 4)
            one["instead_of"] = {"channel": other, "at": teller.iso(moments[slot]), "score": score}
        told.append(one)
    return told


def _inputs(batch: Batch, teller: _Teller) -> list[dict[str, Any]]:
    """Per row what the decision looked at."""
    consents = zip(batch.marketing.tolist(), batch.cart.tolist(), strict=True)
    engaged, occasions, values = batch.engaged.tolist(), batch.occasion.tolist(), batch.value.tolist()
    # of what is planned, what spacing looks at first: the last one ahead, else the newest so far
    planned = np.where(batch.last > LONG_AGO, batch.last, batch.past).tolist()
    places = [teller.zones(place) for place in batch.places]
    windows = [format_duration(policy.window) for policy in batch.policies]
    keys = zip(batch.policy.tolist(), batch.place[:, SMS].tolist(), consents, strict=True)
    return [
        {
            "consents": {"email": _STATES[marketing[EMAIL]], "sms": _STATES[marketing[SMS]], "cart": cart},
            "engaged_at": {"email": teller.iso(engaged[row][EMAIL]), "sms": teller.iso(engaged[row][SMS])},
            "planned_at": {"email": teller.iso(planned[row][EMAIL]), "sms": teller.iso(planned[row][SMS])},
            "zones": places[place],
            "laws": batch.laws_at(place),
            "held": teller.held(
                batch.places[place], batch.laws_at(place), batch.policies[policy].purpose, batch.policies[policy].window
            ),
            "occasion_at": teller.iso(occasions[row]),
            "value": round(values[row], 2),
            "purpose": batch.policies[policy].purpose,
            "window": windows[policy],
        }
        for row, (policy, place, (marketing, cart)) in enumerate(keys)
    ]
