"""A journey in sentences, for pages and the command line."""

from dataclasses import dataclass

from antiphon.audiences.describe import describe as describe_condition
from antiphon.audiences.describe import describe_filter
from antiphon.journeys.matching import match_words
from antiphon.journeys.models import Caps, Exit, Goal, Journey
from antiphon.journeys.steps.message import MessageStep
from antiphon.journeys.trigger import Trigger
from antiphon.kit.durations import duration_words


@dataclass(frozen=True, slots=True)
class Node:
    """A step as a page shows it; ``ways``: name of the way out → step id, '' for the end; ``channels``: on which it writes."""

    id: str
    type: str
    icon: str
    sentence: str
    ways: dict[str, str]
    channels: tuple[str, ...] = ()


def nodes(journey: Journey) -> list[Node]:
    """The steps in the order of the file."""
    return [
        Node(
            step.id, step.type, step.icon, step.describe(), step.leads_to(journey.after(step.id)),
            tuple(step.channels) if isinstance(step, MessageStep) else (),
        )
        for step in journey.steps
    ]  # fmt: skip


def describe_trigger(trigger: Trigger) -> str:
    where = f" where {' and '.join(map(describe_filter, trigger.where))}" if trigger.where else ""
    condition = f", if {describe_condition(trigger.condition)}" if trigger.condition is not None else ""
    return f"Starts {_starts(trigger)}{where}{condition}, at most {duration_words(trigger.max_lateness)} late"


def _starts(trigger: Trigger) -> str:
    if trigger.segment is not None:
        at_first = ", or are in it when the journey goes live" if trigger.enter_members else ""
        return f"when they come into the segment “{trigger.segment}”{at_first}"
    if trigger.date is not None:
        days = f"{duration_words(trigger.date.before)} before" if trigger.date.before else "on"
        return f"{days} the day of the year that `{trigger.date.trait}` says"
    return "on " + " or ".join(f"“{name}”" for name in trigger.events)


def describe_reentry(journey: Journey) -> str:
    match journey.reentry.mode:
        case "once":
            return "Each person once"
        case "each_key":
            return f"Once for each {journey.trigger.run_key}"
        case _:
            assert journey.reentry.gap is not None
            return f"Again after {duration_words(journey.reentry.gap)}"


def describe_goal(goal: Goal) -> str:
    where = f" where {' and '.join(map(describe_filter, goal.where))}" if goal.where else ""
    ends = ", which ends the run" if goal.exit else ""
    within = duration_words(goal.within)
    return f"“{goal.event}”{match_words(goal.match)}{where} within {within} of entering{ends}"


def describe_caps(caps: Caps) -> str:
    n = "One message" if caps.messages == 1 else f"{caps.messages} messages"
    return f"{n} of this journey to one person in {duration_words(caps.per)} at most"


def describe_exit(exit_: Exit) -> str:
    where = f" where {' and '.join(map(describe_filter, exit_.where))}" if exit_.where else ""
    return f"Ends on “{exit_.event}”{match_words(exit_.match)}{where}"
