"""Checks of a whole journey, beyond what each part checks of itself."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from antiphon.audiences.check import ConditionError, check_segments_exist, foregone
from antiphon.audiences.models import Condition
from antiphon.content.blocks import walk
from antiphon.content.check import check_content, check_template
from antiphon.content.models import MessageContent
from antiphon.journeys.abandonment import KINDS
from antiphon.journeys.graph import edges, on_cycles, reachable
from antiphon.journeys.models import Journey, Step
from antiphon.journeys.outline import whole
from antiphon.journeys.segments.ready import ready
from antiphon.journeys.steps.base import END
from antiphon.journeys.steps.branch import BranchStep
from antiphon.journeys.steps.call import CallStep
from antiphon.journeys.steps.messaging import MessagingStep
from antiphon.journeys.ways import channels_at, earliest
from antiphon.kit.durations import duration_words
from antiphon.kit.problems import Problem

#: What a purchase is called.
ORDERED = "Order Completed"
_CHANNELS = {"email": "emails", "sms": "texts"}
_CARRIERS = timedelta(hours=48)
#: What the abandonment watch calls what it derives.
ABANDONED = frozenset(KINDS.values())


def check(journey: Journey) -> list[Problem]:
    """Everything that is wrong with a journey whose parts are each valid; empty when it can run."""
    each = [*_foregone(journey), *_content(journey), *_bodies(journey), *_disguised(journey), *_bought(journey)]
    if lost := _ids(journey) or _unknown(journey):
        return [*lost, *each]  # where nobody knows which way leads where, what is said of ways would only repeat it
    return [
        *_unreachable(journey),
        *_spinning(journey),
        *_endless(journey),
        *each,
        *_deaf(journey),
        *_late(journey),
    ]


def check_parts(document: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the steps that are whole, of a file in which something else does not fit."""
    raws = document.get("steps")
    raws = raws if isinstance(raws, list) else []
    ids = [str(raw.get("id", "")) if isinstance(raw, Mapping) else "" for raw in raws]
    steps = [(place, step) for place, raw in enumerate(raws) if (step := whole(raw)) is not None]
    ways = ((place, step.id, step.leads_to(next(filter(None, ids[place + 1 :]), END))) for place, step in steps)
    return [*_lost(ways, ids), *_wordings(steps), *_callings(steps)]


def conditions(journey: Journey) -> Iterator[tuple[str, Condition]]:
    """Every condition of a journey, by where it stands in the file."""
    if journey.trigger.condition is not None:
        yield "trigger.if", journey.trigger.condition
    for place, step in enumerate(journey.steps):
        if isinstance(step, BranchStep):
            for number, path in enumerate(step.paths):
                yield f"steps.{place}.paths.{number}.if", path.condition
        elif isinstance(step, MessagingStep) and step.content.email is not None:
            for block in walk(step.content.email.blocks or ()):
                if block.when is not None:
                    yield f"steps.{place}.content.email", block.when


def check_segments(journey: Journey, known: Collection[str]) -> list[Problem]:
    """Segments that a condition names and that there are not; ``known``: the names of those that there are."""
    problems = []
    if (named := journey.trigger.segment) is not None and named not in known:
        near = get_close_matches(named, known, 1, cutoff=0.5)
        if named in ready():
            hint = f"It is ready to switch on: `antiphon segments ready {named} --on`."
        else:
            hint = f"Did you mean `{near[0]}`?" if near else "Define it first: `antiphon segments apply`."
        problems.append(Problem("trigger.segment", f"there is no segment `{named}`.", hint))
    for where, condition in conditions(journey):
        try:
            check_segments_exist(condition, known)
        except ConditionError as error:
            problems.append(Problem(where, error.what, error.hint))
    return problems


def _ids(journey: Journey) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for place, step in enumerate(journey.steps):
        if step.id in seen:
            what = f"two steps are called `{step.id}`."
            problems.append(Problem(f"steps.{place}.id", what, "Give each step an id of its own."))
        seen.add(step.id)
    return problems


def _unknown(journey: Journey) -> list[Problem]:
    ways = ((place, step.id, step.leads_to(journey.after(step.id))) for place, step in enumerate(journey.steps))
    return _lost(ways, [step.id for step in journey.steps])


def _lost(ways: Iterable[tuple[int, str, Mapping[str, str]]], ids: list[str]) -> list[Problem]:
    """Ways that lead nowhere; ``ways``: place and id of each step, with where it leads."""
    problems = []
    for place, step, out in ways:
        for way, to in out.items():
            if to != END and to not in ids:
                near = get_close_matches(to, ids, 1, cutoff=0.5)
                hint = f"Did you mean `{near[0]}`?" if near else f"The steps are {', '.join(ids)}."
                problems.append(
                    Problem(f"steps.{place}", f"step `{step}` leads ({way}) to `{to}`, which does not exist.", hint)
                )
            elif to == step:
                problems.append(
                    Problem(f"steps.{place}", f"step `{step}` leads ({way}) to itself.", "Lead it to another step.")
                )
    return problems


def _content(journey: Journey) -> list[Problem]:
    return _wordings(enumerate(journey.steps))


def _wordings(steps: Iterable[tuple[int, Step]]) -> list[Problem]:
    """Templates that cannot be compiled or name what does not exist, before anybody comes to them."""
    return [
        Problem(
            f"steps.{place}.content.{flaw.part}", f"step `{step.id}`: {flaw.what}", flaw.hint, warning=flaw.doubtful
        )
        for place, step in steps
        if isinstance(content := getattr(step, "content", None), MessageContent)
        for flaw in check_content(content)
    ]


def _bodies(journey: Journey) -> list[Problem]:
    return _callings(enumerate(journey.steps))


def _callings(steps: Iterable[tuple[int, Step]]) -> list[Problem]:
    """The same of what calls say."""
    return [
        Problem(f"steps.{place}.body.{name}", f"step `{step.id}`: {flaw.what}", flaw.hint, warning=flaw.doubtful)
        for place, step in steps
        if isinstance(step, CallStep)
        for name, source in (step.body or {}).items()
        for flaw in check_template(name, source, f"body’s {name}")
    ]


def _unreachable(journey: Journey) -> list[Problem]:
    seen = reachable(journey)
    return [
        Problem(
            f"steps.{place}",
            f"nobody can come to step `{step.id}`.",
            "Lead another step to it, or take it out.",
        )
        for place, step in enumerate(journey.steps)
        if step.id not in seen
    ]


def _spinning(journey: Journey) -> list[Problem]:
    spinning = on_cycles(journey, through_rest=False)
    if not spinning:
        return []
    ring = [step.id for step in journey.steps if step.id in spinning]
    place = next(i for i, step in enumerate(journey.steps) if step.id == ring[0])
    return [
        Problem(
            f"steps.{place}",
            f"the steps {', '.join(f'`{one}`' for one in ring)} go round without a wait: a run would spin for ever.",
            "Put a `wait` of some time on the way round.",
        )
    ]


def _foregone(journey: Journey) -> list[Problem]:
    """Conditions that say the same of everybody, such as that of a branch as it is put onto the canvas."""
    problems = []
    if journey.trigger.condition is not None and foregone(journey.trigger.condition) is False:
        what = "nobody enters: by its condition as it is written nobody may."
        problems.append(Problem("trigger.if", what, "Say who may enter, or take `if` out.", warning=True))
    for place, step in enumerate(journey.steps):
        for number, path in enumerate(step.paths if isinstance(step, BranchStep) else ()):
            comes = foregone(path.condition)
            if comes is not None:
                who = "everybody who comes so far" if number and comes else "everybody" if comes else "nobody"
                what = f"step `{step.id}`: {who} goes “{path.label}”, by its condition as it is written."
                hint = "Say who goes this way, or take the way out."
                problems.append(Problem(f"steps.{place}.paths.{number}.if", what, hint, warning=True))
    return problems


def _endless(journey: Journey) -> list[Problem]:
    """Steps from which no way leads to the end: a run there ends only by an exit."""
    ways = edges(journey)
    ending = {step for step, out in ways.items() if END in out.values() or not out}
    while more := {step for step, out in ways.items() if step not in ending and ending & set(out.values())}:
        ending |= more
    stuck = [step.id for step in journey.steps if step.id not in ending]
    if not stuck:
        return []
    place = next(i for i, step in enumerate(journey.steps) if step.id == stuck[0])
    what = f"from the steps {', '.join(f'`{one}`' for one in stuck)} no way leads to the end."
    hint = "Lead one of them to the end (`next: ''`), or to an `exit` step."
    if journey.endings:
        return [Problem(f"steps.{place}", f"{what} Only an exit of the journey ends such a run.", hint, warning=True)]
    return [Problem(f"steps.{place}", what, hint)]


def _deaf(journey: Journey) -> list[Problem]:
    """Messages to people who, by the conditions on every way to them, have not subscribed to their channels."""
    may = channels_at(journey)
    problems = []
    for place, step in enumerate(journey.steps):
        policy = step.policy() if isinstance(step, MessagingStep) and step.id in may else None
        if policy is None or policy.purpose == "transactional":
            continue
        gone = [channel for channel in policy.channels if channel not in may[step.id]]
        if gone:
            names = " nor to ".join(_CHANNELS[channel] for channel in gone)
            all_gone = len(gone) == len(policy.channels)
            problems.append(
                Problem(
                    f"steps.{place}",
                    f"step `{step.id}`: who comes here has not subscribed to {names}, by the conditions on the way.",
                    "Lead others to it, or take the channel out." if not all_gone else "Nobody would get it.",
                    warning=not all_gone,
                )
            )
    return problems


def _late(journey: Journey) -> list[Problem]:
    """Texts about an abandonment that come later than carriers allow, whatever way leads to them."""
    first = earliest(journey)
    problems = []
    for place, step in enumerate(journey.steps):
        policy = step.policy() if isinstance(step, MessagingStep) and step.id in first else None
        if policy is None or not policy.abandonment or "sms" not in policy.channels or first[step.id] < _CARRIERS:
            continue
        problems.append(
            Problem(
                f"steps.{place}",
                f"step `{step.id}`: a text about an abandonment may go out within 48 hours of it, and nobody comes here "
                f"before {duration_words(first[step.id])} have passed.",
                "Shorten the waits before it, or write by email.",
                warning=len(policy.channels) > 1,
            )
        )
    return problems


def _disguised(journey: Journey) -> list[Problem]:
    """Texts about an abandonment under another purpose: dispatch holds them, because the carriers' rules were not applied."""
    if ABANDONED.isdisjoint(journey.trigger.events):
        return []
    texts = ((place, step) for place, step in enumerate(journey.steps) if isinstance(step, MessagingStep))
    return [
        Problem(
            f"steps.{place}.purpose",
            f"step `{step.id}`: what texts in a journey of abandonments is a reminder of a cart, and this one would be held.",
            "Say `purpose: cart`, or let another journey write it (`enter`).",
            warning=True,
        )
        for place, step in texts
        if "sms" in step.policy().channels and not step.policy().abandonment
    ]


def _bought(journey: Journey) -> list[Problem]:
    """Reminders of a cart that a purchase does not end."""
    reminds = any(isinstance(step, MessagingStep) and step.policy().abandonment for step in journey.steps)
    if not reminds or any(one.event == ORDERED for one in journey.endings):
        return []
    what = "it reminds people of what they left, and an order does not end it."
    return [Problem("exits", what, "Add `exits: [{event: Order Completed}]`.", warning=True)]
