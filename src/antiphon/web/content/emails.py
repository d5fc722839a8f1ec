"""Emails: the library, the editor of one with its preview, and the brand kit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from ruamel.yaml import YAML
from starlette.responses import Response

from antiphon.audiences.describe import describe
from antiphon.content import library
from antiphon.content.blocks import KINDS, Block
from antiphon.content.check import check_email
from antiphon.content.context import Brand, Occasion, Recipient, template_values
from antiphon.content.kit import FONTS, Kit, hard_to_read, kit_or_usual
from antiphon.content.languages import DEFAULT, words_of
from antiphon.content.models import EmailContent
from antiphon.content.templates import PLAIN, TemplateError, fill, parse
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import record
from antiphon.web.accounts.models import Viewer
from antiphon.web.content import email_queries as queries
from antiphon.web.content import sending
from antiphon.web.content.editing import INPUTS, READY, START, EditError, changed, checked, ready_name
from antiphon.web.content.seeing import CLIP_KB, Look, chosen, first_brand, made, readers, see
from antiphon.web.content.unseen import uninvited, unseen
from antiphon.web.context import context_of
from antiphon.web.forms import errors_of
from antiphon.web.frames import framed
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/content/emails")

#: As the page's address says.
Looked = Annotated[Look, Depends()]

_DARK = (
    "<style>html{filter:invert(1) hue-rotate(180deg);background:#fff}img{filter:invert(1) hue-rotate(180deg)}</style>"
)
_FIRST, _LAST = ("kind", "subject", "preheader"), {"blocks", "otherwise", "columns", "of"}
_COLORS = ("background", "paper", "text", "quiet", "link", "button", "button_text")


@dataclass(frozen=True, slots=True)
class Card:
    """A block as the editor lists it. ``lists``: the places inside it where blocks stand, by their names.

    ``unseen`` says why it says nothing.
    """

    path: str
    kind: str
    line: str
    shown_to: str
    values: Mapping[str, Any]
    ready: str
    condition: str
    first: bool
    last: bool
    lists: Sequence[tuple[str, str, Sequence["Card"]]]
    unseen: str = ""


@router.get("")
def emails(request: Request, viewer: SignedInViewer) -> Response:
    return _list(request, viewer)


def _list(request: Request, viewer: Viewer, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    with page_read(request) as connection:
        kept = library.drafts(connection)
        steps = connection.execute(queries.STEPS).all()
        brand = first_brand(connection)
    used: dict[str, list[Any]] = {}
    for one in steps:
        used.setdefault(one.of or "", []).append(one)
    return page(
        request, "content/emails.html", viewer, status=status, drafts=kept, steps=steps, used=used, errors=errors or {},
        now=context_of(request).clock(), said=lambda subject: _to_anybody(subject, brand),
    )  # fmt: skip


def _to_anybody(subject: str, brand: Brand) -> str:
    """A subject as somebody reads it of whom nothing is known; as it is written where that says nothing."""
    values = template_values(Recipient(), Occasion(), brand, None)
    try:
        said = " ".join(fill(parse(PLAIN, subject, "subject"), values, "subject").split())
    except TemplateError:
        return subject
    return said or subject


@router.post("")
def make(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    context, title = context_of(request), form["title"].strip()
    if not 0 < len(title) <= 100:
        return _list(request, viewer, status=422, errors={"title": "Give it a name of up to 100 characters."})
    now = context.clock()
    with context.database.begin("emails") as connection:
        name = library.make(connection, title, EmailContent.model_validate(START), viewer.email, now)
        record(connection, now, viewer.actor, "emails", "email made", f"email {name}", after={"title": title})
    return RedirectResponse(f"/content/emails/{name}", status_code=303)


@router.get("/kit")
def kit(request: Request, viewer: SignedInViewer, saved: str = "") -> Response:
    with page_read(request) as connection:
        stored = connection.execute(queries.KIT).scalar()
    found, flaw = kit_or_usual(stored)
    return _kit(request, viewer, found.model_dump(mode="json"), saved=bool(saved), flaw=flaw)


def _kit(
    request: Request, viewer: Viewer, values: Mapping[str, Any], *, saved: bool = False, status: int = 200,
    errors: Mapping[str, str] | None = None, flaw: str = "",
) -> Response:  # fmt: skip
    warnings = {} if errors else hard_to_read(Kit.model_validate(values))
    if flaw:
        warnings["logo"] = f"{flaw} Until then emails have the usual kit, as it stands here."
    with page_read(request) as connection:
        silent = uninvited(first_brand(connection))
    social = "\n".join(f"{one['network']} {one['url']}" for one in values.get("social") or ())
    return page(
        request, "content/kit.html", viewer, status=status, values=values, social=social, errors=errors or {},
        warnings=warnings, fonts=list(FONTS), colors=_COLORS, saved=saved,
        ours=words_of(DEFAULT).part("invitation"), uninvited=silent,
    )  # fmt: skip


@router.post("/kit")
def save_kit(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    names = ("logo", "logo_width", *_COLORS, "radius", "font", "footer")
    values: dict[str, Any] = {name: form[name].strip() for name in names if form[name].strip()}
    lines = [line.split(None, 1) for line in form["social"].splitlines() if line.strip()]
    values["social"] = [{"network": line[0].lower(), "url": line[1].strip() if len(line) > 1 else ""} for line in lines]
    asked = {name: form[f"invitation.{name}"].strip() for name in ("keyword", "url", "title", "text")}
    values["invitation"] = {"on": bool(form["invitation.on"])} | {name: value for name, value in asked.items() if value}
    try:
        found = Kit.model_validate(values)
    except ValidationError as error:
        shown = Kit().model_dump(mode="json") | values
        shown["invitation"] = Kit().invitation.model_dump() | values["invitation"]
        return _kit(request, viewer, shown, status=422, errors=errors_of(error))
    context, now = context_of(request), context_of(request).clock()
    after = found.model_dump(mode="json")
    kept = {"key": "kit.1", "value": after, "now": now, "by": viewer.email}
    with context.database.begin("settings") as connection:
        before = connection.execute(queries.KIT).scalar() or {}
        connection.execute(queries.SAVE_KIT, kept)
        record(connection, now, viewer.actor, "settings", "brand kit saved", "brand 1", before=before, after=after)
    return RedirectResponse("/content/emails/kit?saved=1", status_code=303)


@router.get("/{name}")
def editor(
    request: Request, viewer: SignedInViewer, name: str, person: str = "", about: str | None = None, look: str = "",
    at: str = "", tested: str = "",
) -> Response:  # fmt: skip
    """``about`` left out: what the journey is about that sends it."""
    if about is None:
        with page_read(request) as connection:
            about = next((one.event for one in connection.execute(queries.STEPS) if one.of == name), "")
    return _editor(request, viewer, name, Look(person, about, look), at=at, tested=tested)


def _editor(
    request: Request, viewer: Viewer, name: str, looked: Look, *, wrong: EditError | None = None, at: str = "",
    tested: str = "", to: str = "", untested: AntiphonError | None = None,
) -> Response:  # fmt: skip
    context, now = context_of(request), context_of(request).clock()
    with page_read(request) as connection:
        draft = library.draft(connection, name)
        people, did = readers(connection, looked.about, now)
        steps = [one for one in connection.execute(queries.STEPS) if one.of == name]
        brand = first_brand(connection)
    content = draft.content
    seen = see(context.database, context.base_url, content, chosen(looked, people), now)
    why_unseen = partial(unseen, brand=brand, extras=seen.extras) if not seen.error else _nothing_said
    shown = wrong.document if wrong and wrong.document else draft.document
    return page(
        request, "content/email.html", viewer, status=422 if wrong or untested else 200, draft=draft, kinds=KINDS,
        cards=_cards(shown, why_unseen),
        inputs=INPUTS, ready=READY, seen=seen, people=people, did=sorted({*did, looked.about} - {""}),
        looked=looked, at=at, wrong=wrong, steps=steps,
        flaws=check_email(content), clip_kb=CLIP_KB, document=shown, now=now,
        query=replace(looked, person=seen.key).query,
        tested=tested, to=to or viewer.email, untested=untested,
    )  # fmt: skip


@router.post("/{name}/test")
def send_test(
    request: Request,
    viewer: SignedInViewer,
    form: OwnForm,
    name: str,
    looked: Looked,
) -> Response:
    """Send it to the address of the form, as whoever looks sees it."""
    context = context_of(request)
    now = context.clock()
    with page_read(request) as connection:
        content = library.draft(connection, name).content
        people, _ = readers(connection, looked.about, now)
    reader = chosen(looked, people)
    try:
        address = sending.address_of("email", form["to"])
        message = made(context.database, context.base_url, content, reader.sample, now)
        test = sending.Test("email", address, message, sending.subject(f"email {name}", reader.sample))
        sent = sending.send(context.database, test, viewer.actor, context.clock)
    except AntiphonError as error:
        return _editor(request, viewer, name, looked, to=form["to"], untested=error)
    tested = "sandbox" if sent.sandbox else "sent"
    return RedirectResponse(f"/content/emails/{name}?{looked.query}&tested={tested}#test", status_code=303)


@router.post("/{name}")
def change(
    request: Request,
    viewer: SignedInViewer,
    form: OwnForm,
    name: str,
    looked: Looked,
) -> Response:
    """One change: ``op`` says which, ``path`` of what."""
    context, now = context_of(request), context_of(request).clock()
    op, path = form["op"], form["path"]
    if op == "delete":
        with context.database.begin("emails") as connection:
            library.delete(connection, name)
            record(connection, now, viewer.actor, "emails", "email deleted", f"email {name}")
        return RedirectResponse("/content/emails", status_code=303)
    try:
        with context.database.begin("emails") as connection:
            if op == "undo":
                library.undo(connection, name, viewer.email, now)
            else:
                after = checked(changed(library.draft(connection, name).document, op, path, form))
                library.save(connection, name, after, viewer.email, now)
    except EditError as wrong:
        return _editor(request, viewer, name, looked, wrong=wrong, at=path)
    return RedirectResponse(f"/content/emails/{name}?{looked.query}&at={path}#b-{_after(op, path)}", status_code=303)


def _after(op: str, path: str) -> str:
    """The block that one goes on with."""
    head, _, last = path.rpartition(".")
    if op in {"up", "down"} and last.isdecimal():
        moved = max(0, int(last) + (1 if op == "down" else -1))
        return f"{head}.{moved}" if head else str(moved)
    return path


@router.get("/{name}/shown")
def shown(
    request: Request,
    viewer: SignedInViewer,  # noqa: ARG001 - whoever may see it
    name: str,
    looked: Looked,
) -> HTMLResponse:
    """The email itself, for its frame."""
    context, now = context_of(request), context_of(request).clock()
    with page_read(request) as connection:
        draft = library.draft(connection, name)
        people, _ = readers(connection, looked.about, now)
    reader = chosen(looked, people)
    seen = see(context.database, context.base_url, draft.content, reader, now)
    html = seen.html.replace("</head>", f"{_DARK}</head>", 1) if looked.look.startswith("dark") else seen.html
    return framed(html, links=False)


@router.get("/{name}/email.yaml")
def as_yaml(request: Request, viewer: SignedInViewer, name: str) -> Response:  # noqa: ARG001
    """As a journey's file may hold it, below ``content:``."""
    with page_read(request) as connection:
        document = library.draft(connection, name).document
    return Response(_yaml({"email": _ordered(document)}), media_type="application/yaml")


def _ordered(value: Any) -> Any:
    """Keys as one writes them, for JSON in PostgreSQL has an order of its own."""
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    if not isinstance(value, dict):
        return value
    names = sorted(value, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name in _LAST))
    return {name: _ordered(value[name]) for name in names}


def _yaml(value: Any) -> str:
    out = StringIO()
    writer = YAML()
    writer.width = 120
    writer.dump(value, out)
    return out.getvalue()


#: Why a block says nothing.
Why = Callable[[Block], str]


def _nothing_said(_block: Block) -> str:
    return ""


def _cards(document: Mapping[str, Any], why: Why) -> list[Card]:
    return _listed(document.get("blocks") or [], "", why)


def _listed(blocks: Sequence[Any], above: str, why: Why) -> list[Card]:
    return [
        _card(
            block, f"{above}.{number}" if above else str(number), why, first=number == 0, last=number == len(blocks) - 1
        )
        for number, block in enumerate(blocks)
    ]


def _card(block: Mapping[str, Any], path: str, why: Why, *, first: bool, last: bool) -> Card:
    kind = str(block.get("kind"))
    model = KINDS.get(kind, Block)
    whom, line, silent = "", model.name, ""
    try:
        one = model.model_validate(block)
        whom, line, silent = _whom(one), one.describe(), why(one)
    except ValidationError:
        pass
    ready = ready_name(block.get("when"))
    own = _yaml(block["when"]) if ready == "own" else ""
    fields = {name: field.default for name, field in model.model_fields.items() if not field.is_required()}
    lists = _inside(block, kind, path, why)
    return Card(path, kind, line, whom, fields | dict(block), ready, own, first, last, lists, silent)


def _inside(block: Mapping[str, Any], kind: str, path: str, why: Why) -> list[tuple[str, str, Sequence[Card]]]:
    """The places inside a block where blocks stand."""
    lists: list[tuple[str, str, Sequence[Card]]] = []
    if kind in {"section", "condition"}:
        lists.append(("", f"{path}.blocks", _listed(block.get("blocks") or [], f"{path}.blocks", why)))
    if kind == "condition":
        at = f"{path}.otherwise"
        lists.append(("Everybody else", at, _listed(block.get("otherwise") or [], at, why)))
    for number, column in enumerate(block.get("columns") or [] if kind == "columns" else []):
        at = f"{path}.columns.{number}.blocks"
        lists.append((f"Column {number + 1}", at, _listed(column.get("blocks") or [], at, why)))
    return lists


def _whom(block: Block) -> str:
    name = ready_name(block.when.model_dump(mode="json", exclude_defaults=True) if block.when else None)
    said = READY[name][0] if name in READY else describe(block.when) if block.when else ""
    return " and ".join(part for part in (said, block.liquid) if part)
