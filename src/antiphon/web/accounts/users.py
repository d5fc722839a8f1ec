"""Users: invite, accept, roles, deactivation, passwords. One active owner always stays."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam
from sqlalchemy.dialects.postgresql import JSONB

from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database
from antiphon.web.accounts import queries
from antiphon.web.accounts.models import SignedIn, Viewer
from antiphon.web.accounts.permissions import ROLES
from antiphon.web.accounts.secrets import hash_password, new_token, password_fits, token_hash
from antiphon.web.accounts.sessions import add_link, start_session

#: An invitation waits over a holiday.
INVITATION_LENGTH = timedelta(days=7)

_SAVE = queries.SAVE_SETTING.bindparams(bindparam("value", type_=JSONB))
_PASSWORD = "password"  # noqa: S105  # the purpose of a link


class LastOwnerError(AntiphonError):
    status = 409

    def __init__(self) -> None:
        super().__init__("This is the last active owner, so nothing was changed.", "Make somebody else an owner first.")


def invite(database: Database, name: str, email: str, role: str, by: Actor, now: datetime) -> str:
    """Make an account that waits for its password; returns the path of the link that sets one, for seven days.

    Raises ``AntiphonError`` for an address that has an account and for a role that does not exist.
    """
    _known(role)
    with database.begin("accounts") as connection:
        values = {"email": email, "name": name, "password_hash": "", "role": role, "state": "invited", "now": now}
        account = connection.execute(queries.ADD_ACCOUNT, values).scalar_one_or_none()
        if account is None:
            raise AntiphonError(f"{email} has an account already.", "Change its role in the list of users.")
        record(connection, now, by, "accounts", "user invited", f"user {email}", after={"role": role, "name": name})
        return _password_link(connection, account, now)


def new_link(database: Database, account: int, by: Actor, now: datetime) -> tuple[Row[Any], str]:
    """Another link that sets a password: for an invitation that was lost, or a password that was forgotten.

    Returns the account and the path; links made before do not work any more.
    """
    with database.begin("accounts") as connection:
        user = _user(connection, account)
        if user.state == "deactivated":
            raise AntiphonError(f"{user.email} is deactivated.", "Activate the user first.")
        record(connection, now, by, "accounts", "link to set a password made", f"user {user.email}")
        return user, _password_link(connection, account, now)


def invited(database: Database, token: str, now: datetime) -> Row[Any] | None:
    """Whose password a link sets (account, email, name, state); ``None`` when it does not work any more."""
    with database.read() as connection:
        values = {"token": token_hash(token), "purpose": _PASSWORD, "now": now}
        return connection.execute(queries.LINK, values).one_or_none()


def accept(
    database: Database, token: str, password: str, now: datetime, origin: str | None, agent: str | None
) -> SignedIn | None:
    """Set the password that a link allows, and sign in; every other session of the account ends."""
    hashed = hash_password(password)
    with database.begin("accounts") as connection:
        values = {"token": token_hash(token), "purpose": _PASSWORD, "now": now}
        account = connection.execute(queries.USE_LINK, values).scalar_one_or_none()
        if account is None:
            return None
        user = _user(connection, account)
        connection.execute(queries.SET_PASSWORD, {"account": account, "password_hash": hashed})
        connection.execute(queries.SET_STATE, {"account": account, "state": "active"})
        connection.execute(queries.END_SESSIONS, {"account": account, "but": ""})
        what = "invitation accepted" if user.state == "invited" else "password set by a link"
        record(connection, now, Actor(user.email, "user", origin), "accounts", what, f"user {user.email}")
        return start_session(connection, account, now, origin, agent)


def change_password(database: Database, viewer: Viewer, old: str, new: str, now: datetime) -> bool:
    """Change one's own password; the other sessions end. ``False`` when the old one is wrong."""
    with database.read() as connection:
        user = _user(connection, viewer.account)
    if not password_fits(user.password_hash, old):
        with database.begin("accounts") as connection:
            record(connection, now, viewer.actor, "sign-in", "password change refused: the old one was wrong")
        return False
    hashed = hash_password(new)
    with database.begin("accounts") as connection:
        connection.execute(queries.SET_PASSWORD, {"account": viewer.account, "password_hash": hashed})
        connection.execute(queries.END_SESSIONS, {"account": viewer.account, "but": viewer.session})
        record(connection, now, viewer.actor, "accounts", "password changed", f"user {viewer.email}")
    return True


def change_role(database: Database, account: int, role: str, by: Actor, now: datetime) -> None:
    """Raises ``LastOwnerError`` when nobody would be an owner afterwards."""
    _known(role)
    with database.begin("accounts") as connection:
        connection.execute(queries.LOCK_ACCOUNTS)
        user = _user(connection, account)
        if user.role == role:
            return
        if role != "owner":
            _keep_an_owner(connection, user)
        connection.execute(queries.SET_ROLE, {"account": account, "role": role})
        about, before, after = f"user {user.email}", {"role": user.role}, {"role": role}
        record(connection, now, by, "accounts", "role changed", about, before=before, after=after)


def deactivate(database: Database, account: int, by: Actor, now: datetime) -> None:
    """Keep a user out at once: sessions and links end. What they did stays theirs in the audit log."""
    with database.begin("accounts") as connection:
        connection.execute(queries.LOCK_ACCOUNTS)
        user = _user(connection, account)
        _keep_an_owner(connection, user)
        connection.execute(queries.SET_STATE, {"account": account, "state": "deactivated"})
        connection.execute(queries.END_SESSIONS, {"account": account, "but": ""})
        for purpose in (_PASSWORD, "sign-in"):
            connection.execute(queries.DROP_LINKS_OF, {"account": account, "purpose": purpose})
        record(connection, now, by, "accounts", "user deactivated", f"user {user.email}")


def activate(database: Database, account: int, by: Actor, now: datetime) -> None:
    """Let a deactivated user in again; one who never had a password needs a new link."""
    with database.begin("accounts") as connection:
        user = _user(connection, account)
        state = "active" if user.password_hash else "invited"
        connection.execute(queries.SET_STATE, {"account": account, "state": state})
        record(connection, now, by, "accounts", "user activated", f"user {user.email}")


def end_session(database: Database, viewer: Viewer, beginning: str, now: datetime) -> None:
    """End one of one's own sessions, named by the beginning of its hash."""
    with database.begin("accounts") as connection:
        connection.execute(queries.END_ONE, {"account": viewer.account, "beginning": beginning})
        record(connection, now, viewer.actor, "sign-in", "session ended", f"user {viewer.email}")


def end_sessions(database: Database, account: int, by: Actor, now: datetime) -> None:
    """Sign a user out everywhere."""
    with database.begin("accounts") as connection:
        user = _user(connection, account)
        connection.execute(queries.END_SESSIONS, {"account": account, "but": ""})
        record(connection, now, by, "sign-in", "signed out everywhere", f"user {user.email}")


def set_masking(database: Database, masked: bool, by: Actor, now: datetime) -> None:
    """Whether personal data is hidden from roles that are ``maskable``."""
    with database.begin("settings") as connection:
        connection.execute(_SAVE, {"key": "masking", "value": masked, "now": now, "who": by.who})
        what = "personal data hidden from analysts" if masked else "personal data shown to analysts"
        record(connection, now, by, "settings", what)


def _password_link(connection: Connection, account: int, now: datetime) -> str:
    token = new_token()
    connection.execute(queries.DROP_LINKS_OF, {"account": account, "purpose": _PASSWORD})
    add_link(connection, account, token, _PASSWORD, now, INVITATION_LENGTH)
    return f"/password/{token}"


def _user(connection: Connection, account: int) -> Row[Any]:
    user = connection.execute(queries.ACCOUNT, {"account": account}).one_or_none()
    if user is None:
        raise NotFoundError("There is no such user", "The list of users has all there are.")
    return user


def _known(role: str) -> None:
    if role not in ROLES:
        raise AntiphonError(f"There is no role {role!r}.", f"The roles are {', '.join(ROLES)}.")


def _keep_an_owner(connection: Connection, user: Row[Any]) -> None:
    if user.role != "owner" or user.state != "active":
        return
    if not connection.execute(queries.OTHER_OWNERS, {"account": user.id}).scalar_one():
        raise LastOwnerError
