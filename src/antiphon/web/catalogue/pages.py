"""The catalogue: all products, one product, and what counts as a drop."""

from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.catalogue import queries as catalogue
from antiphon.catalogue.settings import change_settings, settings_of
from antiphon.intake.feeds.keeping import newest
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.catalogue import words
from antiphon.web.catalogue.read import shelf, shown
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.uploads import FILE_STATES

router = APIRouter(include_in_schema=False, prefix="/catalogue")

#: Fields of the form, with their units.
SETTINGS = {
    "drop_percent": ("A price has dropped by at least", "%"),
    "drop_amount": ("and at least, in the product’s currency", ""),
    "low_stock": ("Stock is low at", "pieces"),
    "viewed": ("A view counts as interest for", "such as 30d"),
    "carted": ("A product in a cart, for", "such as 60d"),
    "wished": ("A wish, for", "such as 365d"),
}


def address(product: str) -> str:
    """The address of a product's page."""
    return f"/catalogue/products/{quote(product, safe='/')}"


@router.get("")
def show_all(
    request: Request, viewer: SignedInViewer, q: str = "", stock: str = "", after: str = "", done: str = ""
) -> Response:
    return _list(request, viewer, q=q.strip()[:200], stock=stock, after=after, done=done)


def _list(
    request: Request, viewer: Viewer, *, q: str = "", stock: str = "", after: str = "", done: str = "",
    typed: dict[str, str] | None = None, errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    now = context_of(request).clock()
    with page_read(request) as connection:
        settings = settings_of(connection)
        found = shelf(connection, q, stock, after, settings.low_stock, now)
        counts = connection.execute(catalogue.COUNTS, {"low": settings.low_stock}).one()
        feeds = newest(connection, 1)
    values = typed or {name: str(value) for name, value in settings.model_dump(mode="json").items()}
    chosen = {name: value for name, value in (("q", q), ("stock", stock)) if value}
    return page(
        request, "catalogue/list.html", viewer, status=422 if errors else 200, now=now, found=found, counts=counts, q=q,
        stock=stock, stocks=words.STOCKS, first=not after, low=settings.low_stock, feeds=feeds, address=address, done=done,
        stock_look=words.stock_look, form=values, fields=SETTINGS, errors=errors or {}, states=FILE_STATES,
        link=lambda cursor: "/catalogue" + (f"?{urlencode(chosen | cursor_of(cursor))}" if chosen or cursor else ""),
    )  # fmt: skip


def cursor_of(cursor: str) -> dict[str, str]:
    return {"after": cursor} if cursor else {}


@router.post("/settings")
def change(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """What counts as a drop, as low, as interest."""
    context = context_of(request)
    given: dict[str, Any] = {name: form[name] for name in SETTINGS if form[name]}
    try:
        change_settings(context.database, given, context.clock(), viewer.actor)
    except AntiphonError as error:
        field = next((name for name in SETTINGS if f" {name} " in error.what), "drop_percent")
        return _list(request, viewer, typed=dict.fromkeys(SETTINGS, "") | given, errors={field: error.what})
    return RedirectResponse("/catalogue?done=settings", status_code=303)


@router.get("/products/{product:path}")
def show(request: Request, viewer: SignedInViewer, product: str) -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        found = shown(connection, product.replace("\0", ""), now)
        settings = settings_of(connection)
    if found is None:
        raise NotFoundError("There is no such product", "The catalogue has all there are.")
    return page(
        request, "catalogue/product.html", viewer, now=now, found=found, product=found.product, low=settings.low_stock,
        stock_look=words.stock_look, occasions=words.OCCASIONS, states=words.OCCASION_STATES,
    )  # fmt: skip
