"""All SQL of API keys, and what the API reads that no page does."""

from sqlalchemy import text

ADD_KEY = text("""
INSERT INTO api_key (name, key_prefix, key_sha256, scopes, created_at, created_by)
VALUES (:name, :prefix, :sha256, cast(:scopes AS text[]), :now, :by)
    ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING id
""")
REVOKE_KEY = text("UPDATE api_key SET revoked_at = :now WHERE name = :name AND revoked_at IS NULL RETURNING id")
KEYS = text("""
SELECT id, name, key_prefix, scopes, created_at, created_by, revoked_at, used_at FROM api_key
 ORDER BY revoked_at DESC NULLS FIRST, name
""")
WORKING = text("""
SELECT id, name, key_prefix, key_sha256, scopes, created_at, created_by, used_at FROM api_key
 WHERE key_prefix = :prefix AND revoked_at IS NULL
""")
USED = text("UPDATE api_key SET used_at = :now WHERE id = :id")

FIND = text("SELECT person FROM identifier WHERE abucket = :abucket AND kind = :kind AND value = :value")
COMMAND = text("SELECT kind, payload, created_at, done_at, result, error FROM command WHERE id = :id")
JOURNEYS = text("""
SELECT j.slug, j.name, j.state, j.version, v.definition->'goal' AS goal
  FROM journey j LEFT JOIN journey_version v ON v.id = j.version ORDER BY j.slug
""")
#: Of some versions: who entered them and who reached their goal.
REACHED = text("""
SELECT goal_version AS version, count(*) AS n FROM entry WHERE goal_version = ANY(cast(:versions AS integer[])) GROUP BY 1
""")
HERE = text("SELECT version, count(*) AS n FROM run WHERE version = ANY(cast(:versions AS integer[])) GROUP BY 1")
ENDED = text("""
SELECT version, sum(n)::bigint AS n FROM step_flow
 WHERE to_step = '' AND version = ANY(cast(:versions AS integer[])) GROUP BY 1
""")
