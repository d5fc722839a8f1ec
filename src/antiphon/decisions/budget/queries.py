"""All SQL of budgets."""

from sqlalchemy import text

#: All that a decision needs to know, in one small read: portions of the periods that texts may fall into, what of them is
#: free again, and what asked on the days before.
PORTIONS = text("""
SELECT period, portion, reserved, CASE WHEN period = :today THEN asked END AS asked
  FROM budget_portion WHERE period = ANY(cast(:periods AS text[]))
 UNION ALL
SELECT period, -1, freed, NULL FROM budget_use WHERE period = ANY(cast(:periods AS text[])) AND freed > 0
 UNION ALL
SELECT period, -2, 0, asked FROM budget_use WHERE period = ANY(cast(:before AS text[])) AND cardinality(asked) > 0
""")

#: Under the portions' locks, so that nobody else changes what it adds to.
RESERVE = text("""
INSERT INTO budget_portion (period, portion, reserved, texts)
SELECT w.period, w.portion, w.reserved, w.texts
  FROM unnest(cast(:periods AS text[]), cast(:portions AS smallint[]), cast(:amounts AS bigint[]), cast(:texts AS integer[]))
       w(period, portion, reserved, texts)
    ON CONFLICT (period, portion) DO UPDATE SET reserved = budget_portion.reserved + excluded.reserved,
       texts = budget_portion.texts + excluded.texts
""")
REMEMBER = text("""
INSERT INTO budget_portion (period, portion, asked, price) VALUES (:period, :portion, :asked, :price)
    ON CONFLICT (period, portion) DO UPDATE SET asked = excluded.asked, price = excluded.price
""")

TRY_SETTLE = text("SELECT pg_try_advisory_xact_lock(168230937)")
RESERVED = text("""
SELECT period, sum(reserved)::bigint AS reserved, coalesce(sum(texts), 0)::bigint AS texts
  FROM budget_portion WHERE period = ANY(cast(:periods AS text[])) GROUP BY period
""")
ASKED = text("""
SELECT period, asked FROM budget_portion WHERE period = ANY(cast(:periods AS text[])) AND cardinality(asked) > 0
""")
#: Of texts, by the day for which they were set aside. What failed or never left costs nothing; what may have left does.
USED = text("""
SELECT spend_day::text AS day,
       coalesce(sum(cast(segment_price AS bigint) * most_segments)
                FILTER (WHERE state IN ('planned', 'due', 'claimed', 'held')), 0)::bigint AS waiting,
       coalesce(sum(cast(segment_price AS bigint) * coalesce(segments, most_segments))
                FILTER (WHERE state IN ('handing', 'accepted', 'delivered', 'unknown')), 0)::bigint AS spent,
       count(*) FILTER (WHERE state IN ('handing', 'accepted', 'delivered', 'unknown')) AS texts
  FROM outbox WHERE spend_day >= cast(:since AS date) AND spend_day < cast(:until AS date) GROUP BY spend_day
""")
USE = text("""
INSERT INTO budget_use (period, reserved, waiting, spent, freed, texts, asked, at)
VALUES (:period, :reserved, :waiting, :spent, :freed, :texts, :asked, :now)
    ON CONFLICT (period) DO UPDATE SET reserved = excluded.reserved, waiting = excluded.waiting, spent = excluded.spent,
       freed = excluded.freed, texts = excluded.texts, asked = excluded.asked, at = excluded.at
""")
USES = text("""
SELECT period, waiting, spent, freed, texts FROM budget_use WHERE period = ANY(cast(:periods AS text[]))
""")
PRICES = text("""
SELECT period, max(price) AS price FROM budget_portion WHERE period = ANY(cast(:periods AS text[])) GROUP BY period
""")
