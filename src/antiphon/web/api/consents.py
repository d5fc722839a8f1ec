"""Consents by program: how an address stands, and opting it out with what shows that it was asked for."""

from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from antiphon.intake.optout import opt_out
from antiphon.people.identifiers import address as normalised
from antiphon.store.audit import record
from antiphon.web.api.callers import ApiError, Caller, answer
from antiphon.web.context import context_of
from antiphon.web.people.holder import holder_of
from antiphon.web.people.models import Reach, Standing
from antiphon.web.people.read import standings
from antiphon.web.reads import page_read

router = APIRouter(include_in_schema=False, prefix="/api/v1")

#: Bytes of JSON.
MAX_EVIDENCE = 16 * 1024


def standing_document(standing: Standing) -> dict[str, Any]:
    """How an address stands, with its consents."""
    return {
        "channel": standing.channel,
        "address": standing.address,
        "suppressed_at": standing.suppressed_at,
        "suppressed_by": standing.suppressed_by or None,
        "consents": [
            {"purpose": each.purpose, "state": each.state, "since": each.effective_at, "double": each.double_opt_in}
            for each in standing.consents
        ],
    }


@router.get("/consents")
def read_consents(request: Request, caller: Caller, channel: str, address: str) -> Response:  # noqa: ARG001  # it guards
    """The consents of one address, and whether it is suppressed."""
    found = _address(channel, address)
    with page_read(request) as connection:
        (standing,) = standings(connection, (Reach(channel, found, "", "", "", cart_double=False),))
    return answer(standing_document(standing))


class Leaving(BaseModel):
    """Who opts out. ``evidence`` is kept in the ledger as it is sent: text, at, by, url, whatever shows it."""

    model_config = ConfigDict(extra="forbid")

    channel: str
    address: str
    evidence: dict[str, Any] = Field(default_factory=dict)


@router.post("/opt-outs")
def take_opt_out(request: Request, caller: Caller, leaving: Leaving) -> Response:
    """Opt an address out, for every brand and sender: it holds when this is answered."""
    context = context_of(request)
    found = _address(leaving.channel, leaving.address)
    evidence = {"evidence": _kept(leaving.evidence)} if leaving.evidence else None
    source = f"API key {caller.who}"
    at: datetime = opt_out(context.database, leaving.channel, found, "api", source, evidence=evidence)
    with context.database.begin("accounts") as connection:
        about = holder_of(connection, leaving.channel, found)
        record(connection, context.clock(), caller, "consents", f"{leaving.channel} opt-out taken", about)
    context.wake()
    return answer({"suppressed_at": at})


def _kept(evidence: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(evidence))
    except TypeError as error:  # nested too deeply, or a number that no JSON holds
        raise ApiError(422, f"The evidence cannot be kept: {error}.", "Send texts and numbers.") from error
    if size > MAX_EVIDENCE:
        raise ApiError(413, f"The evidence is larger than {MAX_EVIDENCE // 1024} KB.", "Send where it lies instead.")
    return evidence


def _address(channel: str, address: str) -> str:
    if channel not in {"email", "sms"}:
        raise ApiError(422, f"There is no channel {channel!r}.", "The channels are email and sms.")
    found = normalised(channel, address)
    if found is None:
        raise ApiError(422, f"{address!r} is not an address of {channel}.", "Send it as a message would have it.")
    return found
