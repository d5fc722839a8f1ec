"""What stands before a page: who looks, and whether a form is really theirs."""

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from antiphon.web.accounts.models import FormExpiredError, NotAllowedError, NotSignedInError, Viewer
from antiphon.web.accounts.permissions import needed
from antiphon.web.accounts.secrets import new_token
from antiphon.web.accounts.sessions import SESSION_LENGTH, viewer_of
from antiphon.web.context import WebContext, context_of

SESSION_COOKIE = "antiphon_session"
#: Guards the forms of those who are not signed in yet.
FORM_COOKIE = "antiphon_form"


def session_token(request: Request) -> str:
    return request.cookies.get(SESSION_COOKIE, "")


def origin_of(request: Request) -> str | None:
    """The network address that a request comes from."""
    return request.client.host if request.client else None


def permission_of(request: Request) -> str:
    """What the route under way asks for (``web.accounts.permissions``)."""
    return needed(request.method, request.scope["route"].path)


def signed_in(request: Request) -> Viewer:
    """Whoever looks, if their role allows what this route asks for."""
    viewer = viewer_or_none(request)
    if viewer is None:
        raise NotSignedInError
    permission = permission_of(request)
    if not viewer.may(permission):
        raise NotAllowedError(viewer, permission)
    return viewer


def viewer_or_none(request: Request) -> Viewer | None:
    context = context_of(request)
    token = session_token(request)
    return viewer_of(context.database, token, context.clock(), origin_of(request)) if token else None


SignedInViewer = Annotated[Viewer, Depends(signed_in)]


class Posted(dict[str, str]):
    """The fields of a form that has been checked; a field that is missing is empty."""

    def __missing__(self, key: str) -> str:
        return ""


async def _fields(request: Request) -> Posted:
    form = await request.form()
    return Posted((name, value) for name, value in form.items() if isinstance(value, str))


def _checked(request: Request, fields: Posted, expected: str) -> Posted:
    given = request.headers.get("x-csrf-token") or fields["csrf"]
    if not expected or not compare_digest(given.encode(), expected.encode()):
        raise FormExpiredError
    return fields


async def own_form(request: Request, viewer: SignedInViewer) -> Posted:
    """A form of the page's own, sent by the person who is signed in."""
    return _checked(request, await _fields(request), viewer.csrf)


async def open_form(request: Request) -> Posted:
    """A form from before anybody is signed in: its token stands in a cookie of this browser as well."""
    return _checked(request, await _fields(request), request.cookies.get(FORM_COOKIE, ""))


OwnForm = Annotated[Posted, Depends(own_form)]
OpenForm = Annotated[Posted, Depends(open_form)]


def form_token(request: Request) -> str:
    """The token for an open form: the one this browser has, or a new one."""
    return request.cookies.get(FORM_COOKIE) or new_token()


def set_form_cookie(context: WebContext, response: Response, token: str) -> None:
    response.set_cookie(FORM_COOKIE, token, max_age=3600, httponly=True, secure=context.secure, samesite="strict")


def set_session_cookie(context: WebContext, response: Response, token: str) -> None:
    age = int(SESSION_LENGTH.total_seconds())
    response.set_cookie(SESSION_COOKIE, token, max_age=age, httponly=True, secure=context.secure, samesite="lax")
    response.delete_cookie(FORM_COOKIE)
