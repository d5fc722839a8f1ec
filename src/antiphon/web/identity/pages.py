"""Who is who: a person's identifiers with the evidence, merging, splitting, taking back; and what is left to decide."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.intake import verdicts
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import Actor
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.identity import read
from antiphon.web.identity.layout import HEIGHT, WIDTH, draw
from antiphon.web.identity.models import from_field, kind_words
from antiphon.web.paging import START, Cursor
from antiphon.web.people.models import Profile
from antiphon.web.people.read import alias_of, profile
from antiphon.web.people.search import find
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/people")

_HIGHEST = 2**63 - 1


@router.get("/conflicts")
def conflicts(request: Request, viewer: SignedInViewer, before: str = "") -> Response:
    until = Cursor.parse(before).at if before else START.at
    with page_read(request) as connection:
        found, after = read.conflicts(connection, until)
    link = f"/people/conflicts?before={Cursor(after, 0)}" if after else ""
    return page(request, "identity/conflicts.html", viewer, conflicts=found, link=link, kind_words=kind_words, error="")


@router.post("/conflicts")
def decide(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Merge the two, keep them apart for good, or take the question off the list."""
    both = [_identifier(form["one"]), _identifier(form["other"])]
    if form["say"] == "merge":
        people = [int(person) for person in form["people"].split() if person.lstrip("-").isdigit()]
        if len(people) != 2:
            raise AntiphonError("These are one person by now.", "Load the page again.")
        _command(request, viewer.actor, "people.merge", person=people[0], other=people[1], why=form["why"])
    else:
        kind = "people.keep_apart" if form["say"] == "apart" else "people.dismiss"
        _command(request, viewer.actor, kind, identifiers=both, why=form["why"])
    return RedirectResponse("/people/conflicts", status_code=303)


def _identifier(value: str) -> list[str]:
    try:
        return from_field(value)
    except ValueError as error:
        raise AntiphonError("The form was not filled in by this page.", "Load it again.") from error


@router.get("/{person}/identity")
def identity(request: Request, viewer: SignedInViewer, person: int) -> Response:
    return _identity(request, viewer, person)


def _identity(request: Request, viewer: SignedInViewer, person: int, error: str = "", status: int = 200) -> Response:
    with page_read(request) as connection:
        person = person if -_HIGHEST <= person <= _HIGHEST else 0
        if (now_known_as := alias_of(connection, person)) is not None:
            return RedirectResponse(f"/people/{now_known_as}/identity", status_code=303)
        shown = profile(connection, person, viewer.place)
        found = read.identity(connection, person)
    return page(
        request, "identity/identity.html", viewer, status=status, row=shown.row, person=shown, identity=found,
        drawing=draw(found), size=(WIDTH, HEIGHT), error=error,
    )  # fmt: skip


@router.get("/{person}/merge")
def merge_page(request: Request, viewer: SignedInViewer, person: int, q: str = "", other: int = 0) -> Response:
    """Search for the other person; with ``other``, what a merge would do."""
    words = q.strip()[:200]
    with page_read(request) as connection:
        shown = profile(connection, person, viewer.place)
        found = [row for row in find(connection, words) if row.id != person] if words and not other else []
        preview, second, names = None, None, dict[int, str]()
        if other:
            second = profile(connection, other, viewer.place)
            if person == other:
                raise NotFoundError("This is the same person.", "Search for another one.")
            preview = verdicts.preview(connection, person, other)
            names = read.journey_names(connection, preview.ended)
    return page(
        request, "identity/merge.html", viewer, row=shown.row, person=shown, q=words, found=found[:20], other=second,
        preview=preview, names=names, guard=_guard(shown, second) if second else "", error="",
    )  # fmt: skip


def _guard(one: Profile, other: Profile) -> str:
    """What kept two people apart so far, and a human's word now overrides."""
    for kind, words in (("customer_id", "different customer numbers"), ("email", "different email addresses")):
        if all(any(each == kind for each, _, _ in person.identifiers) for person in (one, other)):
            return words
    return ""


@router.post("/{person}/merge")
def merge(request: Request, viewer: SignedInViewer, form: OwnForm, person: int) -> Response:
    other = int(form["other"]) if form["other"].lstrip("-").isdigit() else 0
    done = _command(request, viewer.actor, "people.merge", person=person, other=other, why=form["why"].strip()[:500])
    return RedirectResponse(f"/people/{done['person']}/identity", status_code=303)


@router.post("/{person}/split")
def split(request: Request, viewer: SignedInViewer, form: OwnForm, person: int) -> Response:
    chosen = [_identifier(value) for name, value in form.items() if name.startswith("key")]
    why = form["why"].strip()[:500]
    try:
        done = _command(request, viewer.actor, "people.split", person=person, identifiers=chosen, why=why)
    except CommandFailedError as error:
        return _identity(request, viewer, person, f"{error.what} {error.hint}".strip(), 422)
    return RedirectResponse(f"/people/{done['person']}/identity", status_code=303)


@router.post("/{person}/undo")
def undo(request: Request, viewer: SignedInViewer, form: OwnForm, person: int) -> Response:
    act = int(form["act"]) if form["act"].isdigit() and len(form["act"]) < 19 else 0
    _command(request, viewer.actor, "people.undo", act=act)
    return RedirectResponse(f"/people/{person}/identity", status_code=303)


def _command(request: Request, by: Actor, kind: str, **payload: Any) -> dict[str, Any]:
    context = context_of(request)
    done = carry_out(context.database, kind, payload, by, context.clock())
    context.wake()
    return done
