"""``POST /v1/hooks/{name}``: what third parties send: about people, such as a review by somebody known by email only, and of
the shop about its products.

A webhook tells events and traits, never consents: whoever knows its address must not be able to opt anybody in.
"""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Row

from antiphon.catalogue.words import ProductWord, WordError
from antiphon.catalogue.writing import take_words
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.bodies import Answer, BodyError, answered, database_of, json_of, keys_of
from antiphon.intake.facts import UnreadableError
from antiphon.intake.hooks import queries
from antiphon.intake.hooks.managing import parse, token_hash
from antiphon.intake.hooks.models import Hook, ProductHook
from antiphon.intake.hooks.products import read_product
from antiphon.intake.hooks.reading import items_of, read, signed
from antiphon.intake.items import Posting
from antiphon.intake.models import Arrival
from antiphon.kit.authorization import shown_secret
from antiphon.store.db import Database

router = APIRouter(prefix="/v1/hooks")

MAX_BODY = 1024 * 1024
_MAX_ITEM = 256 * 1024
_NOTE_EVERY = timedelta(minutes=1)


@router.post("/{name}")
async def take(request: Request, name: str) -> Response:
    """One body. 200 says what became of it; what was refused is said here and on the webhook's page."""
    return await answered(request, MAX_BODY, lambda raw: _take(request, name, raw))


def _take(request: Request, name: str, raw: bytes) -> Answer:
    database, now = database_of(request), datetime.now(UTC)
    with database.read() as connection:
        row = connection.execute(queries.ONE, {"name": name}).one_or_none()
    if row is None:
        raise BodyError(
            404, f"There is no webhook {name[:64]!r}.", "Its address stands on the page Settings, Webhooks."
        )
    hook = parse(row.definition)
    _admit(request, row, hook, raw, now)
    try:
        found = items_of(hook, json_of(raw))
    except (UnreadableError, BodyError) as error:
        what = error.what if isinstance(error, BodyError) else str(error)
        _note(database, name, what, now)
        raise BodyError(
            400, f"It cannot be read: {what}.", "Compare the body with the paths of the webhook."
        ) from error
    if isinstance(hook, ProductHook):
        return _products(database, hook, found, now)
    posting = Posting(f"hook {name}", now, keys_of(request).region, max_item=_MAX_ITEM)
    arrivals: list[Arrival] = []
    problems: list[dict[str, Any]] = []
    for index, item in enumerate(found):
        try:
            arrivals += [arrival] if (arrival := read(hook, item, posting)) else []
        except (UnreadableError, TypeError, ValueError) as error:
            problems.append({"index": index, "error": str(error)})
    if arrivals:
        store_arrivals(database, arrivals)
    return _answer(database, name, len(arrivals), len(found), problems, now)


def _products(database: Database, hook: ProductHook, found: list[Any], now: datetime) -> Answer:
    """What a shop says of its products, taken at once: the catalogue sorts out what is older."""
    words: list[tuple[int, ProductWord]] = []
    problems: list[dict[str, Any]] = []
    for index, item in enumerate(found):
        try:
            words.append((index, read_product(hook, item)))
        except WordError as error:
            problems.append({"index": index, "error": str(error)})
    report = take_words(database, [word for _, word in words], now, hook.currency)
    unknown = 0
    for place, _, why in report.refused:
        if words[place][1].deleted:
            unknown += 1  # deleted before anybody told of it: sent again, it would be the same
        else:
            problems.append({"index": words[place][0], "error": why})
    problems.sort(key=lambda one: int(one["index"]))
    taken = len(found) - len(problems) - unknown
    return _answer(database, hook.name, taken, len(found), problems, now)


def _answer(
    database: Database, name: str, taken: int, found: int, problems: list[dict[str, Any]], now: datetime
) -> Answer:
    if problems:
        _note(database, name, problems[0]["error"], now)
    told = {"accepted": taken, "passed_over": found - taken - len(problems)}
    if problems and not taken:
        what = f"It cannot be read: {problems[0]['error']}."
        return 400, {"error": what, "hint": "Compare the body with the paths of the webhook.", "errors": problems}
    return 200, {"success": True, **told, **({"errors": problems} if problems else {})}


def _admit(request: Request, row: Row[Any], hook: Hook | ProductHook, raw: bytes, now: datetime) -> None:
    """Its signature where it signs, else the token of its address."""
    if hook.signature:
        if not signed(hook.signature, row.secret or "", request.headers, raw, now):
            _note(database_of(request), hook.name, f"the signature in {hook.signature.header} does not match", now)
            what = f"The signature in {hook.signature.header} does not match this body."
            raise BodyError(401, what, "It is made of the raw body, with the secret that was given here.")
        return
    shown = request.query_params.get("token", "") or shown_secret(request.headers.get("authorization", ""))
    if not hmac.compare_digest(token_hash(shown), row.token_sha256):
        raise BodyError(401, "The token of this webhook is missing or wrong.", "Its address ends in ?token=….")


def _note(database: Database, name: str, reason: str, now: datetime) -> None:
    with database.begin("intake", durable=False) as connection:
        values = {"name": name, "reason": reason[:500], "now": now, "before": now - _NOTE_EVERY}
        connection.execute(queries.REFUSE, values)
