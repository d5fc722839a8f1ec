"""The fixed SQL of campaigns. Whom one is meant for is compiled from its definition instead: ``campaigns.audience``."""

from sqlalchemy import text

#: What conditions may name.
SEGMENT_NAMES = text("SELECT name FROM segment WHERE state = 'live'")
SLUGS = text("SELECT slug FROM campaign ORDER BY slug")
BRAND = text("SELECT zone, settings FROM brand WHERE id = 1")

_COLUMNS = """id, slug, name, state, paused_in, definition, source, sha256, changed_at, changed_by, review, reviewed_at,
       review_error, launched_at, launched_by, gather_at, plan_at, opens_at, closes_at, planned_at, done_at, waking, result,
       held_error"""

BY_SLUG = text(f"SELECT {_COLUMNS} FROM campaign WHERE slug = :slug")
ALL = text(f"SELECT {_COLUMNS} FROM campaign ORDER BY coalesce(launched_at, changed_at) DESC, slug")
#: Those for which there is something to do, now or later.
ACTIVE = text(
    f"SELECT {_COLUMNS} FROM campaign "
    "WHERE state IN ('planning', 'sending') AND held_error IS NULL OR waking IS NOT NULL ORDER BY id"
)
ANY_ACTIVE = text("SELECT EXISTS (SELECT 1 FROM campaign WHERE state IN ('planning', 'sending') OR waking IS NOT NULL)")
DEFINITION = text("SELECT definition FROM campaign WHERE id = :id")

ADD = text("""
INSERT INTO campaign (slug, name, state, definition, source, sha256, changed_at, changed_by, review_error)
VALUES (:slug, :name, 'draft', :definition, :source, :sha256, :now, :by, :error) RETURNING id
""")
CHANGE = text("""
UPDATE campaign SET name = :name, state = 'draft', definition = :definition, source = :source, sha256 = :sha256,
       changed_at = :now, changed_by = :by, review = NULL, reviewed_at = NULL, review_error = :error
 WHERE id = :id
""")
REVIEWED = text("""
UPDATE campaign SET state = 'reviewed', review = :review, reviewed_at = :now, review_error = NULL
 WHERE id = :id AND state IN ('draft', 'reviewed') AND sha256 = :sha256
""")
REVIEW_FAILED = text("""
UPDATE campaign SET state = 'draft', review = NULL, reviewed_at = NULL, review_error = :error
 WHERE id = :id AND state IN ('draft', 'reviewed') AND sha256 = :sha256
""")
LAUNCH = text("""
UPDATE campaign SET state = 'planning', launched_at = :now, launched_by = :by, changed_at = :now, gather_at = :gather_at,
       plan_at = :plan_at, opens_at = :opens_at, closes_at = :closes_at
 WHERE id = :id AND state = 'reviewed'
""")
SET_PACE = text("""
INSERT INTO campaign_pace (campaign, per_hour, free_at, reserved_until) VALUES (:id, :per_hour, :opens_at, :opens_at)
""")
PAUSE = text("UPDATE campaign SET state = 'paused', paused_in = state, changed_at = :now, waking = NULL WHERE id = :id")
RESUME = text("""
UPDATE campaign SET state = paused_in, paused_in = NULL, changed_at = :now, waking = 0, held_error = NULL WHERE id = :id
""")
CANCEL = text("""
UPDATE campaign SET state = 'cancelled', paused_in = NULL, changed_at = :now, done_at = :now, waking = :waking WHERE id = :id
""")
HOLD = text("UPDATE campaign SET held_error = :error WHERE id = :id")
PLANNED = text("UPDATE campaign SET state = 'sending', planned_at = :now WHERE id = :id AND state = 'planning'")
DONE = text("""
UPDATE campaign SET state = 'done', done_at = :now, result = :result WHERE id = :id AND state = 'sending'
""")
KEEP_RESULT = text("UPDATE campaign SET result = :result WHERE id = :id")
#: Only as it was read: a cancellation or a pause in between begins anew, or ends it.
WAKING = text("UPDATE campaign SET waking = :waking WHERE id = :id AND waking = :was AND state = :state")
STATE = text("SELECT state FROM campaign WHERE id = :id")

#: How far each bucket is, and how many are still to be decided. Read again under the buckets' locks: whoever held them before may
#: have done their share.
BUCKETS = text("""
SELECT bucket, greatest(0, members - unengaged - excluded - email - sms - unwritten) AS wanted,
       planned_at IS NOT NULL AS planned
  FROM campaign_bucket WHERE campaign = :campaign AND bucket = ANY(cast(:buckets AS smallint[]))
""")
#: Buckets in which nobody is meant have no row among the members, and count all the same.
COUNT_MEMBERS = text("""
INSERT INTO campaign_bucket (bucket, campaign, members, unengaged, excluded)
SELECT b.bucket, :campaign, count(m.person), count(*) FILTER (WHERE m.left_out = 'unengaged'),
       count(*) FILTER (WHERE m.left_out = 'excluded')
  FROM bucket_state b LEFT JOIN campaign_member m ON m.bucket = b.bucket AND m.campaign = :campaign
 WHERE b.bucket = ANY(cast(:buckets AS smallint[]))
 GROUP BY b.bucket
    ON CONFLICT (bucket, campaign) DO NOTHING
""")
#: After merges: how many there are now.
RECOUNT_MEMBERS = text("""
UPDATE campaign_bucket c SET members = w.members, unengaged = w.unengaged, excluded = w.excluded
  FROM (SELECT b.bucket, count(m.person) AS members, count(*) FILTER (WHERE m.left_out = 'unengaged') AS unengaged,
               count(*) FILTER (WHERE m.left_out = 'excluded') AS excluded
          FROM bucket_state b LEFT JOIN campaign_member m ON m.bucket = b.bucket AND m.campaign = :campaign
         WHERE b.bucket = ANY(cast(:buckets AS smallint[])) GROUP BY b.bucket) w
 WHERE c.bucket = w.bucket AND c.campaign = :campaign
""")
#: Who became somebody else between two instants, and whom.
MERGED = text("SELECT bucket, to_bucket, to_person FROM alias WHERE at >= :since AND at <= :until")
UNDECIDED = text("""
SELECT DISTINCT m.bucket
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
  JOIN campaign_member m ON m.bucket = k.bucket AND m.person = k.person
 WHERE m.campaign = :campaign AND m.left_out IS NULL
   AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.bucket = m.bucket AND d.person = m.person AND d.journey = :origin)
""")
REOPEN = text("""
UPDATE campaign_bucket SET planned_at = NULL WHERE campaign = :campaign AND bucket = ANY(cast(:buckets AS smallint[]))
""")
#: What an earlier campaign planned and never handed over. What may have left is not among them.
UNSENT = text("""
SELECT id FROM outbox
 WHERE journey = :origin AND journey < 0 AND bucket = ANY(cast(:buckets AS smallint[]))
   AND state IN ('planned', 'due', 'claimed', 'held', 'dropped', 'cancelled', 'failed')
""")
#: Whoever a merge brought along may have been decided in the bucket that they came from.
WANTED = text("""
SELECT m.person, m.step FROM campaign_member m
 WHERE m.bucket = ANY(cast(:buckets AS smallint[])) AND m.campaign = :campaign AND m.left_out IS NULL
   AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.bucket = m.bucket AND d.person = m.person AND d.journey = :origin)
 ORDER BY m.bucket, m.person
""")
#: Of buckets that were planned before and opened again.
BARRED_BEFORE = text("""
SELECT bucket, barred FROM campaign_bucket
 WHERE campaign = :campaign AND bucket = ANY(cast(:buckets AS smallint[])) AND barred IS NOT NULL
""")
#: What a text shows of people, once for all who have it alike; of whom one of the traits is not called so, all traits: it may be
#: there in another spelling.
SHOWN = text("""
SELECT array_agg(shown.id) AS people, shown.traits
  FROM (SELECT p.id, CASE WHEN jsonb_exists_all(p.traits, cast(:names AS text[]))
                          THEN (SELECT jsonb_object_agg(n, p.traits->n) FROM unnest(cast(:names AS text[])) n)
                          ELSE p.traits END AS traits
          FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
          JOIN person p ON p.bucket = k.bucket AND p.id = k.person) shown
 GROUP BY shown.traits
""")
MARK_PLANNED = text("""
UPDATE campaign_bucket c SET planned_at = :now, email = c.email + w.email, sms = c.sms + w.sms,
       unwritten = c.unwritten + w.unwritten, barred = w.barred
  FROM unnest(cast(:buckets AS smallint[]), cast(:emails AS integer[]), cast(:texts AS integer[]),
              cast(:unwrittens AS integer[]), cast(:barreds AS jsonb[])) w(bucket, email, sms, unwritten, barred)
 WHERE c.bucket = w.bucket AND c.campaign = :campaign
""")

PROGRESS = text("""
SELECT count(*) AS gathered, coalesce(sum(members), 0) AS members, coalesce(sum(unengaged), 0) AS unengaged,
       coalesce(sum(excluded), 0) AS excluded, count(planned_at) AS planned_buckets, coalesce(sum(email), 0) AS email,
       coalesce(sum(sms), 0) AS sms, coalesce(sum(unwritten), 0) AS unwritten, min(planned_at) AS first_at,
       coalesce(sum(members - unengaged - excluded) FILTER (WHERE planned_at IS NOT NULL), 0) AS planned
  FROM campaign_bucket WHERE campaign = :campaign
""")
BARRED = text("""
SELECT b.key AS rule, sum(b.value::integer) AS n FROM campaign_bucket c, jsonb_each_text(c.barred) b
 WHERE c.campaign = :campaign GROUP BY b.key ORDER BY 2 DESC, 1
""")
#: What became of its messages. ``journey < 0`` is said for the index that holds campaigns' messages alone.
MESSAGES = text("""
SELECT channel, state, coalesce(rule, '') AS rule, count(*) AS n, max(due_at) AS last_due,
       count(*) FILTER (WHERE handing_at > :lately) AS lately
  FROM outbox WHERE journey = :origin AND journey < 0 GROUP BY 1, 2, 3
""")
ANY_OPEN = text("""
SELECT EXISTS (SELECT 1 FROM outbox WHERE journey = :origin AND journey < 0
                  AND state IN ('planned', 'due', 'claimed', 'handing', 'held') LIMIT 1)
""")
