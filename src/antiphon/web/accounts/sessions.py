"""Signing in and out."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects.postgresql import JSONB

from antiphon.store.db import Database
from antiphon.web.accounts import queries
from antiphon.web.accounts.models import SignedIn, Viewer
from antiphon.web.accounts.secrets import hash_password, new_token, outdated, password_fits, token_hash
from antiphon.web.times import Place

SESSION_LENGTH = timedelta(days=14)
#: A printed link is for whoever reads the terminal today.
LINK_LENGTH = timedelta(hours=12)

_AUDIT = queries.AUDIT.bindparams(bindparam("detail", type_=JSONB(none_as_null=True)))


def audit(connection: Connection, now: datetime, who: str, what: str, **detail: object) -> None:
    connection.execute(_AUDIT, {"now": now, "who": who, "what": what, "detail": detail or None})


def viewer_of(database: Database, token: str, now: datetime) -> Viewer | None:
    """Whose session a cookie's token is; ``None`` for none, or one that has ended."""
    with database.read() as connection:
        row = connection.execute(queries.VIEWER, {"token": token_hash(token), "now": now}).one_or_none()
    if row is None:
        return None
    return Viewer(row.account, row.email, row.name, row.role, row.csrf, row.brand, Place(row.zone))


def sign_in(database: Database, email: str, password: str, now: datetime) -> SignedIn | None:
    """A session for the right password; ``None`` for a wrong one or an unknown address."""
    with database.read() as connection:
        row = connection.execute(queries.ACCOUNT_BY_EMAIL, {"email": email.strip().lower()}).one_or_none()
    if not password_fits(row.password_hash if row else None, password) or row is None:
        return None
    with database.begin("accounts") as connection:
        if outdated(row.password_hash):
            values = {"account": row.id, "password_hash": hash_password(password)}
            connection.execute(queries.SET_PASSWORD, values)
        return start_session(connection, row.id, now)


def start_session(connection: Connection, account: int, now: datetime) -> SignedIn:
    """Inside a transaction of the stage ``accounts``."""
    token = new_token()
    connection.execute(queries.DROP_EXPIRED, {"now": now})
    connection.execute(
        queries.ADD_SESSION,
        {
            "token": token_hash(token),
            "account": account,
            "csrf": new_token(),
            "now": now,
            "expires_at": now + SESSION_LENGTH,
        },
    )
    return SignedIn(token, account)


def sign_out(database: Database, token: str) -> None:
    with database.begin("accounts") as connection:
        connection.execute(queries.END_SESSION, {"token": token_hash(token)})


def create_sign_in_link(database: Database, account_id: int, now: datetime) -> str:
    """The path of a link that signs its reader in once, within 12 hours."""
    token = new_token()
    with database.begin("accounts") as connection:
        connection.execute(queries.DROP_OLD_LINKS, {"now": now})
        connection.execute(
            queries.ADD_LINK, {"token": token_hash(token), "account": account_id, "expires_at": now + LINK_LENGTH}
        )
    return f"/sign-in/{token}"


def use_sign_in_link(database: Database, token: str, now: datetime) -> SignedIn | None:
    """The session that a link opens; ``None`` when it was used, has ended or never was."""
    with database.begin("accounts") as connection:
        account = connection.execute(queries.USE_LINK, {"token": token_hash(token), "now": now}).scalar_one_or_none()
        return start_session(connection, account, now) if account is not None else None
