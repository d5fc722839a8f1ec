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
from antiphon.decisions.words import clock_words, sentence
from antiphon.kit.buckets import hash64
from antiphon.kit.durations import format_duration
from antiphon.kit.zones import local, zone_names
from antiphon.rules.quiet import VERSION as QUIET_VERSION

#: Moments shown of each channel; all of them are counted.
SHOWN = 16
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
        self._shown: dict[timedelta, tuple[list[int], orjson.Fragment]] = {}

    def _iso(self, second: int) -> str | None:
        """An instant in seconds from now; None for long ago."""
        if second <= LONG_AGO:
            return None
        return f"{datetime.fromtimestamp(self.now + second, UTC):%Y-%m-%dT%H:%M:%SZ}"

    def _clock(self, zone: int, second: int) -> str:
        at = local(zone, datetime.fromtimestamp(self.now + second, UTC))
        place = zone_names()[zone].rsplit("/", 1)[-1].replace("_", " ")
        return f"{clock_words(at)} ({place})"

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
    for row in range(len(batch)):
        mains = (sides[EMAIL].mains[row], sides[SMS].mains[row])
        told = {
            "sentence": _sentence(batch, made, row, teller, mains),
            "chosen": _chosen(made, row, teller),
            "grid": {
                "slots": moments[batch.policy[row]],
                **{CHANNELS[n]: side.cells[row] for n, side in enumerate(sides)},
            },
            "barred": {CHANNELS[n]: side.barred[row] for n, side in enumerate(sides)},
            "inputs": _inputs(batch, row, teller),
            "versions": {
                "choose": VERSION,
                "quiet_hours": QUIET_VERSION,
                "settings": teller.fingerprint,
                "policy": f"{origins[row][0]}/{origins[row][1]}",
            },
        }
        yield orjson.dumps(told)


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

    def _shown(self, found: Grid, which: npt.NDArray[np.intp], columns: list[int]) -> Iterator[list[list[Any]]]:
        """Per row the moments shown: [score, null] or [null, rule]."""
        rules = found.rule[which][:, columns]
        scores = np.where(rules == Rule.NONE, found.score[which][:, columns], 0).astype(np.float64).round(3)
        barred = [[None, name] for name in self._names]
        for score_row, rule_row in zip(scores.tolist(), rules.tolist(), strict=True):
            yield [barred[rule] if rule else [score, None] for score, rule in zip(score_row, rule_row, strict=True)]


def _sentence(batch: Batch, made: Decisions, row: int, teller: _Teller, mains: tuple[Rule, Rule]) -> str:
    return sentence(batch, made, row, teller.clock(int(batch.clock[row]), int(made.due[row])), mains)


def _chosen(made: Decisions, row: int, teller: _Teller) -> dict[str, Any] | None:
    """What was chosen, with the best of the other channel beside it where there is one."""
    channel = int(made.channel[row])
    if channel == NO_CHANNEL:
        return None
    told: dict[str, Any] = {
        "channel": CHANNELS[channel],
        "at": teller.iso(int(made.due[row])),
        "score": round(float(made.score[row]), 4),
    }
    slot = int(made.best_slot[row, 1 - channel])
    if slot >= 0:
        told["instead_of"] = {
            "channel": CHANNELS[1 - channel],
            "at": teller.iso(int(teller.grid[slot])),
            "score": round(float(made.best_score[row, 1 - channel]), 4),
        }
    return told


def _inputs(batch: Batch, row: int, teller: _Teller) -> dict[str, Any]:
    policy = batch.policies[batch.policy[row]]
    names = zone_names()
    return {
        "consents": {
            "email": _STATES[batch.marketing[row, EMAIL]],
            "sms": _STATES[batch.marketing[row, SMS]],
            "cart": bool(batch.cart[row]),
        },
        "engaged_at": {name: teller.iso(int(batch.engaged[row, n])) for n, name in enumerate(CHANNELS)},
        "planned_at": {name: teller.iso(_nearest(batch, row, n)) for n, name in enumerate(CHANNELS)},
        "zones": [names[zone] for zone in batch.places[batch.place[row, SMS]]],
        "occasion_at": teller.iso(int(batch.occasion[row])),
        "value": round(float(batch.value[row]), 2),
        "purpose": policy.purpose,
        "window": format_duration(policy.window),
    }


def _nearest(batch: Batch, row: int, channel: int) -> int:
    """The message of a channel that spacing looks at first: the newest planned ahead, else the newest so far."""
    ahead = int(batch.last[row, channel])
    return ahead if ahead > LONG_AGO else int(batch.past[row, channel])
