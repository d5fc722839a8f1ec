"""The ways through a journey that differ in what is sent: one person goes one of them."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta

from antiphon.journeys.graph import edges
from antiphon.journeys.models import Journey, Step
from antiphon.journeys.needs import Sent, rest_on, sends
from antiphon.journeys.steps.recover import RecoverStep

#: Steps that are looked at; a journey with more ways than that shows those that were found.
_MOST = 20_000
_CHANNELS = ("email", "sms")
#: The ways of those whom a message's first channel does not reach.
_UNREACHED = frozenset({"otherwise", "no text"})

Lane = tuple[Sent, ...]


def lanes(journey: Journey) -> list[Lane]:
    """Few ways that hold every message of the journey between them; each with its soonest times on that way.

    Ways of one channel alone stand for those who have no other; then the longest of what is left.
    """
    every = _ways(journey)
    whole = _whole(every)
    left = {one.step for one in sends(journey)}
    found: list[Lane] = []
    for only in (*_CHANNELS, None):
        while left:
            # a way of one message is most often a longer one that ended early
            alone = [way for way in every if way in whole or len(way) > 1]
            some = whole if only is None else [way for way in alone if all(one.channels == (only,) for one in way)]
            best = max(some, key=lambda way: (len(left & _steps(way)), way in whole), default=())
            if not left & _steps(best):
                break
            found.append(best)
            left -= _steps(best)
            if only is not None:
                break
    return sorted(found, key=lambda way: (-len({channel for one in way for channel in one.channels}), -len(way)))


def _steps(way: Lane) -> frozenset[str]:
    return frozenset(one.step for one in way)


def _whole(ways: Collection[Lane]) -> list[Lane]:
    """Those that are no part of another."""
    return [way for way in ways if not any(_steps(way) < _steps(other) for other in ways)]


def _ways(journey: Journey) -> list[Lane]:
    """All ways to the end, nobody twice at a step; the quickest of those with the same messages."""
    found: dict[tuple[str, ...], Lane] = {}
    for lane in _walks(journey):
        steps = tuple(one.step for one in lane)
        if steps not in found or [one.after for one in lane] < [one.after for one in found[steps]]:
            found[steps] = lane
    return sorted(found.values(), key=len, reverse=True)


def _walks(journey: Journey) -> Iterator[Lane]:
    ways, messages = edges(journey), {one.step: one for one in sends(journey)}
    todo: list[tuple[str, timedelta, frozenset[str], Lane]] = [(journey.steps[0].id, timedelta(), frozenset(), ())]
    for _ in range(_MOST):
        if not todo:
            return
        name, at, seen, lane = todo.pop()
        if not name or name in seen:
            yield lane
            continue
        step = journey.step(name)
        on = {way: _sent_on(way, messages.get(name), step, at) for way in ways[name]}
        if not ways[name]:
            yield lane
        # the first way on top: it is gone first
        todo += [
            (to, at + rest_on(step, way), seen | {name}, lane + on[way]) for way, to in reversed(ways[name].items())
        ]


def _sent_on(way: str, message: Sent | None, step: Step, at: timedelta) -> Lane:
    """What somebody was sent who goes a way; those whom the first channel does not reach have another one or nothing."""
    if message is None:
        return ()
    channels = message.channels[1:] if way in _UNREACHED else message.channels
    late = step.after if isinstance(step, RecoverStep) else timedelta()
    return (replace(message, channels=channels, after=at + late),) if channels else ()
