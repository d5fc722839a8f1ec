"""The page of API keys."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.api.keys import create_key, list_keys, revoke_key
from antiphon.web.api.scopes import SCOPES
from antiphon.web.context import context_of
from antiphon.web.forms import Shown
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/settings/api-keys")


@router.get("")
def show(request: Request, viewer: SignedInViewer, done: str = "") -> Response:
    return _keys_page(request, viewer, done=done)


def _keys_page(
    request: Request,
    viewer: Viewer,
    *,
    done: str = "",
    new_key: str = "",
    shown: Shown | None = None,
) -> Response:
    """``new_key`` is shown this once."""
    context, shown = context_of(request), shown or Shown()
    return page(
        request, "api/keys.html", viewer, status=shown.status, keys=list_keys(context.database), scopes=SCOPES, done=done,
        new_key=new_key, form=shown.fields, errors=shown.errors, base_url=context.base_url,
    )  # fmt: skip


@router.post("")
def make(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    context = context_of(request)
    scopes = [scope for scope in SCOPES if form[f"scope:{scope}"] == "on"]
    try:
        key = create_key(context.database, form["name"], scopes, context.clock(), viewer.actor)
    except AntiphonError as error:
        field = "name" if scopes else "scopes"
        return _keys_page(request, viewer, shown=Shown(form, {field: str(error)}))
    return _keys_page(request, viewer, new_key=key)


@router.post("/{api_key}/revoke")
def revoke(request: Request, viewer: SignedInViewer, form: OwnForm, api_key: int) -> Response:  # noqa: ARG001
    context = context_of(request)
    found = next((key for key in list_keys(context.database) if key.id == api_key), None)
    if found is None:
        raise NotFoundError("There is no such API key", "The list has all there are.")
    revoke_key(context.database, found.name, context.clock(), viewer.actor)
    return RedirectResponse("/settings/api-keys?done=revoked", status_code=303)
