"""Keywords and the words of service messages, as a brand sets them."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.addresses.wordings import Wording
from antiphon.content.languages import DEFAULT
from antiphon.content.service import KINDS, ServiceText, flaws, ours
from antiphon.delivery.queries import BRANDS, DROP_SERVICE_TEXT, SAVE_SERVICE_TEXT
from antiphon.delivery.service import read_service_texts
from antiphon.intake.keywords import end_keyword, list_keywords, save_keyword
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import Actor, record
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer, origin_of
from antiphon.web.reads import page_read
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/consent")

_LOCALE = "en"


@router.get("/words")
def words(request: Request, viewer: SignedInViewer, brand: int = 1, saved: str = "") -> Response:
    return _page(request, viewer, brand, saved=saved)


def _page(
    request: Request,
    viewer: Viewer,
    brand: int,
    *,
    saved: str = "",
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    with page_read(request) as connection:
        rows = {row.id: row for row in connection.execute(BRANDS)}
        own = read_service_texts(connection)
        keywords = [one for one in list_keywords(connection) if one.brand == brand]
    if brand not in rows:
        raise NotFoundError("There is no such brand.", "Settings has the brands.")
    brands = {number: row.name for number, row in rows.items()}
    language = rows[brand].settings.get("language", DEFAULT)
    texts = [
        (kind, channel, own.get((brand, kind, channel)) or ours(kind, channel, language), (brand, kind, channel) in own)
        for kind, channel in KINDS
    ]
    return page(
        request, "consent/words.html", viewer, status=422 if errors else 200, brands=brands, brand=brand, texts=texts,
        keywords=keywords, saved=saved, typed=typed or {}, errors=errors or {},
    )  # fmt: skip


@router.post("/words")
def save_words(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Keep a brand's own words for one service message, or go back to ours."""
    brand, (kind, channel) = _brand(form["brand"]), (form["kind"], form["channel"])
    own = ServiceText(form["text"].strip()[:1_600], form["subject"].strip()[:200])
    where = {"brand": brand, "kind": kind, "channel": channel}
    if form["say"] != "ours" and (wrong := flaws(kind, channel, own)):
        typed = {f"{kind}-{channel}": own}
        return _page(request, viewer, brand, typed=typed, errors={f"{kind}-{channel}": " ".join(wrong)})
    context = context_of(request)
    with context.database.begin("settings") as connection:
        if form["say"] == "ours":
            connection.execute(DROP_SERVICE_TEXT, where)
        else:
            values = {"subject": own.subject or None, "text": own.text, "now": context.clock(), "by": viewer.email}
            connection.execute(SAVE_SERVICE_TEXT, where | values)
        what = f"words of {kind} for {channel} {'ours again' if form['say'] == 'ours' else 'changed'}"
        record(connection, context.clock(), _actor(request, viewer), "settings", what, f"brand {brand}")
    return RedirectResponse(f"/consent/words?brand={brand}&saved={kind}-{channel}#{kind}-{channel}", status_code=303)


@router.post("/keywords")
def keyword(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Make a keyword, or end one."""
    context, brand = context_of(request), _brand(form["brand"])
    now = context.clock()
    if form["say"] == "end":
        end_keyword(context.database, brand, form["word"], now)
        what = "keyword ended"
    else:
        purposes = ("marketing", "cart") if form["cart"] else ("marketing",)
        wording = Wording(brand, "sms", purposes, _LOCALE, form["wording"].strip()[:2_000])
        try:
            save_keyword(context.database, form["word"], wording, now, viewer.email)
        except AntiphonError as error:
            typed = {"word": form["word"], "wording": form["wording"], "cart": form["cart"]}
            return _page(request, viewer, brand, typed=typed, errors={"keyword": str(error)})
        what = "keyword made"
    with context.database.begin("settings") as connection:
        record(connection, now, _actor(request, viewer), "settings", what, form["word"][:30])
    return RedirectResponse(f"/consent/words?brand={brand}&saved=keywords#keywords", status_code=303)


def _brand(written: str) -> int:
    return int(written) if written.isdigit() and len(written) < 5 else 1


def _actor(request: Request, viewer: Viewer) -> Actor:
    return Actor(viewer.email, "user", origin_of(request))
