"""The SQL of webhooks."""

from sqlalchemy import text

SAVE = text(
    "INSERT INTO hook (name, definition, token_sha256, secret, created_at, changed_at) "
    "VALUES (:name, :definition, :token, :secret, :now, :now) "
    "ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, changed_at = excluded.changed_at, "
    "secret = coalesce(excluded.secret, hook.secret), refused = NULL, refused_at = NULL "
    "RETURNING created_at = changed_at AS made"
)
ONE = text("SELECT name, definition, token_sha256, secret FROM hook WHERE name = :name")
LIST = text(
    "SELECT name, definition, secret IS NOT NULL AS has_secret, created_at, changed_at, refused_at, refused "
    "FROM hook ORDER BY name"
)
REMOVE = text("DELETE FROM hook WHERE name = :name RETURNING name")
# at most one write a minute and hook: a sender that is refused may try again many times a second
REFUSE = text(
    "UPDATE hook SET refused = :reason, refused_at = :now WHERE name = :name "
    "AND (refused_at IS NULL OR refused IS DISTINCT FROM :reason OR refused_at < :before)"
)
