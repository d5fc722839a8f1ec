"""Who may come in: accounts, their sessions and links, and the API keys of programs."""

from sqlalchemy import ARRAY, Column, Identity, Index, Integer, Table, Text, text

from antiphon.store.schema import Instant, metadata

account = Table(
    "account",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),  # argon2id; '' until an invitation is accepted
    Column("role", Text, nullable=False),  # see web.accounts.permissions.ROLES
    Column("created_at", Instant, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'")),  # invited, active, deactivated
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("account", Integer, nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("seen_at", Instant),  # to within some minutes
    Column("origin", Text),  # the network address that it was begun from
    Column("agent", Text),  # the browser's own words
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("account", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("purpose", Text, nullable=False, server_default=text("'sign-in'")),  # sign-in, password
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("key_prefix", Text, nullable=False, index=True),
    Column("key_sha256", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),  # see web.api.scopes.SCOPES
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("revoked_at", Instant),
    Column("used_at", Instant),  # to within a minute
    # a name is free again once its key is revoked
    Index("uq_api_key_name", "name", unique=True, postgresql_where=text("revoked_at IS NULL")),
)
