"""A person's rights and what is kept how long: export, erase, opt out by hand, retention."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.engine.commands import carry_out
from antiphon.intake.optout import opt_out
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.people.identifiers import address as normalised
from antiphon.privacy.models import Preview
from antiphon.privacy.retention import COUNT_LIMIT, KINDS, Settings, read_settings, save_settings, would_go
from antiphon.privacy.subject import preview
from antiphon.store.audit import record
from antiphon.web.accounts.models import Viewer
from antiphon.web.api.api import zipped
from antiphon.web.context import context_of
from antiphon.web.forms import Shown
from antiphon.web.guard import OwnForm, Posted, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False)

#: What is typed to erase somebody.
CONFIRMATION = "erase"

_HIGHEST = 2**63 - 1


def _found(request: Request, person: int) -> Preview:
    with page_read(request) as connection:
        found = preview(connection, person) if 0 < person <= _HIGHEST else None
    if found is None:
        raise NotFoundError("There is no such person", "The address may be mistyped, or the person was erased.")
    return found


@router.get("/people/{person}/erase")
def show(request: Request, viewer: SignedInViewer, person: int) -> Response:
    return _erase_page(request, viewer, _found(request, person))


def _erase_page(request: Request, viewer: Viewer, found: Preview, *, error: str = "", status: int = 200) -> Response:
    return page(
        request, "privacy/erase.html", viewer, status=status, found=found, subject=found.subject,
        word=CONFIRMATION, errors={"confirmation": error} if error else {},
    )  # fmt: skip


@router.post("/people/{person}/erase")
def erase(request: Request, viewer: SignedInViewer, form: OwnForm, person: int) -> Response:
    context, found = context_of(request), _found(request, person)
    if form["confirmation"].strip().lower() != CONFIRMATION:
        error = f"Type {CONFIRMATION} to confirm. Nothing was erased."
        return _erase_page(request, viewer, found, error=error, status=422)
    payload = {"person": found.subject.person}
    result = carry_out(context.database, "person.erase", payload, viewer.actor, context.clock())
    context.wake()
    return page(request, "privacy/erased.html", viewer, result=result, person=found.subject.person)


@router.post("/people/{person}/export")
def export(request: Request, viewer: SignedInViewer, form: OwnForm, person: int) -> Response:  # noqa: ARG001  # it guards
    return zipped(request, person if 0 < person <= _HIGHEST else 0, viewer.actor)


@router.post("/people/{person}/opt-out")
def opt_out_by_hand(request: Request, viewer: SignedInViewer, form: OwnForm, person: int) -> Response:
    """Somebody asked by phone, or at the till: it holds at once, for every brand and sender."""
    context, found = context_of(request), _found(request, person)
    channel, value = form["channel"], normalised(form["channel"], form["address"])
    if (channel, value) not in found.subject.addresses or value is None:
        raise AntiphonError("This person does not have this address.", "Load the page again.")
    opt_out(context.database, channel, value, "stop" if channel == "sms" else "preference", f"by hand: {viewer.email}")
    with context.database.begin("accounts") as connection:
        what = f"{channel} opt-out taken by hand"
        record(connection, context.clock(), viewer.actor, "consents", what, f"person {found.subject.person}")
    context.wake()
    return RedirectResponse(f"/people/{found.subject.person}", status_code=303)


@router.get("/settings/retention")
def show_retention(request: Request, viewer: SignedInViewer, saved: str = "") -> Response:
    return _retention_page(request, viewer, saved=bool(saved))


def _retention_page(
    request: Request,
    viewer: Viewer,
    *,
    saved: bool = False,
    shown: Shown | None = None,
) -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        settings = read_settings(connection)
        counts = would_go(connection, settings, now)
    shown = shown or Shown(Posted({name: "" if days is None else str(days) for name, days in settings.items()}))
    return page(
        request, "privacy/retention.html", viewer, status=shown.status, now=now, kinds=KINDS, form=shown.fields, counts=counts,
        most=COUNT_LIMIT, saved=saved, errors=shown.errors,
    )  # fmt: skip


@router.post("/settings/retention")
def save_retention(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    context, chosen, errors = context_of(request), Settings(), {}
    for name, kind in KINDS.items():
        words = form[name].strip()
        if words and not (words.isascii() and words.isdigit() and kind.least <= int(words[:9]) <= 36_500):
            errors[name] = f"At least {kind.least} days, or nothing to keep them for ever."
        else:
            chosen[name] = int(words) if words else None
    if errors:
        return _retention_page(request, viewer, shown=Shown(form, errors))
    save_settings(context.database, chosen, viewer.actor, context.clock())
    return RedirectResponse("/settings/retention?saved=yes", status_code=303)
