"""The SQL of the catalogue: products as they stand, their variants and histories."""

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

COLUMNS = (
    "p.id, p.title, p.url, p.image, p.price, p.compare_at, p.currency, p.stock, p.category, p.vendor, p.tags, "
    "p.created_at, p.updated_at, p.priced_at, p.stocked_at, p.deleted_at"
)

PRODUCTS = text(f"""
SELECT {COLUMNS} FROM product p WHERE p.id = ANY(cast(:ids AS text[])) AND (:deleted OR p.deleted_at IS NULL)
""")
VARIANTS = text("""
SELECT v.product, v.id, v.title, v.sku, v.price, v.compare_at, v.stock FROM variant v
 WHERE v.product = ANY(cast(:ids AS text[])) ORDER BY v.product, v.place, v.id
""")
NOT_FOR_SALE = text("""
SELECT p.id FROM product p
 WHERE p.id = ANY(cast(:ids AS text[])) AND (p.deleted_at IS NOT NULL OR p.stock = 0)
""")

SETTING = text("SELECT value FROM setting WHERE key = :key")
SET_SETTING = text("""
INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, :value, :now, :by)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by
""").bindparams(bindparam("value", type_=JSONB))

#: Whoever changes products holds it to the end: occasions are made of what a product was, which nobody may change meanwhile.
LOCK = text("SELECT pg_advisory_xact_lock(168230917)")

_FIELDS = (
    "id, title, url, image, price, compare_at, currency, stock, category, vendor, tags, created_at, updated_at, priced_at, "
    "stocked_at, deleted_at"
)
# Rows come as JSON: arrays of unequal length cannot be unnested together.
WRITE_PRODUCTS = text(f"""
INSERT INTO product ({_FIELDS})
SELECT {_FIELDS} FROM jsonb_populate_recordset(cast(NULL AS product), cast(:rows AS jsonb)) r
    ON CONFLICT (id) DO UPDATE SET
       title = excluded.title, url = excluded.url, image = excluded.image, price = excluded.price,
       compare_at = excluded.compare_at, currency = excluded.currency, stock = excluded.stock,
       category = excluded.category, vendor = excluded.vendor, tags = excluded.tags, created_at = excluded.created_at,
       updated_at = excluded.updated_at, priced_at = excluded.priced_at, stocked_at = excluded.stocked_at,
       deleted_at = excluded.deleted_at
""")
DROP_VARIANTS = text("DELETE FROM variant WHERE product = ANY(cast(:ids AS text[]))")
WRITE_VARIANTS = text("""
INSERT INTO variant (product, id, title, sku, price, compare_at, stock, place)
SELECT product, id, title, sku, price, compare_at, stock, place
  FROM jsonb_populate_recordset(cast(NULL AS variant), cast(:rows AS jsonb)) r
""")
WRITE_PRICES = text("""
INSERT INTO price_change (pbucket, product, variant, at, price, currency)
SELECT pbucket, product, variant, at, price, currency
  FROM jsonb_populate_recordset(cast(NULL AS price_change), cast(:rows AS jsonb)) r
    ON CONFLICT (pbucket, product, variant, at) DO UPDATE SET price = excluded.price, currency = excluded.currency
""")
WRITE_STOCKS = text("""
INSERT INTO stock_change (pbucket, product, variant, at, stock)
SELECT pbucket, product, variant, at, stock
  FROM jsonb_populate_recordset(cast(NULL AS stock_change), cast(:rows AS jsonb)) r
    ON CONFLICT (pbucket, product, variant, at) DO UPDATE SET stock = excluded.stock
""")
WRITE_OCCASIONS = text("""
INSERT INTO occasion (kind, product, at, made_at, price, old_price, currency, stock, looks)
SELECT kind, product, at, made_at, price, old_price, currency, stock, looks
  FROM jsonb_populate_recordset(cast(NULL AS occasion), cast(:rows AS jsonb)) WITH ORDINALITY r ORDER BY ordinality
""")

_HISTORY_OF = "unnest(cast(:pbuckets AS smallint[]), cast(:ids AS text[])) k(pbucket, product)"
#: What products cost since an instant, and the last price before it: the one that held then.
PAST_PRICES = text(f"""
SELECT h.product, h.at, h.price, h.currency FROM {_HISTORY_OF}
  JOIN price_change h ON h.pbucket = k.pbucket AND h.product = k.product AND h.variant = ''
 WHERE h.at >= coalesce((SELECT max(x.at) FROM price_change x
                          WHERE x.pbucket = h.pbucket AND x.product = h.product AND x.variant = '' AND x.at < :since),
                        '-infinity')
 ORDER BY h.product, h.at
""")
#: How many pieces there were before an instant, of each product at its own.
STOCK_BEFORE = text("""
SELECT k.product, h.stock
  FROM unnest(cast(:pbuckets AS smallint[]), cast(:ids AS text[]), cast(:ats AS timestamptz[])) k(pbucket, product, at)
  JOIN stock_change h ON h.pbucket = k.pbucket AND h.product = k.product AND h.variant = ''
 WHERE h.at = (SELECT max(x.at) FROM stock_change x
                WHERE x.pbucket = h.pbucket AND x.product = h.product AND x.variant = '' AND x.at < k.at)
""")

#: One at a time tells occasions: two would wait for the same buckets.
TRY_TELL = text("SELECT pg_try_advisory_xact_lock(168230918)")
OPEN = text("""
SELECT o.id, o.kind, o.product, o.at, o.made_at, o.price, o.old_price, o.currency, o.stock, o.looks, o.done,
       p.title, p.url, p.image, p.price AS price_now, p.currency AS currency_now, p.stock AS stock_now, p.deleted_at,
       EXISTS (SELECT FROM occasion n WHERE n.state = 'open' AND n.product = o.product AND n.kind = o.kind AND n.id > o.id)
           AS outdone
  FROM occasion o LEFT JOIN product p ON p.id = o.product
 WHERE o.state = 'open' ORDER BY o.id LIMIT :limit
""")
BATCH = text("SELECT batch FROM resolve_state WHERE id = 1")
INTERESTED = text("""
SELECT i.bucket, i.product, count(*) AS n FROM person_product i
 WHERE i.product = ANY(cast(:products AS text[])) AND i.bucket = ANY(cast(:buckets AS smallint[])) AND i.relation <> 'bought'
 GROUP BY i.bucket, i.product
""")

MERGED = text("SELECT DISTINCT to_bucket AS bucket, to_person AS person FROM alias WHERE at >= :since")

# Who looked, put into the cart or wished within the time that this lasts, not later than the occasion (who came since has
# seen it) and has not bought since; of a drop, who saw a price that it is a drop from. What they were told before is looked up
# one by one, by the key: that of two people who are one by now is found as well. It stands as a scalar and apart from the
# INSERT, because an anti-join may read all events for a few people, and an INSERT that reads what it fills reads ever more of it.
HEARERS = text("""
SELECT q.bucket, q.person, s.id AS occasion, q.relation, s.price AS price_seen
  FROM (
        SELECT i.bucket, i.person, i.product, k.id AS occasion, max(i.last_at) AS looked_at,
               max(i.last_at) FILTER (WHERE i.last_at >= k.since) AS wanted_at,
               (array_agg(i.relation ORDER BY array_position(ARRAY['carted', 'wished', 'viewed'], i.relation))
                   FILTER (WHERE i.last_at >= k.since))[1] AS relation
          FROM unnest(cast(:ids AS bigint[]), cast(:products AS text[]), cast(:relations AS text[]),
                      cast(:sinces AS timestamptz[])) k(id, product, relation, since)
          JOIN person_product i ON i.product = k.product AND i.relation = k.relation
         WHERE i.product = ANY(cast(:wanted AS text[])) AND i.bucket = ANY(cast(:buckets AS smallint[]))
           AND i.relation <> 'bought' AND (cast(:people AS bigint[]) IS NULL OR i.person = ANY(cast(:people AS bigint[])))
         GROUP BY i.bucket, i.person, i.product, k.id
       ) q
  JOIN unnest(cast(:span_ids AS bigint[]), cast(:froms AS timestamptz[]), cast(:untils AS timestamptz[]),
              cast(:span_prices AS numeric[]), cast(:span_names AS text[]), cast(:span_ats AS timestamptz[]),
              cast(:rested AS timestamptz[])) s(id, begins, ends, price, name, at, rested)
       ON s.id = q.occasion AND q.looked_at >= s.begins AND q.looked_at < s.ends
  LEFT JOIN person_product b ON b.bucket = q.bucket AND b.person = q.person AND b.product = q.product
       AND b.relation = 'bought'
 WHERE q.wanted_at IS NOT NULL AND q.looked_at <= s.at AND (b.last_at IS NULL OR b.last_at < q.wanted_at)
   AND (SELECT max(e.at) FROM event e WHERE e.bucket = q.bucket AND e.person = q.person AND e.at >= s.rested
           AND e.name = s.name AND e.props->>'product_id' = q.product) IS NULL
""")
# An event's id is made of occasion and person, and its instant is the occasion's: a second one cannot be inserted.
TELL = text("""
INSERT INTO event (bucket, person, at, id, name, props, received_at, backfill, source)
SELECT k.bucket, k.person, o.at, ('x' || md5('occasion|' || o.id || '|' || k.person))::bit(64)::bigint, o.name,
       cast(o.props AS jsonb) || jsonb_strip_nulls(jsonb_build_object('relation', k.relation, 'price_seen', k.price_seen)),
       cast(:now AS timestamptz), false, 'antiphon'
  FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:told AS bigint[]), cast(:relations AS text[]),
              cast(:prices_seen AS numeric[])) k(bucket, person, occasion, relation, price_seen)
  JOIN unnest(cast(:occasions AS bigint[]), cast(:names AS text[]), cast(:ats AS timestamptz[]), cast(:props AS text[]))
       o(id, name, at, props) ON o.id = k.occasion
    ON CONFLICT DO NOTHING
RETURNING bucket, id, person, at, name, (props->>'occasion_id')::bigint AS occasion
""")
FRESH = text("""
INSERT INTO fresh (bucket, event, batch, person, at, name, received_at, backfill)
SELECT k.bucket, k.event, :batch, k.person, k.at, k.name, :now, false
  FROM unnest(cast(:buckets AS smallint[]), cast(:events AS bigint[]), cast(:people AS bigint[]),
              cast(:ats AS timestamptz[]), cast(:names AS text[])) k(bucket, event, person, at, name)
    ON CONFLICT DO NOTHING
""")
PROGRESS = text("""
UPDATE occasion o SET done = k.done, told = o.told + k.told, state = k.state,
       done_at = CASE WHEN k.state <> 'open' THEN cast(:now AS timestamptz) END
  FROM unnest(cast(:ids AS bigint[]), cast(:dones AS smallint[]), cast(:tolds AS int[]), cast(:states AS text[]))
       k(id, done, told, state)
 WHERE o.id = k.id
""")

LISTED = text(f"""
SELECT {COLUMNS} FROM product p
 WHERE p.deleted_at IS NULL AND p.id > :after AND (:like = '' OR p.title ILIKE :like OR p.id ILIKE :like)
 ORDER BY p.id LIMIT :limit
""")
COUNTS = text("""
SELECT count(*) AS n, count(*) FILTER (WHERE stock = 0) AS sold_out,
       count(*) FILTER (WHERE stock > 0 AND stock <= :low) AS low, max(greatest(updated_at, priced_at, stocked_at)) AS newest
  FROM product WHERE deleted_at IS NULL
""")
PRICES_SINCE = text(f"""
SELECT h.product, h.variant, h.at, h.price, h.currency FROM {_HISTORY_OF}
  JOIN price_change h ON h.pbucket = k.pbucket AND h.product = k.product
 ORDER BY h.product, h.variant, h.at
""")
STOCKS_SINCE = text(f"""
SELECT h.product, h.variant, h.at, h.stock FROM {_HISTORY_OF}
  JOIN stock_change h ON h.pbucket = k.pbucket AND h.product = k.product
 ORDER BY h.product, h.variant, h.at
""")
OCCASIONS_OF = text("""
SELECT id, kind, at, price, old_price, currency, stock, state, told, done, done_at FROM occasion
 WHERE product = :product ORDER BY at DESC, id DESC LIMIT :limit
""")
