"""Settings, Webhooks: what third parties send, and how it is read."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from antiphon.intake.hooks.managing import hooks, remove, save
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.web.accounts.models import Viewer
from antiphon.web.context import context_of
from antiphon.web.guard import OwnForm, SignedInViewer
from antiphon.web.render import page

router = APIRouter(include_in_schema=False, prefix="/settings/webhooks")

#: What a new webhook begins with: a review that is known by its writer's email.
EXAMPLE = """\
name: reviews
identify:
  email: review.reviewer.email
event: Product Reviewed
time: review.created_at
id: review.uuid
properties:
  stars: review.rating
  text: review.body
  product_id: review.products[0].id
"""


@router.get("")
def show(request: Request, viewer: SignedInViewer, change: str = "", saved: str = "") -> Response:
    return _page(request, viewer, change=change, saved=saved)


def _page(
    request: Request,
    viewer: Viewer,
    *,
    change: str = "",
    saved: str = "",
    typed: str | None = None,
    error: str = "",
    made: str = "",
) -> Response:
    """``made``: the address of a new webhook, shown this once. ``typed`` was refused for ``error``."""
    found = hooks(context_of(request).database)
    chosen = next((one for one in found if one.hook.name == change), None)
    if change and chosen is None:
        raise NotFoundError(f"There is no webhook {change!r}", "The list shows all there are.")
    definition = typed if typed is not None else chosen.definition if chosen else EXAMPLE
    return page(
        request, "hooks/hooks.html", viewer, status=422 if error else 200, found=found, chosen=chosen, saved=saved,
        definition=definition, error=error, made=made, base_url=context_of(request).base_url,
    )  # fmt: skip


@router.post("")
def keep(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    context, typed = context_of(request), form["definition"].replace("\r\n", "\n")
    try:
        hook, token = save(context.database, typed, form["secret"] or None, context.clock(), viewer.actor)
    except AntiphonError as error:
        return _page(request, viewer, change=form["change"], typed=typed, error=str(error))
    if token is None:
        return RedirectResponse(f"/settings/webhooks?change={hook.name}&saved={hook.name}", status_code=303)
    where = f"{context.base_url}/v1/hooks/{hook.name}" + ("" if hook.signature else f"?token={token}")
    return _page(request, viewer, change=hook.name, made=where)


@router.post("/{name}/remove")
def end(request: Request, viewer: SignedInViewer, form: OwnForm, name: str) -> Response:  # noqa: ARG001
    context = context_of(request)
    remove(context.database, name, context.clock(), viewer.actor)
    return RedirectResponse("/settings/webhooks", status_code=303)
