"""What is certain on the ways through a journey: which channels somebody may still have, how much time has passed at least."""

from collections.abc import Mapping
from datetime import timedelta
from heapq import heappop, heappush

from antiphon.audiences.models import AllCondition, AnyCondition, Condition, ConsentCondition, NotCondition
from antiphon.journeys.models import Journey, Step
from antiphon.journeys.steps.base import END
from antiphon.journeys.steps.branch import BranchStep
from antiphon.journeys.steps.recover import RecoverStep
from antiphon.journeys.steps.wait import WaitStep

CHANNELS = frozenset({"email", "sms"})
#: The ways on which a wait for a sign-up leads.
_SIGNED_UP = {"Email Subscribed": frozenset({"email"}), "SMS Subscribed": frozenset({"sms"})}


def without(condition: Condition, *, holds: bool = True) -> frozenset[str]:
    """The channels on which nobody is subscribed of whom a condition holds, or does not hold."""
    match condition:
        case ConsentCondition(purpose="marketing"):
            subscribed = condition.state == "subscribed" and not condition.double_opt_in
            excluded = condition.state != "subscribed" if holds else subscribed
            return frozenset({condition.channel}) if excluded else frozenset()
        case NotCondition():
            return without(condition.of, holds=not holds)
        case AllCondition() | AnyCondition():
            found = [without(one, holds=holds) for one in condition.of]
            if isinstance(condition, AllCondition) == holds:
                return frozenset().union(*found)
            return frozenset.intersection(*found) if found else frozenset()
        case _:
            return frozenset()


def channels_at(journey: Journey) -> dict[str, frozenset[str]]:
    """For each step the channels on which somebody who comes to it may be subscribed, by the conditions on every way to it.

    A person may subscribe or leave on the way: it is what the ways were made for that counts, not what may become of people
    while they rest.
    """
    first = journey.steps[0].id
    start = CHANNELS - (without(journey.trigger.condition) if journey.trigger.condition is not None else frozenset())
    found = {first: start}
    todo = [first]
    while todo:
        step = journey.step(todo.pop())
        for to, excluded, gained in _ways(step, journey.after(step.id)):
            if to == END:
                continue
            known = found.get(to)
            may = (known or frozenset()) | (found[step.id] - excluded) | gained
            if may != known:
                found[to] = may
                todo.append(to)
    return found


def _ways(step: Step, following: str) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """Where a step leads, the channels that nobody has who goes there, and those that they have come to have meanwhile."""
    none = frozenset[str]()
    if not isinstance(step, BranchStep):
        gained = _SIGNED_UP if isinstance(step, WaitStep) else {}
        return [(to, none, gained.get(way, none)) for way, to in step.leads_to(following).items()]
    ways, passed_over = [], frozenset[str]()
    for path in step.paths:
        ways.append((path.next, passed_over | without(path.condition), none))
        passed_over |= without(path.condition, holds=False)
    return [*ways, (following if step.otherwise is None else step.otherwise, passed_over, none)]


def earliest(journey: Journey) -> Mapping[str, timedelta]:
    """For each step the least time between the occasion and coming to it (Dijkstra); messages may go at once."""
    found: dict[str, timedelta] = {}
    todo = [(timedelta(), journey.steps[0].id)]
    while todo:
        at, name = heappop(todo)
        if name in found:
            continue
        found[name] = at
        step = journey.step(name)
        for way, to in step.leads_to(journey.after(name)).items():
            if to != END and to not in found:
                heappush(todo, (at + _rest(step, way), to))
    return found


def _rest(step: Step, way: str) -> timedelta:
    if isinstance(step, RecoverStep):
        return step.after
    if not isinstance(step, WaitStep):
        return timedelta()
    if step.duration is not None:
        return step.duration
    return step.timeout if step.timeout is not None and way == "timeout" else timedelta()
