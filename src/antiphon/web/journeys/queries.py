"""All SQL of the pages about journeys."""

from sqlalchemy import text

LIST = text("""
SELECT j.id, j.slug, j.name, j.state, j.version, v.number, v.definition, v.published_at, v.held_at
  FROM journey j LEFT JOIN journey_version v ON v.id = j.version
 ORDER BY array_position(ARRAY['active', 'paused', 'draft', 'archived'], j.state), j.name
""")

JOURNEY = text("SELECT id, slug, name, state, version FROM journey WHERE slug = :slug")

VERSIONS = text("SELECT id, number FROM journey_version WHERE journey = :journey ORDER BY number DESC")

HERE_BY_VERSION = text("SELECT version, count(*) AS n FROM run GROUP BY 1")

HERE_BY_STEP = text("SELECT step, count(*) AS n FROM run WHERE version = :version GROUP BY 1")

#: Counted by the ticks as they move, so that no page counts moves.
FLOW = text("SELECT from_step, to_step, sum(n)::bigint AS n FROM step_flow WHERE version = :version GROUP BY 1, 2")

ENDED_BY_VERSION = text("SELECT version, sum(n)::bigint AS n FROM step_flow WHERE to_step = '' GROUP BY 1")

VERSION_JOURNEYS = text("SELECT id, journey FROM journey_version")
