"""Signing in and out."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from antiphon.store.audit import Actor, record
from antiphon.store.db import Database
from antiphon.web.accounts import queries
from antiphon.web.accounts.models import SignedIn, Viewer
from antiphon.web.accounts.permissions import ROLES
from antiphon.web.accounts.secrets import hash_password, new_token, outdated, password_fits, token_hash
from antiphon.web.times import Place

SESSION_LENGTH = timedelta(days=14)
#: A printed link is for whoever reads the terminal today.
LINK_LENGTH = timedelta(hours=12)
#: How far "last seen" may lag behind: a page is a read, and only now and then a write as well.
_LAG = timedelta(minutes=5)


def viewer_of(database: Database, token: str, now: datetime, origin: str | None = None) -> Viewer | None:
    """Whose session a cookie's token is; ``None`` for none, one that has ended, or one of a deactivated account."""
    with database.read() as connection:
        row = connection.execute(queries.VIEWER, {"token": token_hash(token), "now": now}).one_or_none()
    if row is None:
        return None
    if row.seen_at is None or now - row.seen_at >= _LAG:
        with database.begin("accounts", durable=False) as connection:
            connection.execute(queries.SEEN, {"token": row.token_sha256, "now": now})
    masked = row.masking is True and row.role in ROLES and ROLES[row.role].maskable
    return Viewer(
        row.account,
        row.email,
        row.name,
        row.role,
        row.csrf,
        row.brand,
        Place(row.zone),
        row.token_sha256,
        masked,
        origin,
    )


def sign_in(
    database: Database, email: str, password: str, now: datetime, origin: str | None = None, agent: str | None = None
) -> SignedIn | None:
    """A session for the right password; ``None`` for a wrong one, an unknown or a deactivated account."""
    email = email.strip().lower()
    with database.read() as connection:
        row = connection.execute(queries.ACCOUNT_BY_EMAIL, {"email": email}).one_or_none()
    fits = password_fits(row.password_hash if row else None, password)
    with database.begin("accounts") as connection:
        if not fits or row is None:
            record(connection, now, Actor(email[:200], "user", origin), "sign-in", "sign-in failed")
            return None
        if outdated(row.password_hash):
            values = {"account": row.id, "password_hash": hash_password(password)}
            connection.execute(queries.SET_PASSWORD, values)
        record(connection, now, Actor(email, "user", origin), "sign-in", "signed in")
        return start_session(connection, row.id, now, origin, agent)


def start_session(
    connection: Connection, account: int, now: datetime, origin: str | None = None, agent: str | None = None
) -> SignedIn:
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
            "origin": origin,
            "agent": agent[:300] if agent else None,
        },
    )
    return SignedIn(token, account)


def sign_out(database: Database, token: str, actor: Actor, now: datetime) -> None:
    with database.begin("accounts") as connection:
        connection.execute(queries.END_SESSION, {"token": token_hash(token)})
        record(connection, now, actor, "sign-in", "signed out")


def create_sign_in_link(database: Database, account_id: int, now: datetime) -> str:
    """The path of a link that signs its reader in once, within 12 hours."""
    token = new_token()
    with database.begin("accounts") as connection:
        add_link(connection, account_id, token, "sign-in", now, LINK_LENGTH)
    return f"/sign-in/{token}"


def add_link(connection: Connection, account: int, token: str, purpose: str, now: datetime, length: timedelta) -> None:
    connection.execute(queries.DROP_OLD_LINKS, {"now": now})
    values = {"token": token_hash(token), "account": account, "expires_at": now + length, "purpose": purpose}
    connection.execute(queries.ADD_LINK, values)


def use_sign_in_link(
    database: Database, token: str, now: datetime, origin: str | None = None, agent: str | None = None
) -> SignedIn | None:
    """The session that a link opens; ``None`` when it was used, has ended or never was."""
    with database.begin("accounts") as connection:
        values = {"token": token_hash(token), "now": now, "purpose": "sign-in"}
        account = connection.execute(queries.USE_LINK, values).scalar_one_or_none()
        if account is None:
            return None
        who = connection.execute(queries.ACCOUNT, {"account": account}).one()
        record(connection, now, Actor(who.email, "user", origin), "sign-in", "signed in by a link")
        return start_session(connection, account, now, origin, agent)
