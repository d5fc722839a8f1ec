"""Making and changing a campaign: by its form, or as the file that the form writes."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.responses import Response

from antiphon.campaigns.kept import find
from antiphon.campaigns.source import examine
from antiphon.campaigns.states import OPEN, TAKEN
from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.kit.definitions import errors_of
from antiphon.kit.problems import Problem
from antiphon.web.accounts.models import Viewer
from antiphon.web.campaigns import forms, looking, queries
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/campaigns")


@router.get("/new")
def new(request: Request, viewer: SignedInViewer, after: str = "", by: str = "") -> Response:
    """``after``: the campaign that it is to follow; ``by`` is file where it is written as one."""
    if by == "file":
        return _file(request, viewer, None, _START)
    return _form(request, viewer, None, forms.blank(after))


@router.post("/new")
def make(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    return _keep(request, viewer, form, None)


@router.get("/{slug}/edit")
def edit(request: Request, viewer: SignedInViewer, slug: str, by: str = "") -> Response:
    with page_read(request) as connection:
        row = find(connection, slug).row
    if row.state not in OPEN:
        return RedirectResponse(f"/campaigns/{slug}?said=fixed", status_code=303)
    if by == "file":
        return _file(request, viewer, slug, row.source, base=row.sha256)
    return _form(request, viewer, slug, forms.typed(row.source, viewer.place.zone), base=row.sha256)


@router.post("/{slug}/edit")
def change(request: Request, viewer: SignedInViewer, form: OwnForm, slug: str) -> Response:
    with page_read(request) as connection:
        find(connection, slug)
    return _keep(request, viewer, form, slug)


_START = """\
campaign: its-name
name: Its name
audience: a-segment
content:
  email: {use: an-email-of-the-library}
  sms: {text: "A text with a link: {{ brand.shop_url }}"}
"""


def _file(
    request: Request, viewer: Viewer, slug: str | None, source: str, *, base: str = "", problems: list[Problem] | None = None,
    error: str = "",
) -> Response:  # fmt: skip
    return page(
        request, "campaigns/file.html", viewer, status=422 if problems or error else 200, slug=slug, source=source, base=base,
        problems=problems or [], error=error,
    )  # fmt: skip


def _form(
    request: Request,
    viewer: Viewer,
    slug: str | None,
    values: Mapping[str, str],
    *,
    base: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    with page_read(request) as connection:
        known = _known(connection)
        source = _source(connection, slug)
        look = looking.look(connection, values, source, viewer.place.zone, context_of(request).clock())
    return page(
        request, "campaigns/edit.html", viewer, status=422 if errors else 200, slug=slug, form=values, base=base,
        errors=errors or {}, known=known, look=look, own=forms.OWN, own_in=_own(source),
    )  # fmt: skip


def _typed(form: Posted) -> dict[str, str]:
    """Of the texts every sign; of the other fields what is between their spaces."""
    return {
        name: form[name].replace("\r\n", "\n") if name in {"sms", "back_sms"} else form[name].strip()
        for name in forms.FIELDS
    }


def _source(connection: Connection, slug: str | None) -> str:
    """The file that the form changes; '' of a new campaign."""
    return str(find(connection, slug).row.source) if slug else ""


def _own(source: str) -> dict[str, bool]:
    """Fields of which the file says what no form can show."""
    if not source:
        return {}
    values = forms.typed(source, 0)
    return {name: values[name] == forms.OWN for name in ("audience", "exclude", "email", "back_email")}


def _known(connection: Connection) -> dict[str, Any]:
    """What the fields offer."""
    return {
        "segments": [row for row in connection.execute(queries.SEGMENTS) if row.state == "live"],
        "emails": connection.execute(queries.EMAILS).all(),
        "offers": connection.execute(queries.OFFERS).all(),
        "earlier": connection.execute(queries.EARLIER).all(),
    }


def _keep(request: Request, viewer: Viewer, form: Posted, slug: str | None) -> Response:
    """Save what was written by either way; with what is wrong with it, it is shown again."""
    by_file, now = form["by"] == "file", context_of(request).clock()
    values = _typed(form) | ({"campaign": slug} if slug else {})
    with page_read(request) as connection:
        source = form["source"].replace("\r\n", "\n")
        if not by_file:
            source = forms.file_of(values, _source(connection, slug), viewer.place.zone)
        campaign, found = examine(source)
        if campaign is not None:
            found += looking.lacking(connection, campaign, source, now)
    errors = {} if by_file else forms.missing(values)
    problems = errors_of(found)
    if campaign is not None and not slug and campaign.campaign in TAKEN:
        errors["campaign"] = "A page is called so. Choose another."
    if campaign is not None and slug and campaign.campaign != slug:
        problems.append(Problem("campaign", f"`campaign` has to stay `{slug}`: names in files do not change."))
    if not errors and not problems:
        payload = {"source": source, "base": form["base"]}
        try:
            done = carry_out(context_of(request).database, "campaign.save", payload, viewer.actor, now)
        except CommandFailedError as error:
            problems = [Problem("campaign" if "already" in str(error) else "", str(error))]
        else:
            return RedirectResponse(f"/campaigns/{done['campaign']}", status_code=303)
    if by_file:
        return _file(request, viewer, slug, source, base=form["base"], problems=problems)
    told = forms.at_fields(problems) | errors
    return _form(request, viewer, slug, values, base=form["base"], errors=told)


@router.post("/look")
def look(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """What the form comes to so far, and what is wrong with the fields that are filled."""
    values = _typed(form)
    with page_read(request) as connection:
        source = _source(connection, form["slug"])
        seen = looking.look(connection, values, source, viewer.place.zone, context_of(request).clock())
    return page(request, "campaigns/look.html", viewer, look=seen, form=values)
