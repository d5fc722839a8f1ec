"""Who calls the JSON API under ``/api/v1``, whether their key may, and how they are answered."""

from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from starlette.responses import Response

from antiphon.kit.authorization import shown_secret
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import Actor
from antiphon.web.accounts.permissions import API_KEY
from antiphon.web.api.keys import ApiKey, key_of
from antiphon.web.context import context_of
from antiphon.web.guard import origin_of, permission_of

#: The highest id that anything has.
HIGHEST = 2**63 - 1


class ApiError(AntiphonError):
    """An answer other than 2xx: ``{"error": what, "hint": hint}``."""

    def __init__(self, status: int, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.status = status


def keyed(request: Request) -> Actor:
    """Whoever calls, as the audit log names them, if their key has the scope that this address asks for."""
    context = context_of(request)
    shown = shown_secret(request.headers.get("authorization", ""))
    found: ApiKey | None = key_of(context.database, shown, context.clock()) if shown else None
    if found is None:
        what = "This API key is not known, or revoked." if shown else "An API key is missing."
        raise ApiError(401, what, "Send it as `Authorization: Bearer ap_…`.")
    scope = permission_of(request).removeprefix(API_KEY)
    if scope not in found.scopes:
        raise ApiError(403, f"The key {found.name!r} does not have the scope {scope}.", "Make a key that has it.")
    return Actor(found.name, "key", origin_of(request))


Caller = Annotated[Actor, Depends(keyed)]


def answer(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, {"Cache-Control": "no-store"}, "application/json")
