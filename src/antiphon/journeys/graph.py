"""The shape of a journey: what can be reached, and what goes round."""

from antiphon.journeys.models import Journey
from antiphon.journeys.steps.base import END


def edges(journey: Journey) -> dict[str, dict[str, str]]:
    """For each step its ways out: name of the way → step."""
    return {step.id: step.leads_to(journey.after(step.id)) for step in journey.steps}


def reachable(journey: Journey) -> set[str]:
    """The steps that somebody can come to from the first one."""
    ways, seen, todo = edges(journey), set[str](), [journey.steps[0].id]
    while todo:
        step = todo.pop()
        if step in seen or step not in ways:
            continue
        seen.add(step)
        todo += [to for to in ways[step].values() if to != END]
    return seen


def on_cycles(journey: Journey, *, through_rest: bool = True) -> frozenset[str]:
    """The steps that can be come to again from themselves; without ``through_rest`` only ways on which nobody rests."""
    ways = edges(journey)
    if not through_rest:
        resting = {step.id for step in journey.steps if step.takes_time()}
        ways = {step: out for step, out in ways.items() if step not in resting}
    found = set()
    for start in ways:
        seen, todo = set[str](), list(ways[start].values())
        while todo:
            step = todo.pop()
            if step == start:
                found.add(start)
                break
            if step in ways and step not in seen:
                seen.add(step)
                todo += ways[step].values()
    return frozenset(found)
