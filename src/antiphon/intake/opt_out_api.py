"""Mail to the unsubscribe address, as a mail server posts it. What is answered with 200 holds."""

from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from antiphon.intake.api import posting_by_key
from antiphon.intake.bodies import BodyError, body_of
from antiphon.intake.items import Posting
from antiphon.intake.mailed import receive_mail
from antiphon.intake.models import Scope
from antiphon.kit.errors import AntiphonError

router = APIRouter(include_in_schema=False)

MAX_MAIL = 2 * 1024 * 1024


@router.post("/v1/inbound/mail")
async def inbound_mail(request: Request) -> Response:
    """A raw message (RFC 5322) that came to the unsubscribe address."""
    try:
        raw = await body_of(request, MAX_MAIL)
        status, content = await run_in_threadpool(_mail, request, raw)
    except AntiphonError as error:
        status, content = error.status, {"error": error.what, "hint": error.hint}
    if status == 200:
        request.app.state.context.wake()
    return Response(orjson.dumps(content), status, media_type="application/json")


def _mail(request: Request, raw: bytes) -> tuple[int, dict[str, Any]]:
    posting = posting_by_key(request, {})
    _server_key(posting)
    context = request.app.state.context
    found = receive_mail(context.database, context.signer, raw)
    return 200, {"success": True, "meaning": found.meaning}


def _server_key(posting: Posting) -> None:
    if posting.scope != Scope.SERVER:
        raise BodyError(403, f"The write key of {posting.source} lies open in a page.", "Use a key of scope server.")
