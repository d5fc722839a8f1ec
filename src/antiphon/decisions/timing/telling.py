"""What is kept beside a decision of whose hours it was made by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from antiphon.decisions.models import EMAIL, NO_CHANNEL, SMS, Batch, Decisions
from antiphon.decisions.pulls import Pulls
from antiphon.decisions.settings import Spacing
from antiphon.decisions.slots import Slots
from antiphon.decisions.timing.arms import BY_LOT, SHARE, drawn
from antiphon.decisions.timing.curves import HOURS
from antiphon.decisions.timing.lots import chances_on
from antiphon.decisions.timing.models import Arm


@dataclass(frozen=True, slots=True)
class Drawing:
    """What hours were drawn among: the tables of each channel, the moments, the spacing."""

    tables: tuple[Pulls, Pulls]
    grid: Slots
    spacing: Spacing


def tell_answers(found: Mapping[str, Any] | None) -> Iterator[str]:
    """What ``standing`` says of hours by answers, in words and figures."""
    if found is None:
        yield "Hours by answers are not learned yet: that takes 50,000 messages delivered, and people who answered three."
        return
    yield (
        f"Hours by answers, version {found['version']} ({found['fingerprint']}): from {found['answers']:,} answers of "
        f"{found['people']:,} people, once the hours are taken out at which they were written to."
    )
    rhythm = np.array(found["rhythm"])
    best, worst = int(rhythm.argmax()), int(rhythm.argmin())
    yield (
        f"Everybody answers most readily at {best:02d}:00, {rhythm[best]:.1f} times the mean hour, and least at "
        f"{worst:02d}:00, {rhythm[worst]:.1f} times."
    )
    for name, whose in (("own_weight", "Their own rhythm of answers"), ("acts_weight", "What they do besides")):
        weight = found[name]
        low, high = weight["interval"]
        words = f"{whose} weighs {weight['value']:.2f} ({low:.2f} to {high:.2f})"
        yield (
            f"{words}."
            if weight["used"]
            else f"{words}: not shown to tell anything, so that everybody's hours are taken."
        )
    for channel, gain in found["gains"].items():
        yield f"{channel}: {_gain(gain)}"


def _gain(gain: Mapping[str, Any] | None) -> str:
    if gain is None:
        return "too few messages to tell whether hours by answers gain; a tenth is written to at them by lot."
    low, high = gain["interval"]
    words = f"hours by answers gain {gain['share'] * 100:+.2f} points over the brand's ({low * 100:+.2f} to {high * 100:+.2f})"
    return f"{words}; they may be used." if gain["used"] else f"{words}: not shown, so that they are not used."


def _counts(batch: Batch) -> list[bool]:
    """Whether each row has hours of its own and may wait for them."""
    if batch.own is None:
        return [False] * len(batch)
    patient = np.array([not policy.urgent for policy in batch.policies], np.bool_)[batch.policy]
    return list(((batch.own.which >= 0) & patient).tolist())


def drawn_arms(batch: Batch) -> list[int | None]:
    """The arm of each row whose hour was drawn by lot, else None."""
    if batch.own is None:
        return [None] * len(batch)
    arms = zip(_counts(batch), batch.own.arm.tolist(), strict=True)
    return [arm if counts and arm != Arm.REST else None for counts, arm in arms]


def tell_hours(batch: Batch, made: Decisions, whole: Iterator[bytes], drawing: Drawing) -> Iterator[bytes]:
    """The JSON of each row with ``timing``: by whose hours, by which arm, how likely that arm was, by which model.

    Of an hour that was drawn also ``lot``: the hour, the chances of all, and which the brand's and own hours would have taken.
    """
    own = batch.own
    if own is None:
        yield from whole
        return
    lots = dict(_lots(batch, made, drawing))

    @cache
    def told(arm: int, channel: int) -> bytes:
        gains = own.gains[max(channel, EMAIL)]
        rest = Arm.BRAND if not gains else Arm.ANSWERS if own.answers and own.answers[1] else Arm.OWN
        by = rest if arm == Arm.REST else Arm(arm)
        arms = drawn(own.answers)
        propensity = SHARE if arm in arms else 1 - len(arms) * SHARE
        words = {"hours": by.name.lower(), "drawn": arm in arms, "propensity": round(propensity, 2), "model": own.model}
        if by == Arm.ANSWERS and own.answers:
            words["answers"] = own.answers[0]
        return b',"timing":%b}' % orjson.dumps(words)

    rows = zip(whole, _counts(batch), own.arm.tolist(), made.channel.tolist(), strict=True)
    for row, (each, counts, arm, channel) in enumerate(rows):
        if not counts or channel == NO_CHANNEL:
            yield each
            continue
        words = told(arm, channel)
        yield each[:-1] + (words if row not in lots else b'%b,"lot":%b}}' % (words[:-2], orjson.dumps(lots[row])))


def _lots(batch: Batch, made: Decisions, drawing: Drawing) -> Iterator[tuple[int, dict[str, Any]]]:
    """Of rows whose hour was drawn, by the clock of the person: the hour, chances by hour, and what others would have taken."""
    own = batch.own
    if own is None:
        return
    by_lot = np.array(_counts(batch), np.bool_) & np.isin(own.arm, BY_LOT)
    for channel in (EMAIL, SMS):
        rows = np.flatnonzero(by_lot & (made.channel == channel))
        tables = drawing.tables[channel]
        if not len(rows) or tables.cells is None:
            continue
        some = batch.rows(rows)
        found = chances_on(some, channel, drawing.grid, tables, drawing.spacing)
        clock = tables.clock[some.clock]
        cells = tables.cells[clock]
        drawn = cells[np.arange(len(rows)), made.slot[rows]] % HOURS
        chance = np.zeros((len(rows), HOURS))
        np.add.at(chance, (np.arange(len(rows))[:, None], cells % HOURS), found)
        decay = np.where(found > 0, tables.decay[some.policy], -np.inf)
        brand = _best(decay * tables.hours[clock], cells)
        mine = _best(decay * np.take_along_axis(own.factors[own.which[rows]], cells, axis=1), cells)
        for row, hour, each, *instead in zip(rows.tolist(), drawn.tolist(), chance, brand, mine, strict=True):
            told = {str(at): round(float(each[at]), 5) for at in np.flatnonzero(each)}
            yield row, {"hour": hour, "chances": told, "brand": instead[0], "own": instead[1]}


def _best(pull: NDArray[Any], cells: NDArray[np.int64]) -> list[int]:
    """The hour of each row's greatest pull."""
    hours: list[int] = (cells[np.arange(len(pull)), pull.argmax(axis=1)] % HOURS).tolist()
    return hours
