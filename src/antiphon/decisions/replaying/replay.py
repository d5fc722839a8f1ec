"""Deciding once more from the inputs that were kept: pure, on a batch of one, by the program as it is now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import isclose
from typing import Any

import orjson

from antiphon.decisions.choose import choose
from antiphon.decisions.models import CHANNELS, NO_CHANNEL, Batch, Decisions
from antiphon.decisions.moments import grid_of
from antiphon.decisions.reasons import reasons
from antiphon.decisions.replaying.inputs import Given, Part, UnreadableInputsError, program, read

#: What of the reasons is the answer.
_ANSWER = ("chosen", "barred", "timing", "affinity")

#: Scores are kept with three decimals, and another machine's last bit may round the other way.
_RELATIVE, _ABSOLUTE = 1e-3, 1.5e-3


class Outcome(StrEnum):
    """What came of deciding once more."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_KEPT = "not kept"  # the decision is older than the keeping of inputs
    UNREADABLE = "unreadable"  # by this version of the program


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision as it is kept; ``inputs`` None where it is older than their keeping."""

    at: datetime
    decided_at: datetime
    version: int
    step: str
    channel: str | None
    due_at: datetime | None
    reasons: Mapping[str, Any]
    inputs: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a decision and its replay part: a path such as ``grid.sms[3]``, and both values."""

    what: str
    kept: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Replayed:
    """``problem``: why there is no replay. ``program``: by what it was decided; ``changed``: what of that is another now."""

    outcome: Outcome
    differences: Sequence[Difference] = ()
    problem: str = ""
    program: Mapping[str, str] | None = None
    changed: Mapping[str, tuple[str, str]] | None = None


def replay(stored: Stored, parts: Mapping[int, Part]) -> Replayed:
    """Decide once more and compare channel, moment, scores and bars. ``parts`` by fingerprint, as the inputs name them."""
    if stored.inputs is None:
        return Replayed(Outcome.NOT_KEPT, problem="it was decided before inputs were kept")
    try:
        given = read(stored.inputs, parts, int(stored.decided_at.timestamp()))
    except UnreadableInputsError as error:
        return Replayed(Outcome.UNREADABLE, problem=str(error))
    made, again = decide_again(given, (stored.version, stored.step))
    found = [*_outcomes(stored, given.batch, made), *differences(_compared(stored.reasons), _compared(again))]
    ours = program()
    changed = {
        name: (given.program.get(name, "–"), ours.get(name, "–"))
        for name in {**given.program, **ours}
        if given.program.get(name) != ours.get(name)
    }
    return Replayed(
        Outcome.DIFFERENT if found else Outcome.SAME,
        found,
        program=given.program,
        changed=changed,
    )


def decide_again(given: Given, origin: tuple[int, str]) -> tuple[Decisions, Mapping[str, Any]]:
    """What is decided of inputs now, and its reasons."""
    made = choose(given.batch, given.settings)
    (why,) = reasons(given.batch, made, given.settings, [origin])
    found: Mapping[str, Any] = orjson.loads(why)
    return made, found


def _outcomes(stored: Stored, batch: Batch, made: Decisions) -> Iterator[Difference]:
    channel = int(made.channel[0])
    name = None if channel == NO_CHANNEL else CHANNELS[channel]
    if name != stored.channel:
        yield Difference("channel", stored.channel, name)
    elif name is not None:
        due = datetime.fromtimestamp(batch.now + int(made.due[0]), UTC)
        # what goes at once is due when it was decided, or when the person came to the step
        fits = {stored.decided_at, stored.at} if made.slot[0] == 0 else {due}
        if stored.due_at not in fits:
            yield Difference("moment", stored.due_at, due)


def _compared(why: Mapping[str, Any]) -> dict[str, Any]:
    """The answer alone: not what was told of other messages of the person, nor of versions, which are told of apart."""
    return {name: why.get(name) for name in _ANSWER} | {"grid": grid_of(why)}


def differences(kept: Any, now: Any, path: str = "") -> Iterator[Difference]:
    """Where two JSON values differ; numbers may by what rounding makes of them."""
    if isinstance(kept, Mapping) and isinstance(now, Mapping):
        for name in {**kept, **now}:
            yield from differences(kept.get(name), now.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for place, (one, other) in enumerate(zip(kept, now, strict=True)):
            yield from differences(one, other, f"{path}[{place}]")
    elif not _alike(kept, now):
        yield Difference(path, kept, now)


def _alike(kept: Any, now: Any) -> bool:
    if isinstance(kept, int | float) and isinstance(now, int | float):
        return isclose(kept, now, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return bool(kept == now)
