"""Mail to the unsubscribe address, as a mail server posts it. What is answered with 200 holds."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from antiphon.intake.api import posting_by_key
from antiphon.intake.bodies import BodyError, answered
from antiphon.intake.items import Posting
from antiphon.intake.mailed import receive_mail
from antiphon.intake.models import Scope

router = APIRouter(include_in_schema=False)

MAX_MAIL = 2 * 1024 * 1024


@router.post("/v1/inbound/mail")
async def inbound_mail(request: Request) -> Response:
    """A raw message (RFC 5322) that came to the unsubscribe address."""
    return await answered(request, MAX_MAIL, lambda raw: _mail(request, raw))


def _mail(request: Request, raw: bytes) -> tuple[int, dict[str, Any]]:
    posting = posting_by_key(request, {})
    _server_key(posting)
    context = request.app.state.context
    found = receive_mail(context.database, context.signer, raw)
    return 200, {"success": True, "meaning": found.meaning}


def _server_key(posting: Posting) -> None:
    if posting.scope != Scope.SERVER:
        raise BodyError(403, f"The write key of {posting.source} lies open in a page.", "Use a key of scope server.")
