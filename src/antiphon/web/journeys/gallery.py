"""The gallery of playbooks: what each does, what it needs, what it would send; switched on, or opened on the canvas."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.journeys.describe import describe_trigger
from antiphon.journeys.lanes import Lane, lanes
from antiphon.journeys.models import Journey
from antiphon.journeys.needs import Needs, Sent, needs
from antiphon.journeys.outline import read
from antiphon.journeys.playbooks import playbooks
from antiphon.kit.durations import duration_words
from antiphon.kit.errors import NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.journeys import queries
from antiphon.web.journeys.edit import begin
from antiphon.web.journeys.reach import Has, KeptReach, Need, weigh
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/journeys/playbooks")

_kept = KeptReach()


@dataclass(frozen=True, slots=True)
class Known:
    """What a playbook says of itself."""

    journey: Journey
    trigger: str
    needs: Needs
    ways: tuple["Way", ...]  # one person goes one of them


@dataclass(frozen=True, slots=True)
class Way:
    """What one person may be sent, by the soonest time in words."""

    sends: tuple[tuple[str, tuple[Sent, ...]], ...]

    @property
    def channels(self) -> list[str]:
        return list(dict.fromkeys(channel for _, sent in self.sends for one in sent for channel in one.channels))


@dataclass(frozen=True, slots=True)
class Card:
    """``state`` of the journey of its name, '' where there is none."""

    name: str
    known: Known
    needs: list[Need]
    state: str

    @property
    def missing(self) -> list[str]:
        """What it cannot do without."""
        return [need.words for need in self.needs if not need.ok and not need.optional]

    @property
    def sandbox(self) -> list[str]:
        """What is there for a rehearsal alone."""
        return [need.words for need in self.needs if need.sandbox]


@router.get("")
def gallery(request: Request, viewer: SignedInViewer) -> Response:
    return _gallery(request, viewer)


def _gallery(request: Request, viewer: Viewer, *, failed: str = "", error: str = "") -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        cards = _cards(connection, _kept.has(connection, now))
    status = 409 if error else 200
    return page(
        request, "journeys/playbooks.html", viewer, status=status, cards=cards, failed=failed, error=error, now=now
    )


def _cards(connection: Connection, has: Has) -> list[Card]:
    states = {row.slug: row.state for row in connection.execute(queries.STATES)}
    found = []
    for name, source in playbooks().items():
        known = _known(source)
        if known is not None:
            state = states.get(known.journey.journey, "")
            found.append(Card(name, known, weigh(known.needs, has), state))
    return found


@lru_cache(maxsize=64)
def _known(source: str) -> Known | None:
    """A playbook, read once and not checked: that takes a while for all of them, and switching one on does it."""
    try:
        journey = Journey.model_validate(read(source).document)
    except ValidationError:
        return None
    return Known(journey, describe_trigger(journey.trigger), needs(journey), tuple(map(_way, lanes(journey))))


def _way(lane: Lane) -> Way:
    by_time: dict[str, list[Sent]] = {}
    for one in lane:
        by_time.setdefault(_after(one.after), []).append(one)
    return Way(tuple((words, tuple(each)) for words, each in by_time.items()))


def _after(time: timedelta) -> str:
    return f"After {duration_words(time)}" if time else "At once"


@router.post("/{name}/on")
def switch_on(request: Request, viewer: SignedInViewer, form: OwnForm, name: str) -> Response:  # noqa: ARG001
    source = playbooks().get(name)
    if source is None:
        raise NotFoundError(f"There is no playbook “{name[:60]}”.", "Load the page again.")
    context = context_of(request)
    try:
        done = carry_out(
            context.database, "journey.publish", {"source": source, "base": 0}, viewer.actor, context.clock()
        )
    except CommandFailedError as error:
        return _gallery(request, viewer, failed=name, error=str(error))
    context.wake()
    return RedirectResponse(f"/journeys/{done['journey']}", status_code=303)


@router.post("/{name}/draft")
def open_as_draft(request: Request, viewer: SignedInViewer, form: OwnForm, name: str) -> Response:  # noqa: ARG001
    return RedirectResponse(f"/journeys/{begin(request, viewer, name)}/edit", status_code=303)
