"""Users and their roles, and everybody's own account."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from antiphon.kit.errors import AntiphonError
from antiphon.web.accounts import queries as accounts
from antiphon.web.accounts import users
from antiphon.web.accounts.models import Viewer
from antiphon.web.accounts.pages import agent_of, enter, form_page
from antiphon.web.accounts.permissions import PERMISSIONS, ROLES
from antiphon.web.context import context_of
from antiphon.web.forms import Shown, errors_of
from antiphon.web.guard import OpenForm, OwnForm, Posted, SignedInViewer, origin_of
from antiphon.web.reads import page_read
from antiphon.web.render import page
from antiphon.web.users import mail, queries
from antiphon.web.users.forms import InviteForm, PasswordForm

router = APIRouter(include_in_schema=False)

_LIST = "/settings/users"

_INVITATION = """Hello {name},

{by} invites you to Antiphon, which writes the emails and texts of {brand}.

Choose a password here, within seven days:
{link}

If this means nothing to you, ignore this email: nothing happens without that link.
"""


@router.get(_LIST)
def list_users(request: Request, viewer: SignedInViewer, done: str = "") -> Response:
    return _users_page(request, viewer, done=done)


def _users_page(
    request: Request,
    viewer: Viewer,
    *,
    done: str = "",
    shown: Shown | None = None,
    link: str = "",
    link_for: str = "",
    unsent: str | None = "",
) -> Response:
    """``link`` is shown once, to whoever made it; ``unsent`` says why it did not go out by itself."""
    now = context_of(request).clock()
    with page_read(request) as connection:
        found = connection.execute(accounts.ACCOUNTS, {"now": now}).all()
        masking = connection.execute(queries.MASKING).scalar_one()
    shown = shown or Shown(Posted(role="manager"))
    return page(
        request, "users/list.html", viewer, status=shown.status, now=now, users=found, roles=ROLES, permissions=PERMISSIONS,
        masking=masking, done=done, form=shown.fields, errors=shown.errors, link=link, link_for=link_for, unsent=unsent,
    )  # fmt: skip


@router.post(_LIST)
def invite(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    """Invite somebody by mail; the link is shown as well, for when mail is not to be trusted."""
    context, now = context_of(request), context_of(request).clock()
    try:
        filled = InviteForm.model_validate(dict(form))
    except ValidationError as error:
        return _users_page(request, viewer, shown=Shown(form, errors_of(error)))
    try:
        path = users.invite(context.database, filled.name, filled.email, filled.role, viewer.actor, now)
    except AntiphonError as error:
        return _users_page(request, viewer, shown=Shown(form, {"email": str(error)}))
    return _with_link(request, viewer, filled.name, filled.email, path)


@router.post(_LIST + "/{account}/link")
def make_link(request: Request, viewer: SignedInViewer, form: OwnForm, account: int) -> Response:  # noqa: ARG001
    """A new link to set a password."""
    context = context_of(request)
    user, path = users.new_link(context.database, account, viewer.actor, context.clock())
    return _with_link(request, viewer, user.name, user.email, path)


def _with_link(request: Request, viewer: Viewer, name: str, email: str, path: str) -> Response:
    context = context_of(request)
    link = context.base_url + path
    body = _INVITATION.format(name=name, by=viewer.name, brand=viewer.brand, link=link)
    unsent = mail.send(context, email, f"Your account at {viewer.brand}", body, path)
    return _users_page(request, viewer, link=link, link_for=email, unsent=unsent)


@router.post(_LIST + "/masking")
def set_masking(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    context = context_of(request)
    users.set_masking(context.database, form["masking"] == "on", viewer.actor, context.clock())
    return _listed("masking")


@router.post(_LIST + "/{account}/role")
def set_role(request: Request, viewer: SignedInViewer, form: OwnForm, account: int) -> Response:
    context = context_of(request)
    users.change_role(context.database, account, form["role"], viewer.actor, context.clock())
    return _listed("role")


@router.post(_LIST + "/{account}/deactivate")
def deactivate(request: Request, viewer: SignedInViewer, form: OwnForm, account: int) -> Response:  # noqa: ARG001
    context = context_of(request)
    users.deactivate(context.database, account, viewer.actor, context.clock())
    return _listed("deactivated")


@router.post(_LIST + "/{account}/activate")
def activate(request: Request, viewer: SignedInViewer, form: OwnForm, account: int) -> Response:  # noqa: ARG001
    context = context_of(request)
    users.activate(context.database, account, viewer.actor, context.clock())
    return _listed("activated")


@router.post(_LIST + "/{account}/sign-out")
def sign_out(request: Request, viewer: SignedInViewer, form: OwnForm, account: int) -> Response:  # noqa: ARG001
    context = context_of(request)
    users.end_sessions(context.database, account, viewer.actor, context.clock())
    return _listed("signed-out")


def _listed(done: str) -> Response:
    return RedirectResponse(f"{_LIST}?done={done}", status_code=303)


@router.get("/account")
def own_account(request: Request, viewer: SignedInViewer, done: str = "") -> Response:
    return _account_page(request, viewer, done=done)


def _account_page(
    request: Request, viewer: Viewer, *, done: str = "", errors: dict[str, str] | None = None
) -> Response:
    now = context_of(request).clock()
    with page_read(request) as connection:
        sessions = connection.execute(accounts.SESSIONS, {"account": viewer.account, "now": now}).all()
    return page(
        request, "users/account.html", viewer, status=422 if errors else 200, now=now, sessions=sessions, done=done,
        errors=errors or {}, role=ROLES.get(viewer.role), permissions=PERMISSIONS,
    )  # fmt: skip


@router.post("/account/password")
def change_password(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:
    context = context_of(request)
    filled = _filled(form)
    if not isinstance(filled, PasswordForm):
        return _account_page(request, viewer, errors=filled)
    if not users.change_password(context.database, viewer, form["old"], filled.password, context.clock()):
        return _account_page(request, viewer, errors={"old": "This is not your password."})
    return RedirectResponse("/account?done=password", status_code=303)


@router.post("/account/sessions/{session}/end")
def end_session(request: Request, viewer: SignedInViewer, form: OwnForm, session: str) -> Response:  # noqa: ARG001
    if len(session) == 16:
        context = context_of(request)
        users.end_session(context.database, viewer, session, context.clock())
    return RedirectResponse("/account?done=session", status_code=303)


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(request: Request, viewer: SignedInViewer, form: OwnForm) -> Response:  # noqa: ARG001
    context = context_of(request)
    users.end_sessions(context.database, viewer.account, viewer.actor, context.clock())
    return RedirectResponse("/sign-in", status_code=303)


@router.get("/password/{token}")
def show_password(request: Request, token: str) -> Response:
    return _password_page(request, token, {})


def _password_page(request: Request, token: str, errors: dict[str, str]) -> Response:
    context = context_of(request)
    user = users.invited(context.database, token, context.clock())
    if user is None:
        error = "This link was used before, or it is too old. Sign in, or ask an owner for a new one."
        return form_page(request, "accounts/sign_in.html", email="", error=error, next="/", status=410)
    return form_page(request, "accounts/password.html", user=user, errors=errors, status=422 if errors else 200)


@router.post("/password/{token}")
def save_password(request: Request, token: str, form: OpenForm) -> Response:
    context = context_of(request)
    filled = _filled(form)
    if not isinstance(filled, PasswordForm):
        return _password_page(request, token, filled)
    entered = users.accept(
        context.database, token, filled.password, context.clock(), origin_of(request), agent_of(request)
    )
    return enter(request, entered, "/") if entered else _password_page(request, token, {})


def _filled(form: Posted) -> PasswordForm | dict[str, str]:
    """The form, or what is wrong with it by field."""
    try:
        filled = PasswordForm.model_validate(dict(form))
    except ValidationError as error:
        return errors_of(error)
    return filled.problem() or filled
