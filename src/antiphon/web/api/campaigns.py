"""Campaigns by program: save, review, launch, watch, stop. ``permissions.ROUTES`` has each address's scope."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from antiphon.campaigns.kept import all_of, find
from antiphon.campaigns.progress import progress
from antiphon.campaigns.source import examine
from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.engine.reviewing import review as review_campaign
from antiphon.kit.definitions import errors_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.web.api.callers import ApiError, Caller, answer
from antiphon.web.context import context_of
from antiphon.web.reads import page_read

router = APIRouter(include_in_schema=False, prefix="/api/v1/campaigns")

SWITCHES = ("launch", "pause", "resume", "cancel")


class Source(BaseModel):
    """A campaign's file: YAML, of which JSON is a part."""

    model_config = ConfigDict(extra="forbid")

    source: str


@router.get("")
def show_all(request: Request, caller: Caller) -> Response:  # noqa: ARG001  # it guards
    with page_read(request) as connection:
        rows = [
            {"campaign": row.slug, "name": row.name, "state": row.state, "launched_at": row.launched_at}
            for row in all_of(connection)
        ]
    return answer({"campaigns": rows})


@router.get("/{slug}")
def show(request: Request, caller: Caller, slug: str) -> Response:  # noqa: ARG001  # it guards
    """What it says, its review, and how far it is."""
    with page_read(request) as connection:
        one = find(connection, slug)
        far = progress(connection, one, context_of(request).clock()).document()
    row = one.row
    known: dict[str, Any] = {"campaign": slug, "name": row.name, "state": row.state, "source": row.source}
    known |= {"review": row.review, "reviewed_at": row.reviewed_at, "launched_at": row.launched_at}
    known |= {"opens_at": row.opens_at, "closes_at": row.closes_at}
    known |= {"held": row.held_error, "review_error": row.review_error}
    return answer(known | {"progress": far})


@router.put("/{slug}")
def save(request: Request, caller: Caller, slug: str, given: Source) -> Response:
    """Keep a file as a draft. It has to be reviewed before it can be launched."""
    campaign, problems = examine(given.source)
    if campaign is None or errors_of(problems):
        raise ApiError(422, " ".join(map(str, errors_of(problems))), "docs/campaigns.md has everything there is.")
    if campaign.campaign != slug:
        raise ApiError(422, f"The file is of `{campaign.campaign}`, the address of `{slug}`.", "Send it to its own.")
    context = context_of(request)
    return answer(_carried(request, "save", {"source": given.source}, caller) | {"at": context.clock()})


@router.post("/{slug}/review")
def review(request: Request, caller: Caller, slug: str) -> Response:
    """What it would come to: counts by channel and hour, cost, bars, whys."""
    context = context_of(request)
    try:
        return answer(review_campaign(context.database, slug, caller, context.clock()))
    except NotFoundError:
        raise
    except AntiphonError as error:
        raise ApiError(422, error.what, error.hint) from error


@router.post("/{slug}/{switch}")
def switch(request: Request, caller: Caller, slug: str, switch: str) -> Response:
    """``switch`` is launch, pause, resume or cancel; repeated, it changes nothing."""
    if switch not in SWITCHES:
        raise NotFoundError(f"There is no {switch!r} of a campaign.", f"There are {', '.join(SWITCHES)}.")
    with page_read(request) as connection:
        find(connection, slug)
    return answer(_carried(request, switch, {"campaign": slug}, caller))


def _carried(request: Request, act: str, payload: dict[str, Any], caller: Caller) -> dict[str, Any]:
    context = context_of(request)
    try:
        done = carry_out(context.database, f"campaign.{act}", payload, caller, context.clock())
    except CommandFailedError as error:
        raise ApiError(422, error.what, error.hint) from error
    context.wake()
    return done
