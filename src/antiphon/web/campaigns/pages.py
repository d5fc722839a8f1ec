"""Campaigns: the list, one with its review, its launch, and how far it is."""

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.campaigns.kept import UnreadableCampaignError, find
from antiphon.content.models import MessageContent
from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.engine.reviewing import review as review_campaign
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.campaigns import read, words
from antiphon.web.campaigns.answers import KeptAnswers
from antiphon.web.campaigns.chart import HEIGHT, WIDTH, chart
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.times import Place

router = APIRouter(include_in_schema=False, prefix="/campaigns")


def _answers(request: Request) -> KeptAnswers:
    found = request.app.state.answers
    assert isinstance(found, KeptAnswers)
    return found


@router.get("")
def campaigns(request: Request, viewer: SignedInViewer) -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        found = read.listed(connection, _answers(request), now)
    return page(request, "campaigns/list.html", viewer, found=found, now=now, states=words.STATES)


@router.get("/{slug}")
def show(request: Request, viewer: SignedInViewer, slug: str, said: str = "") -> Response:
    return _one(request, viewer, slug, said=said)


def _one(request: Request, viewer: Viewer, slug: str, *, said: str = "", error: str = "") -> Response:
    """``said``: what has just been done; ``error``: why it was not."""
    now = context_of(request).clock()
    with page_read(request) as connection:
        try:
            shown = read.shown(connection, slug, now)
        except UnreadableCampaignError as unreadable:
            raise NotFoundError(unreadable.what, unreadable.hint) from None
        going = (
            read.going(connection, shown.kept, _answers(request), now) if shown.row.launched_at is not None else None
        )
    review = shown.row.review
    return page(
        request, "campaigns/campaign.html", viewer, status=409 if error else 200, shown=shown, row=shown.row, going=going,
        review=review, chart=chart(review, viewer.place) if review else None, now=now, said=said, error=error,
        states=words.STATES, barred=words.barred, size=(WIDTH, HEIGHT), contents=_contents, day=partial(_day, viewer.place, now),
    )  # fmt: skip


def _day(place: Place, now: datetime, at: datetime) -> str:
    """A day inside a sentence."""
    words_ = place.day_words(at, now)
    return words_.lower() if words_.startswith("To") else words_


def _contents(content: MessageContent | None) -> list[tuple[str, str, str, str]]:
    """Of each channel: what it says in a line, the address of the email in the library, and its name."""
    found: list[tuple[str, str, str, str]] = []
    if content is None:
        return found
    if (email := content.email) is not None:
        name = email.use or email.of
        found.append(("email", email.subject or name, f"/content/emails/{name}" if name else "", name))
    if content.sms is not None:
        found.append(("sms", content.sms.text, "", ""))
    return found


@router.get("/{slug}/campaign.yaml")
def as_file(request: Request, viewer: SignedInViewer, slug: str) -> Response:  # noqa: ARG001  # it guards
    """Its file, for `antiphon campaigns` and for another installation."""
    with page_read(request) as connection:
        source: str = find(connection, slug).row.source
    headers = {"Content-Disposition": f'attachment; filename="{slug}.yaml"', "Cache-Control": "no-store"}
    return Response(source, 200, headers, "application/yaml")


@router.post("/{slug}/review")
def review(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001  # checked
    context = context_of(request)
    try:
        review_campaign(context.database, slug, viewer.actor, context.clock())
    except NotFoundError:
        raise
    except AntiphonError as error:
        return _one(request, viewer, slug, error=str(error))
    return _back(slug, "reviewed")


@router.post("/{slug}/launch")
def launch(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:
    """Launch what the page showed reviewed; ``sha256`` says what that was."""
    seen = {"sha256": form["sha256"]} if form["sha256"] else {}
    done = _carried(request, viewer, slug, "launch", **seen)
    if not isinstance(done, dict):
        return done
    return _back(slug, "launched" if done["launched"] else "before")


@router.post("/{slug}/pause")
def pause(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001  # checked
    return _switched(request, viewer, slug, "pause")


@router.post("/{slug}/resume")
def resume(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001  # checked
    return _switched(request, viewer, slug, "resume")


@router.post("/{slug}/cancel")
def cancel(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:  # noqa: ARG001  # checked
    return _switched(request, viewer, slug, "cancel")


def _switched(request: Request, viewer: Viewer, slug: str, act: str) -> Response:
    done = _carried(request, viewer, slug, act)
    return done if not isinstance(done, dict) else _back(slug)


def _carried(request: Request, viewer: Viewer, slug: str, act: str, **more: str) -> dict[str, Any] | Response:
    """What a command came to; where it was refused, the page that says so."""
    context = context_of(request)
    with page_read(request) as connection:
        find(connection, slug)
    try:
        payload = {"campaign": slug} | more
        done = carry_out(context.database, f"campaign.{act}", payload, viewer.actor, context.clock())
    except CommandFailedError as error:
        return _one(request, viewer, slug, error=str(error))
    context.wake()
    return done


def _back(slug: str, said: str = "") -> Response:
    return RedirectResponse(f"/campaigns/{slug}" + (f"?{urlencode({'said': said})}" if said else ""), status_code=303)
