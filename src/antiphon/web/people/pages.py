"""People: the list, and one person with everything that happened to them."""

from dataclasses import replace
from itertools import groupby
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.web.context import context_of
from antiphon.web.definitions import versions
from antiphon.web.guard import SignedInViewer
from antiphon.web.paging import START, Count, Cursor, Page, cursor_from
from antiphon.web.people import masking
from antiphon.web.people.engagement import shown
from antiphon.web.people.models import KINDS
from antiphon.web.people.read import alias_of, profile
from antiphon.web.people.search import NAMES_AMONG, count, find, people_page
from antiphon.web.people.timeline import timeline
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/people")

#: The highest id a person can have.
_HIGHEST = 2**63 - 1


@router.get("")
def people(request: Request, viewer: SignedInViewer, q: str = "", before: str = "") -> Response:
    words = "" if viewer.masked else q.strip()[:200]  # to search is to ask whether somebody is there
    with page_read(request) as connection:
        if words:
            found = Page(find(connection, words), None, first=True)
            total = Count(len(found.rows), more=len(found.rows) == 50)
        else:
            found, total = people_page(connection, cursor_from(before)), count(connection)
    if viewer.masked:
        found = replace(found, rows=[masking.row(one) for one in found.rows])
    return page(
        request, "people/list.html", viewer, found=found, total=total, q=words, among=NAMES_AMONG,
        link=lambda cursor: "/people" + (f"?{urlencode({'before': cursor})}" if cursor else ""),
    )  # fmt: skip


@router.get("/{person}")
def person(
    request: Request,
    viewer: SignedInViewer,
    person: int,
    kind: Annotated[list[str] | None, Query()] = None,
    before: str = "",
) -> Response:
    kinds = [each for each in KINDS if each in (kind or [])]
    with page_read(request) as connection:
        if not -_HIGHEST <= person <= _HIGHEST:
            person = 0
        now_known_as = alias_of(connection, person)
        if now_known_as is not None:
            return RedirectResponse(f"/people/{now_known_as}", status_code=303)
        found = profile(connection, person, viewer.place)
        entries = timeline(connection, found, kinds, Cursor.parse(before) if before else START)
        running = versions(connection, (run.version for run in found.runs))
    if viewer.masked:
        found, entries = masking.profile(found), replace(entries, rows=masking.entries(entries.rows))
    path, now = f"/people/{person}", context_of(request).clock()
    days = [(day, list(each)) for day, each in groupby(entries.rows, lambda one: found.place.day_words(one.at, now))]

    def link(cursor: str = "", chosen: list[str] | None = None) -> str:
        pairs = [("kind", each) for each in (kinds if chosen is None else chosen)]
        pairs += [("before", cursor)] if cursor else []
        return f"{path}?{urlencode(pairs)}" if pairs else path

    return page(
        request, "people/person.html", viewer, person=found, row=found.row, timeline=entries, kinds=kinds,
        versions=running, link=link, days=days, now=now,
        engaged=shown(found.engagement, now),
    )  # fmt: skip
