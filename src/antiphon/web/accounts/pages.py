"""Set-up, sign-in and sign-out."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from antiphon.kit.zones import zone_names
from antiphon.web.accounts.models import SignedIn
from antiphon.web.accounts.sessions import sign_in, sign_out, use_sign_in_link
from antiphon.web.accounts.setup import SetupForm, has_account, set_up, token_fits
from antiphon.web.accounts.throttle import Throttle, limits
from antiphon.web.context import context_of
from antiphon.web.forms import errors_of
from antiphon.web.guard import (
    SESSION_COOKIE,
    OpenForm,
    OwnForm,
    Posted,
    SignedInViewer,
    form_token,
    origin_of,
    session_token,
    set_form_cookie,
    set_session_cookie,
    viewer_or_none,
)  # fmt: skip
from antiphon.web.render import open_page

router = APIRouter(include_in_schema=False)

_throttle = Throttle()


def form_page(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    token = form_token(request)
    response = open_page(request, template, status=status, csrf=token, **values)
    set_form_cookie(context_of(request), response, token)
    return response


def enter(request: Request, entered: SignedIn, target: str) -> Response:
    response = RedirectResponse(target, status_code=303)
    set_session_cookie(context_of(request), response, entered.token)
    return response


def agent_of(request: Request) -> str | None:
    """What the browser calls itself, for the list of sessions."""
    return request.headers.get("user-agent")


def _inside(target: str) -> str:
    """Only addresses of this installation: a sign-in page must not send people elsewhere."""
    parts = urlsplit(target)
    inside = not parts.scheme and not parts.netloc and target.startswith("/") and target[1:2] not in {"/", "\\"}
    return target if inside else "/"


@router.get("/setup")
def show_setup(request: Request, token: str = "") -> Response:
    database = context_of(request).database
    if has_account(database):
        return RedirectResponse("/sign-in", status_code=303)
    allowed = bool(token) and token_fits(database, token)
    status = 200 if allowed or not token else 403
    return _setup_page(request, {"zone": "America/New_York"}, {}, token=token, allowed=allowed, status=status)


def _setup_page(
    request: Request, form: dict[str, str], errors: dict[str, str], *, token: str, allowed: bool, status: int = 200
) -> Response:
    return form_page(
        request,
        "accounts/setup.html",
        form=Posted(form),
        errors=errors,
        token=token,
        allowed=allowed,
        zones=zone_names(),
        status=status,
    )


@router.post("/setup")
def save_setup(request: Request, form: OpenForm) -> Response:
    context = context_of(request)
    token = form["token"]
    if has_account(context.database):
        return RedirectResponse("/sign-in", status_code=303)
    if not token_fits(context.database, token):
        return _setup_page(request, form, {}, token=token, allowed=False, status=403)
    try:
        filled = SetupForm.model_validate(dict(form))
    except ValidationError as error:
        return _setup_page(request, form, errors_of(error), token=token, allowed=True, status=422)
    entered = set_up(context.database, filled, context.clock())
    return enter(request, entered, "/") if entered else RedirectResponse("/sign-in", status_code=303)


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002  # the word in the address
    if not has_account(context_of(request).database):
        return RedirectResponse("/setup", status_code=303)
    if viewer_or_none(request) is not None:
        return RedirectResponse(_inside(next), status_code=303)
    return form_page(request, "accounts/sign_in.html", email="", error="", next=_inside(next))


@router.post("/sign-in")
def do_sign_in(request: Request, form: OpenForm) -> Response:
    context = context_of(request)
    now, email, target = context.clock(), form["email"].strip().lower(), _inside(form["next"] or "/")
    host = request.client.host if request.client else ""
    counted = limits(email, host)
    wait = _throttle.wait(counted, now)
    if wait is not None:
        minutes = max(1, round(wait.total_seconds() / 60))
        error = f"Too many tries. Wait {minutes} minute{'s' if minutes > 1 else ''}, then try again."
        return form_page(request, "accounts/sign_in.html", email=email, error=error, next=target, status=429)
    entered = sign_in(context.database, email, form["password"], now, origin_of(request), agent_of(request))
    if entered is None:
        _throttle.failed(counted, now)
        error = "This email and this password do not belong together."
        return form_page(request, "accounts/sign_in.html", email=email, error=error, next=target, status=401)
    _throttle.succeeded(counted)
    return enter(request, entered, target)


@router.get("/sign-in/{token}")
def follow_link(request: Request, token: str) -> Response:
    context = context_of(request)
    entered = use_sign_in_link(context.database, token, context.clock(), origin_of(request), agent_of(request))
    if entered is not None:
        return enter(request, entered, "/")
    if viewer_or_none(request) is not None:  # clicked again by the same reader
        return RedirectResponse("/", status_code=303)
    error = (
        "This link was used before, or it is older than 12 hours. Sign in with your password; the demo prints a new link "
        "each time it starts."
    )
    return form_page(request, "accounts/sign_in.html", email="", error=error, next="/", status=410)


@router.post("/sign-out")
def do_sign_out(request: Request, form: OwnForm, viewer: SignedInViewer) -> Response:  # noqa: ARG001  # it guards
    context = context_of(request)
    sign_out(context.database, session_token(request), viewer.actor, context.clock())
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(SESSION_COOKIE)
    return response
