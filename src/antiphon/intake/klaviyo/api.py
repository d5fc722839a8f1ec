"""Klaviyo's API for profiles, events and subscriptions, so that what speaks to it can be pointed here (rules 5.10).

The key is one of our write keys of scope server: ``Authorization: Klaviyo-API-Key ak_…``. Success means accepted.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.bodies import BodyError, body_of, database_of, json_of, keys_of, wake
from antiphon.intake.facts import UnreadableError
from antiphon.intake.items import Posting, read_consent_item, read_item
from antiphon.intake.klaviyo import profiles, subscriptions
from antiphon.intake.klaviyo.known import known_profile
from antiphon.intake.klaviyo.profiles import InvalidError
from antiphon.intake.models import Scope
from antiphon.intake.optout import opt_out

router = APIRouter(prefix="/api")

MAX_BODY = 5 * 1024 * 1024
_MAX_ITEM = 1024 * 1024
_KINDS = {
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    409: "duplicate_profile",
    413: "too_large",
}

_Answer = tuple[int, dict[str, Any] | None]
_Handle = Callable[[Request, Any, Posting], _Answer]


class RefusedError(Exception):
    """An answer other than success: its status, what is wrong, and what else it tells."""

    def __init__(self, status: int, detail: str, pointer: str = "", meta: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.status, self.pointer, self.meta = status, pointer, meta


async def _answer(request: Request, handle: _Handle) -> Response:
    try:
        raw = await body_of(request, MAX_BODY)
        status, content = await run_in_threadpool(lambda: handle(request, json_of(raw), _posting(request)))
    except RefusedError as error:
        status, content = error.status, _errors(error.status, [(str(error), error.pointer)], error.meta)
    except InvalidError as error:
        status, content = 400, _errors(400, [(str(error), error.pointer)])
    except (UnreadableError, TypeError) as error:
        status, content = 400, _errors(400, [(str(error), "/data/attributes")])
    except BodyError as error:
        status, content = error.status, _errors(error.status, [(str(error), "/data")])
    except ClientDisconnect:
        return Response(status_code=400)
    if status < 300:
        wake(request)
    body = b"" if content is None else orjson.dumps(content)
    return Response(body, status, media_type="application/vnd.api+json")


def _errors(status: int, wrong: list[tuple[str, str]], meta: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "errors": [
            {
                "id": str(uuid.uuid4()),
                "status": status,
                "code": _KINDS.get(status, "invalid"),
                "title": "Invalid input." if status == 400 else "The request cannot be carried out.",
                "detail": detail,
                "source": {"pointer": pointer or "/data"},
                **({"meta": meta} if meta else {}),
            }
            for detail, pointer in wrong
        ]
    }


def _posting(request: Request) -> Posting:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "klaviyo-api-key" or not shown:
        raise RefusedError(
            401, "Missing or invalid authorization: send Authorization: Klaviyo-API-Key and a write key."
        )
    keys = keys_of(request)
    key = keys.key_of(shown.strip())
    if key is None:
        raise RefusedError(401, "This write key is not known.")
    if key.scope != Scope.SERVER:
        raise RefusedError(
            403, f"The write key of {key.source} has the scope {key.scope}; this takes one of scope server."
        )
    return Posting(key.source, datetime.now(UTC), keys.region, max_item=_MAX_ITEM, scope=key.scope)


def _profile(request: Request, document: Any, posting: Posting, *, update: bool) -> _Answer:
    data = profiles.data_of(document, "profile")
    attributes = profiles.part(data, "attributes")
    if update and data.get("id"):
        attributes = attributes | {"id": data["id"]}
    keys = profiles.keys_of(attributes, posting.region, "/data/attributes")
    if not keys:
        raise InvalidError("a profile needs an email, phone_number or external_id", "/data/attributes")
    traits = profiles.traits_of(attributes, "/data/attributes")
    traits = profiles.patched(traits, data, "/data") if update else traits
    database = database_of(request)
    known, profile = known_profile(database, keys)
    profile = profile or dict(keys).get(profiles.KIND) or profiles.id_of(keys[0])
    if known and not update:
        # the id that is told must lead to the person from now on
        store_arrivals(database, [read_item(profiles.identify(keys, {}, profile=profile), posting)])
        raise RefusedError(
            409, "A profile already exists with one of these identifiers.", "/data/attributes",
            {"duplicate_profile_id": profile},
        )  # fmt: skip
    store_arrivals(database, [read_item(profiles.identify(keys, traits, profile=profile), posting)])
    return (200 if known else 201), _shown(profile, attributes)


def _shown(profile: str, attributes: dict[str, Any]) -> dict[str, Any]:
    names = (
        "email",
        "phone_number",
        "external_id",
        "first_name",
        "last_name",
        "organization",
        "locale",
        "title",
        "image",
    )
    told = {name: attributes.get(name) for name in names}
    told |= {"location": attributes.get("location") or {}, "properties": attributes.get("properties") or {}}
    return {
        "data": {"type": "profile", "id": profile, "attributes": told, "links": {"self": f"/api/profiles/{profile}"}},
        "links": {"self": f"/api/profiles/{profile}"},
    }


def _change(request: Request, document: Any, posting: Posting, profile: str) -> _Answer:
    if not profiles.is_id(profile):
        raise RefusedError(404, f"There is no profile {profile[:64]!r}.", "/data/id")
    data = profiles.data_of(document, "profile")
    if data.get("id") not in {None, profile}:
        raise InvalidError("data.id is another profile than the address", "/data/id")
    attributes = profiles.part(data, "attributes") | {"id": profile}
    keys = profiles.keys_of(attributes, posting.region, "/data/attributes")
    traits = profiles.patched(profiles.traits_of(attributes, "/data/attributes"), data, "/data")
    store_arrivals(database_of(request), [read_item(profiles.identify(keys, traits), posting)])
    return 200, _shown(profile, attributes)


def _event(request: Request, document: Any, posting: Posting) -> _Answer:
    data = profiles.data_of(document, "event")
    item = profiles.track(data, posting.region)
    try:
        arrival = read_item(item, posting)
    except UnreadableError as error:
        raise InvalidError(str(error), "/data/attributes") from error
    store_arrivals(database_of(request), [arrival])
    return 202, None


def _subscribe(request: Request, document: Any, posting: Posting) -> _Answer:
    given = [read_consent_item(item, posting) for item in subscriptions.subscribed(document, posting.region)]
    store_arrivals(database_of(request), given)
    return 202, None


def _unsubscribe(request: Request, document: Any, posting: Posting) -> _Answer:
    found, wrong = subscriptions.unsubscribed(document, posting.region)
    database = database_of(request)
    for channel, address, purpose in found:
        if purpose == "marketing":
            opt_out(database, channel, address, "api", posting.source)
            continue
        item = {"channel": channel, "address": address, "purposes": [purpose], "state": "unsubscribed", "method": "api"}
        store_arrivals(database, [read_consent_item(item, replace(posting, received_at=datetime.now(UTC)))])
    if wrong:
        done = f" {len(found)} others were unsubscribed." if found else ""
        return 400, _errors(400, [(f"{error}.{done}", error.pointer) for error in wrong])
    return 202, None


@router.post("/profiles", include_in_schema=False)
@router.post("/profiles/", include_in_schema=False)
async def create_profile(request: Request) -> Response:
    """201 for a new one; 409 with the id of the one that there is."""
    return await _answer(request, lambda asked, document, posting: _profile(asked, document, posting, update=False))


@router.patch("/profiles/{profile}", include_in_schema=False)
@router.patch("/profiles/{profile}/", include_in_schema=False)
async def change_profile(request: Request, profile: str) -> Response:
    return await _answer(request, lambda asked, document, posting: _change(asked, document, posting, profile))


@router.post("/profile-import", include_in_schema=False)
@router.post("/profile-import/", include_in_schema=False)
async def import_profile(request: Request) -> Response:
    """201 for a new one, 200 for one that there is."""
    return await _answer(request, lambda asked, document, posting: _profile(asked, document, posting, update=True))


@router.post("/events", include_in_schema=False)
@router.post("/events/", include_in_schema=False)
async def create_event(request: Request) -> Response:
    return await _answer(request, _event)


@router.post("/profile-subscription-bulk-create-jobs", include_in_schema=False)
@router.post("/profile-subscription-bulk-create-jobs/", include_in_schema=False)
async def subscribe(request: Request) -> Response:
    return await _answer(request, _subscribe)


@router.post("/profile-subscription-bulk-delete-jobs", include_in_schema=False)
@router.post("/profile-subscription-bulk-delete-jobs/", include_in_schema=False)
async def unsubscribe(request: Request) -> Response:
    """Opt-outs hold when this is answered."""
    return await _answer(request, _unsubscribe)
