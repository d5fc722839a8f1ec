"""The SQL of the abandonment watch. See ``journeys.abandonment`` for what it means."""

from sqlalchemy import text

_FRESH = "f.bucket = ANY(:buckets) AND f.batch <= :batch"

#: Of a cart's lines the newest so many are listed by its abandonment.
MOST_LINES = 100

# Carts are emptied without an event of their own: a view of an empty cart, or the removal of the last product.
# The look back of 30 days bounds the look-up where nothing was ever closed. How many products a cart held is counted once
# for a person and not once for each removal: a machine that fills and empties carts all day would stop everybody's tick.
_EMPTIED = f"""
    FROM (
        SELECT f.bucket, f.person, f.at, f.event, f.received_at, e.props->'cart_id' AS cart_id, e.via
        FROM fresh f
        JOIN event e ON e.bucket = f.bucket AND e.person = f.person AND e.at = f.at AND e.id = f.event
        WHERE {_FRESH} AND NOT f.backfill AND f.name = ANY(:views) AND e.props->'products' = '[]'::jsonb
        UNION ALL
        SELECT c.bucket, c.person, c.at, c.id, c.received_at, c.cart_id, c.via
        FROM (
            SELECT s.*, sum(s.step) OVER (PARTITION BY s.bucket, s.person ORDER BY s.at) AS held
            FROM (
                SELECT q.*, (q.after > 0)::integer - (q.after - q.quantity > 0)::integer AS step
                FROM (
                    SELECT a.bucket, a.person, a.at, a.id, a.received_at, a.props->'cart_id' AS cart_id, a.via,
                           a.name = 'Product Removed' AND f.event IS NOT NULL AS fresh, who.listed_at, worth.quantity,
                           sum(worth.quantity) OVER product AS after
                    FROM (
                        SELECT r.bucket, r.person, r.since, r.until, min(v.at) AS listed_at
                        FROM (
                            SELECT f.bucket, f.person, max(f.at) AS until,
                                   greatest(max(w.closed_at), min(f.at) - interval '30 days') AS since
                            FROM fresh f LEFT JOIN watch w ON w.bucket = f.bucket AND w.person = f.person
                            WHERE {_FRESH} AND NOT f.backfill AND f.name = 'Product Removed'
                            GROUP BY f.bucket, f.person
                        ) r
                        LEFT JOIN event v ON v.bucket = r.bucket AND v.person = r.person AND v.at > r.since
                            AND v.at <= r.until AND v.name = ANY(:views) AND jsonb_array_length(
                                CASE WHEN jsonb_typeof(v.props->'products') = 'array' THEN v.props->'products'
                                ELSE '[]'::jsonb END) > 1
                        GROUP BY r.bucket, r.person, r.since, r.until
                    ) who
                    JOIN event a ON a.bucket = who.bucket AND a.person = who.person AND a.at > who.since
                        AND a.at <= who.until AND a.name IN ('Product Added', 'Product Removed')
                    LEFT JOIN fresh f ON f.bucket = a.bucket AND f.event = a.id AND f.batch <= :batch AND NOT f.backfill
                    CROSS JOIN LATERAL (
                        SELECT CASE WHEN a.name = 'Product Added' THEN 1 ELSE -1 END * CASE
                            WHEN jsonb_typeof(a.props->'quantity') = 'number' THEN (a.props->>'quantity')::numeric
                            ELSE 1 END AS quantity
                    ) worth
                    WINDOW product AS (PARTITION BY a.bucket, a.person, a.props->>'product_id' ORDER BY a.at, a.id)
                ) q
            ) s
        ) c
        WHERE c.fresh AND c.held = 0 AND (c.listed_at IS NULL OR c.listed_at > c.at)
    ) o
"""
_EMPTIED_ID = "('x' || md5('emptied|' || o.event))::bit(64)::bigint"

EMPTIED = text(f"""
    INSERT INTO event (bucket, person, at, id, name, props, received_at, backfill, via, source)
    SELECT o.bucket, o.person, o.at, {_EMPTIED_ID}, 'Cart Emptied',
           jsonb_strip_nulls(jsonb_build_object('cart_id', o.cart_id)), o.received_at, false, o.via, 'antiphon'
    {_EMPTIED} ON CONFLICT DO NOTHING
""")

EMPTIED_FRESH = text(f"""
    INSERT INTO fresh (bucket, event, batch, person, at, name, received_at, backfill)
    SELECT o.bucket, {_EMPTIED_ID}, :batch, o.person, o.at, 'Cart Emptied', o.received_at, false
    {_EMPTIED} ON CONFLICT DO NOTHING
""")

RECORD = text(f"""
    INSERT INTO watch (bucket, person, browse_at, cart_at, checkout_at, closed_at, touched_at, armed)
    SELECT f.bucket, f.person,
           max(f.at) FILTER (WHERE f.name = ANY(:browse)),
           max(f.at) FILTER (WHERE f.name = ANY(:cart)),
           max(f.at) FILTER (WHERE f.name = ANY(:checkout)),
           max(f.at) FILTER (WHERE f.name = ANY(:closing)),
           max(f.at), bool_or(NOT f.backfill AND f.name <> ALL(:closing))
    FROM fresh f WHERE {_FRESH} AND f.name = ANY(:watched)
    GROUP BY f.bucket, f.person
    ON CONFLICT (bucket, person) DO UPDATE SET
        browse_at = greatest(watch.browse_at, excluded.browse_at),
        cart_at = greatest(watch.cart_at, excluded.cart_at),
        checkout_at = greatest(watch.checkout_at, excluded.checkout_at),
        closed_at = greatest(watch.closed_at, excluded.closed_at),
        touched_at = greatest(watch.touched_at, excluded.touched_at),
        armed = watch.armed OR excluded.armed
""")

CLOSE = text(f"""
    UPDATE watch SET open_kind = NULL, open_since = NULL, open_at = NULL, open_event = NULL
    FROM fresh f
    WHERE {_FRESH} AND f.name = ANY(:closing) AND watch.bucket = f.bucket AND watch.person = f.person
      AND watch.closed_at >= watch.open_since
""")

# Who has abandoned something by now: the kind, and the last touch that it counts from. Computed level by level: a cluster
# takes no look aside without a FROM of its own that adds intervals to instants.
_DUE = """
    FROM (
        SELECT q.*, ('x' || md5('abandoned|' || q.person || '|' || q.kind || '|' || extract(epoch FROM q.since)))::bit(64)::bigint
                   AS id,
               q.since + CASE WHEN q.kind = 'checkout' THEN cast(:checkout_after AS interval)
                   WHEN q.kind = 'cart' THEN cast(:cart_after AS interval) ELSE cast(:browse_after AS interval) END AS at,
               greatest(q.closed, q.since - interval '30 days') AS after
        FROM (
        SELECT w.bucket, w.person, w.open_kind, w.open_at, w.open_event, past.closed,
               CASE WHEN past.checkout > past.closed AND greatest(past.cart, past.checkout) <= :checkout_before
                    THEN 'checkout'
                    WHEN past.checkout <= past.closed AND past.cart > past.closed AND past.cart <= :cart_before THEN 'cart'
                    WHEN past.browse > greatest(past.closed, past.cart, past.checkout) AND past.browse <= :browse_before
                    THEN 'browse' END AS kind,
               CASE WHEN greatest(past.cart, past.checkout) > past.closed THEN greatest(past.cart, past.checkout)
                    ELSE past.browse END AS since
        FROM watch w, LATERAL (
            SELECT coalesce(w.closed_at, '-infinity') AS closed, coalesce(w.cart_at, '-infinity') AS cart,
                   coalesce(w.checkout_at, '-infinity') AS checkout, coalesce(w.browse_at, '-infinity') AS browse
        ) past
        WHERE w.bucket = ANY(:buckets) AND w.armed AND w.touched_at <= :checkout_before
        ) q
        WHERE q.kind IS NOT NULL AND q.since > :forget_before
          AND (q.open_kind IS NULL
               OR array_position(ARRAY['browse', 'cart', 'checkout'], q.kind)
                  > array_position(ARRAY['browse', 'cart', 'checkout'], q.open_kind)
               OR (q.open_at <= :stale_before AND q.since > q.open_at))
    ) d
"""
_NAME = "initcap(d.kind) || ' Abandoned'"

# The instant at which something may fall due, at the earliest: of the armed few alone.
NEXT_DUE = text("""
    SELECT min(CASE
        WHEN w.checkout_at > coalesce(w.closed_at, '-infinity')
            THEN greatest(w.cart_at, w.checkout_at) + cast(:checkout_after AS interval)
        WHEN w.cart_at > coalesce(w.closed_at, '-infinity') THEN w.cart_at + cast(:cart_after AS interval)
        WHEN w.browse_at > coalesce(w.closed_at, '-infinity') THEN w.browse_at + cast(:browse_after AS interval)
        ELSE w.touched_at END)
    FROM watch w WHERE w.bucket = ANY(:buckets) AND w.armed
""")

# The cart as it stood at the last touch: the newest list of products, what was added after it, less what was removed; of
# more than a hundred lines the newest hundred, because every message carries them, and the value of all. A checkout that
# follows the open abandonment of its cart is about the same occasion.
DERIVE = text(f"""
    INSERT INTO event (bucket, person, at, id, name, props, received_at, backfill, via, source)
    SELECT d.bucket, d.person, d.since, d.id, {_NAME},
           jsonb_strip_nulls(jsonb_build_object(
               'abandonment_id', d.id::text, 'kind', d.kind, 'cart_id', newest.cart_id, 'url', newest.url,
               'occasion_id', CASE WHEN d.kind = 'checkout' AND d.open_kind = 'cart' AND d.open_at > :stale_before
                   THEN d.open_event ELSE d.id END::text,
               'currency', newest.currency, 'products', coalesce(lines.products, '[]'::jsonb), 'value', lines.value)),
           d.at, false, newest.via, 'antiphon'
    {_DUE}
    LEFT JOIN LATERAL (
        SELECT DISTINCT ON (e.bucket, e.person) e.via, e.props->>'cart_id' AS cart_id,
               coalesce(e.props->>'cart_url', e.props->>'url') AS url, e.props->>'currency' AS currency
        FROM event e
        WHERE e.bucket = d.bucket AND e.person = d.person AND e.at = (
            SELECT max(x.at) FROM event x
            WHERE x.bucket = d.bucket AND x.person = d.person AND x.at > d.after AND x.at <= d.since
              AND x.name = ANY(CASE WHEN d.kind = 'browse' THEN cast(:browse_names AS text[])
                               ELSE cast(:cart_names AS text[]) END))
          AND e.name = ANY(CASE WHEN d.kind = 'browse' THEN cast(:browse_names AS text[])
                           ELSE cast(:cart_names AS text[]) END)
        ORDER BY e.bucket, e.person, e.id DESC
    ) newest ON true
    LEFT JOIN LATERAL (
        SELECT DISTINCT ON (e.bucket, e.person) e.at, e.id FROM event e
        WHERE d.kind <> 'browse' AND e.bucket = d.bucket AND e.person = d.person AND e.at = (
            SELECT max(x.at) FROM event x
            WHERE x.bucket = d.bucket AND x.person = d.person AND x.at > d.after AND x.at <= d.since
              AND x.name = ANY(:cart_names) AND jsonb_typeof(x.props->'products') = 'array')
          AND e.name = ANY(:cart_names) AND jsonb_typeof(e.props->'products') = 'array'
        ORDER BY e.bucket, e.person, e.id DESC
    ) listed ON true
    LEFT JOIN LATERAL (
        SELECT to_jsonb((array_agg(line ORDER BY line_at, place))[greatest(count(*) - {MOST_LINES - 1}, 1):]) AS products,
               round(sum(worth.value) FILTER (WHERE worth.value BETWEEN 0 AND 1e9), 2) AS value
        FROM (
            SELECT l.bucket, l.at AS line_at, one.place, one.line
            FROM event l, jsonb_array_elements(l.props->'products') WITH ORDINALITY one(line, place)
            WHERE l.bucket = d.bucket AND l.person = d.person AND l.at = listed.at AND l.id = listed.id
            UNION ALL
            SELECT a.bucket, a.at, a.id, a.props - 'cart_id' FROM event a
            WHERE a.bucket = d.bucket AND a.person = d.person AND a.at <= d.since
              AND a.at > greatest(d.after, listed.at)
              AND a.name = CASE WHEN d.kind = 'browse' THEN 'Product Viewed' ELSE 'Product Added' END
        ) cart
        CROSS JOIN LATERAL (
            SELECT CASE WHEN jsonb_typeof(line->'price') = 'number' THEN (line->>'price')::numeric ELSE 0 END
                   * CASE WHEN jsonb_typeof(line->'quantity') = 'number' THEN (line->>'quantity')::numeric ELSE 1 END AS value
        ) worth
        WHERE NOT EXISTS (
            SELECT FROM event r
            WHERE r.bucket = d.bucket AND r.person = d.person AND r.at > cart.line_at AND r.at <= d.since
              AND r.name = 'Product Removed' AND r.props->>'product_id' = cart.line->>'product_id'
        )
    ) lines ON true
    ON CONFLICT DO NOTHING
""")

DERIVE_FRESH = text(f"""
    INSERT INTO fresh (bucket, event, batch, person, at, name, received_at, backfill)
    SELECT d.bucket, d.id, :batch, d.person, d.since, {_NAME}, d.at, false
    {_DUE} ON CONFLICT DO NOTHING
""")

# From the fresh rows just made, because adding an interval inside an UPDATE is STABLE.
OPEN = text(f"""
    UPDATE watch SET
        open_kind = CASE f.name WHEN 'Checkout Abandoned' THEN 'checkout' WHEN 'Cart Abandoned' THEN 'cart' ELSE 'browse' END,
        open_since = f.at, open_at = f.received_at, open_event = f.event, armed = false
    FROM fresh f
    WHERE {_FRESH} AND f.name = ANY(:abandoned) AND watch.bucket = f.bucket AND watch.person = f.person
""")

# What was due has been looked at: it opened, or something as high is open already. Only a new touch can change that.
DISARM = text("""
    UPDATE watch SET armed = false
    WHERE bucket = ANY(:buckets) AND armed AND CASE
        WHEN checkout_at > coalesce(closed_at, '-infinity') THEN greatest(cart_at, checkout_at) <= :checkout_before
        WHEN cart_at > coalesce(closed_at, '-infinity') THEN cart_at <= :cart_before
        WHEN browse_at > coalesce(closed_at, '-infinity') THEN browse_at <= :browse_before
        ELSE true END
""")
