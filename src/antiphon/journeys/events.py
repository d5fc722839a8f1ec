"""Names of events in journeys: one that was never heard of is most often misspelt, and nothing would ever come of it."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from sqlalchemy import Connection

from antiphon.audiences.check import parts
from antiphon.audiences.models import EventCondition
from antiphon.journeys import queries
from antiphon.journeys.check import conditions
from antiphon.journeys.models import Journey
from antiphon.journeys.steps.wait import WaitStep
from antiphon.kit.problems import Problem
from antiphon.people.vocabulary import KNOWN

#: How like a known name another one must be to be taken for a slip of the pen, while nobody knows what the shop sends.
_SLIP = 0.85


def named(journey: Journey) -> Iterator[tuple[str, str]]:
    """Every event that a journey names, by where it stands in the file."""
    if journey.trigger.event is not None:
        yield from (("trigger.event", name) for name in journey.trigger.events)
    yield from ((f"exits.{place}.event", exit_.event) for place, exit_ in enumerate(journey.exits))
    if journey.goal is not None:
        yield "goal.event", journey.goal.event
    for where, condition in conditions(journey):
        yield from ((where, one.event) for one in parts(condition) if isinstance(one, EventCondition))
    for place, step in enumerate(journey.steps):
        if isinstance(step, WaitStep) and step.until is not None:
            yield f"steps.{place}.until.event", step.until.event


def slips(journey: Journey) -> list[Problem]:
    """Names that are all but a known one, for who cannot ask what the shop sends."""
    return [
        Problem(where, f"“{name}” is no event that Antiphon knows.", f"Did you mean “{near}”?", warning=True)
        for where, name in _once(journey, KNOWN)
        if (near := _near(name, KNOWN, _SLIP))
    ]


def unheard(connection: Connection, journey: Journey) -> list[Problem]:
    """Names that nobody knows and that were not seen here. Looks at parts of what came, and only for names beyond the known."""
    if not any(True for _ in _once(journey, KNOWN)):
        return []
    seen = {name for query in queries.EVENT_NAMES for name in connection.execute(query).scalars()}
    heard = KNOWN | seen
    return [
        Problem(where, f"no event “{name}” has been seen here.", _way_out(name, heard), warning=True)
        for where, name in _once(journey, heard)
    ]


def _once(journey: Journey, heard: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each unknown name where it stands first."""
    told: set[str] = set()
    for where, name in named(journey):
        if name not in heard and name not in told:
            told.add(name)
            yield where, name


def _way_out(name: str, heard: Collection[str]) -> str:
    near = _near(name, heard, 0.6)
    return f"Did you mean “{near}”?" if near else "Nothing comes of it before the shop sends one of exactly this name."


def _near(name: str, heard: Collection[str], cutoff: float) -> str | None:
    by_lower = {one.lower(): one for one in sorted(heard)}
    found = get_close_matches(name.lower(), by_lower, 1, cutoff)
    return by_lower[found[0]] if found else None
