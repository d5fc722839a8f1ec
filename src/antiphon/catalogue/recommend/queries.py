"""The SQL of recommending. Events are read some buckets at a time; nothing here holds a transaction for long."""

from sqlalchemy import text

# an order and a cart carry lines, a view and an addition are a line themselves
_LINES = (
    "jsonb_array_elements(CASE WHEN jsonb_typeof(e.props->'products') = 'array' THEN e.props->'products' "
    "ELSE jsonb_build_array(e.props) END) l(line)"
)

#: A row per event and product of some buckets, by bucket; a product that is in several lines of an order counts once.
ACTIONS = text(f"""
SELECT e.bucket, e.person, l.line->>'product_id' AS product, e.name, floor(extract(epoch FROM e.at))::bigint AS at,
       max(l.line->>'category') AS category
  FROM event e CROSS JOIN LATERAL {_LINES}
 WHERE e.bucket = ANY(:buckets) AND e.at >= :since AND e.at <= :now AND e.name = ANY(:names)
   AND coalesce(l.line->>'product_id', '') <> ''
 GROUP BY e.bucket, e.person, e.id, e.at, e.name, l.line->>'product_id'
 ORDER BY e.bucket
""")

BOUGHT_SINCE = text(f"""
SELECT e.person, l.line->>'product_id' AS product
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
  JOIN event e ON e.bucket = k.bucket AND e.person = k.person
 CROSS JOIN LATERAL {_LINES}
 WHERE e.at >= :since AND e.name = :name AND coalesce(l.line->>'product_id', '') <> ''
""")

TOTALS = text("""
SELECT coalesce(sum(n) FILTER (WHERE name = :order), 0)::bigint AS orders, coalesce(sum(n), 0)::bigint AS events
  FROM event_total WHERE name = ANY(:names)
""")

LEARNED = text("SELECT running_since, finished_at, orders, events, told FROM learned WHERE what = :what")
CLAIM = text("""
INSERT INTO learned (what, running_since) VALUES (:what, :now)
    ON CONFLICT (what) DO UPDATE SET running_since = excluded.running_since
 WHERE learned.running_since IS NULL OR learned.running_since < :stale
""")
RELEASE = text("UPDATE learned SET running_since = NULL WHERE what = :what AND running_since = :now")
FINISH = text("""
UPDATE learned SET running_since = NULL, finished_at = :now, orders = :orders, events = :events, told = :told
 WHERE what = :what AND running_since = :now
""")

# Lists come as one text each: arrays of unequal length cannot be unnested together. Who was erased or merged away since
# they were read gets no row again; the buckets' locks keep it so to the end of the transaction.
WRITE = text("""
INSERT INTO recommendation (bucket, person, kind, products, at)
SELECT k.bucket, k.person, k.kind, string_to_array(k.products, :between), :now
  FROM unnest(cast(:of AS smallint[]), cast(:people AS bigint[]), cast(:kinds AS text[]), cast(:lists AS text[]))
       k(bucket, person, kind, products)
  JOIN person p ON p.bucket = k.bucket AND p.id = k.person
    ON CONFLICT (bucket, person, kind) DO UPDATE SET products = excluded.products, at = excluded.at
 WHERE recommendation.products <> excluded.products
""")
FORGET = text("""
DELETE FROM recommendation
 WHERE bucket = ANY(:buckets)
   AND (person, kind) NOT IN (SELECT * FROM unnest(cast(:people AS bigint[]), cast(:kinds AS text[])))
""")
FORGET_BEST = text("DELETE FROM best_seller WHERE NOT category = ANY(:categories)")
WRITE_BEST = text("""
INSERT INTO best_seller (category, products, at)
SELECT k.category, string_to_array(k.products, :between), :now
  FROM unnest(cast(:categories AS text[]), cast(:lists AS text[])) k(category, products)
    ON CONFLICT (category) DO UPDATE SET products = excluded.products, at = excluded.at
""")

STORED = text("""
SELECT r.person, r.products
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
  JOIN recommendation r ON r.bucket = k.bucket AND r.person = k.person AND r.kind = :kind
""")
BEST = text("SELECT products FROM best_seller WHERE category = :category")
