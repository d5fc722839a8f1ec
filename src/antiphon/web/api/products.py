"""Products by program: tell, read, list, delete. Every address needs the scope that ``permissions.ROUTES`` declares."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from antiphon.catalogue.documents import product_document
from antiphon.catalogue.read import listed, products, variants
from antiphon.catalogue.words import ProductWord, WordError, read_word
from antiphon.catalogue.writing import take_words
from antiphon.kit.errors import NotFoundError
from antiphon.web.api.callers import ApiError, Caller, answer
from antiphon.web.context import context_of
from antiphon.web.reads import page_read

router = APIRouter(include_in_schema=False, prefix="/api/v1/products")

#: Products of one request.
MOST = 1_000


class Told(BaseModel):
    """Products as ``catalogue.words.ProductWord`` reads each; ``currency`` is that of prices that name none."""

    model_config = ConfigDict(extra="forbid")

    products: list[Any] = Field(min_length=1, max_length=MOST)
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")


@router.post("")
def tell(request: Request, caller: Caller, told: Told) -> Response:  # noqa: ARG001  # it guards
    """Make or change products. Each counts for itself: ``refused`` has the place of each that was not taken, and why.

    200 where any was taken, 422 where none was.
    """
    context = context_of(request)
    words: list[tuple[int, ProductWord]] = []
    refused: list[dict[str, Any]] = []
    for place, given in enumerate(told.products):
        try:
            words.append((place, read_word(given)))
        except WordError as error:
            known = given.get("id") if isinstance(given, dict) else None
            refused.append({"index": place, "id": known if isinstance(known, str | int) else None, "error": str(error)})
    report = take_words(context.database, [word for _, word in words], context.clock(), told.currency)
    refused += [{"index": words[place][0], "id": id_, "error": why} for place, id_, why in report.refused]
    refused.sort(key=lambda one: int(one["index"]))
    if report.occasions:
        context.wake()
    found = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged, "refused": refused}
    if refused and len(refused) == len(told.products):
        hint = "docs/catalogue.md has what may be said of a product."
        return answer({"error": f"None was taken: {refused[0]['error']}.", "hint": hint, **found}, 422)
    return answer(found)


@router.get("")
def show_all(
    request: Request,
    caller: Caller,  # noqa: ARG001  # it guards
    q: str = "",
    after: str = "",
    limit: int = 100,
) -> Response:
    """Products by id, ``limit`` (at most 1,000) of them behind ``after``; ``next`` goes on. ``q``: words of title or id."""
    limit = max(1, min(limit, MOST))
    with page_read(request) as connection:
        found = listed(connection, q[:200], after, limit + 1)
        kinds = variants(connection, [one.id for one in found[:limit]])
    documents = [product_document(one, kinds.get(one.id, ())) for one in found[:limit]]
    return answer({"products": documents, "next": found[limit - 1].id if len(found) > limit else None})


@router.get("/{product:path}")
def show(request: Request, caller: Caller, product: str) -> Response:  # noqa: ARG001  # it guards
    with page_read(request) as connection:
        found = products(connection, [product], deleted=True).get(product)
        kinds = variants(connection, [product])
    if found is None:
        raise NotFoundError("There is no such product.", "Ids are the shop's own.")
    return answer(product_document(found, kinds.get(product, ())))


@router.delete("/{product:path}")
def delete(request: Request, caller: Caller, product: str) -> Response:  # noqa: ARG001  # it guards
    """Take a product out of the catalogue. Messages that were about to name it leave it out."""
    context = context_of(request)
    try:
        word = read_word({"id": product, "deleted": True})
    except WordError as error:
        raise ApiError(422, f"It cannot be read: {error}.") from error
    if take_words(context.database, [word], context.clock()).refused:
        raise NotFoundError("There is no such product.", "Ids are the shop's own.")
    return answer({"deleted": True})
