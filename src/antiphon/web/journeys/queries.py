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

#: Who reached the goal of a version.
REACHED = text("SELECT count(*) FROM entry WHERE goal_version = :version")

VERSION_JOURNEYS = text("SELECT id, journey FROM journey_version")

NEWEST = text("""
SELECT v.number, v.source, v.published_by, v.published_at, j.state
  FROM journey j JOIN journey_version v ON v.journey = j.id WHERE j.slug = :slug ORDER BY v.number DESC LIMIT 1
""")

SOURCE = text("""
SELECT v.source FROM journey j JOIN journey_version v ON v.journey = j.id WHERE j.slug = :slug AND v.number = :number
""")

NUMBERS = text("""
SELECT v.number FROM journey j JOIN journey_version v ON v.journey = j.id WHERE j.slug = :slug ORDER BY v.number DESC
""")

SLUGS = text("SELECT slug FROM journey WHERE state <> 'archived' ORDER BY slug")

EMAIL_NAMES = text("SELECT name FROM email_draft ORDER BY name")

OFFER_NAMES = text("SELECT name FROM offer WHERE deleted_at IS NULL ORDER BY name")

_VERSIONS = """
(SELECT v.id FROM journey j JOIN journey_version v ON v.journey = j.id
  WHERE j.slug = :slug AND (:number = 0 OR v.number = :number))
"""

HERE_OF = text(f"SELECT step, count(*) AS n FROM run WHERE version IN {_VERSIONS} GROUP BY 1")

TAKEN_OF = text(f"""
SELECT from_step, to_step, sum(n)::bigint AS n FROM step_flow WHERE version IN {_VERSIONS} GROUP BY 1, 2
""")

#: Some of those who rest at a step; whoever comes first, because an order would read all of them.
SOME_HERE = text(f"SELECT bucket, person, id AS run FROM run WHERE version IN {_VERSIONS} AND step = :step LIMIT 10")

HERE_BY_NUMBER = text("""
SELECT v.number, count(*) AS n FROM journey j JOIN journey_version v ON v.journey = j.id JOIN run r ON r.version = v.id
 WHERE j.slug = :slug GROUP BY 1 ORDER BY 1
""")

HERE_IN_OTHERS = text("""
SELECT count(*) FROM run WHERE version IN (SELECT id FROM journey_version WHERE journey = :journey AND id <> :version)
""")

#: Who can be written to, by channel and purpose; a person with two addresses counts once.
REACHABLE = text("""
SELECT channel, purpose, count(DISTINCT person) AS n FROM (
    SELECT channel, person, unnest(ARRAY[
        CASE WHEN marketing = 'subscribed' THEN 'marketing' END,
        CASE WHEN transactional = 'subscribed' OR (channel = 'email' AND transactional <> 'unsubscribed')
             THEN 'transactional' END,
        CASE WHEN CASE channel WHEN 'sms' THEN cart = 'subscribed' AND cart_double AND marketing = 'subscribed'
                               ELSE marketing = 'subscribed' END THEN 'cart' END
    ]) AS purpose FROM person_address
) each WHERE purpose IS NOT NULL GROUP BY 1, 2
""")

PROVIDERS = text("SELECT channel, provider FROM sender ORDER BY provider = 'sandbox' DESC")

PRODUCTS = text("SELECT count(*) FROM product WHERE deleted_at IS NULL")

STATES = text("SELECT slug, state FROM journey")

RUN = text("""
SELECT bucket, person, id, journey, version, run_key, step, entered_at, least(wake_at, '9000-01-01 00:00+00') AS wake_at,
       started_at, NULL AS outcome, NULL AS ended_at
  FROM run WHERE bucket = :bucket AND person = :person AND id = :run
UNION ALL
SELECT bucket, person, id, journey, version, run_key, step, ended_at, ended_at, started_at, outcome, ended_at
  FROM run_done WHERE bucket = :bucket AND person = :person AND id = :run
""")

RUN_MOVES = text("""
SELECT seq, from_step, to_step, outcome, at, least(wake_at, '9000-01-01 00:00+00') AS wake_at, why
  FROM move WHERE bucket = :bucket AND person = :person AND run = :run ORDER BY seq
""")

RUN_MESSAGES = text("""
SELECT abucket, id, channel, step, subject, due_at, state FROM outbox
 WHERE bucket = :bucket AND person = :person AND run = :run ORDER BY planned_at
""")

RUN_DECISIONS = text("""
SELECT id, step, decided_at, channel, due_at, reasons FROM decision
 WHERE bucket = :bucket AND person = :person AND run = :run ORDER BY decided_at
""")

#: Who else is changing a journey.
OTHERS = text("""
SELECT a.name, d.changed_at FROM journey_draft d JOIN account a ON a.id = d.account
 WHERE d.slug = :slug AND d.account <> :account ORDER BY d.changed_at DESC LIMIT 5
""")
