"""The SQL of offers. Who gives codes out or fills pools holds ``GIVING``: one at a time, whatever else is at work."""

from sqlalchemy import text

from antiphon.catalogue.offers.tables import offer as _offer

COLUMNS = ", ".join(column.name for column in _offer.c)

#: Held by the stage for its turn, and by whoever fills a pool or gives by hand; taken before the locks of buckets.
TRY_GIVING = text("SELECT pg_try_advisory_xact_lock(168230920)")
GIVING = text("SELECT pg_advisory_xact_lock(168230920)")

OFFERS = text(f"SELECT {COLUMNS} FROM offer ORDER BY name")
OFFER = text(f"SELECT {COLUMNS} FROM offer WHERE name = :name")
WRITE = text("""
    INSERT INTO offer (name, title, kind, code, steps, starts_at, ends_at, valid_days, remind_days, min_order, currency,
                       low_at, created_at, changed_at)
    VALUES (:name, :title, :kind, :code, cast(:steps AS text[]), :starts_at, :ends_at, :valid_days, :remind_days, :min_order,
            :currency, :low_at, :now, :now)
    ON CONFLICT (name) DO UPDATE SET title = excluded.title, code = excluded.code, steps = excluded.steps,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, valid_days = excluded.valid_days,
        remind_days = excluded.remind_days, min_order = excluded.min_order, currency = excluded.currency,
        low_at = excluded.low_at, changed_at = excluded.changed_at
""")
DELETE = text("UPDATE offer SET deleted_at = :now, changed_at = :now WHERE name = :name")
FILLED = text("UPDATE offer SET filled = filled + :n, changed_at = :now WHERE name = :name RETURNING filled - taken")
TAKEN = text("UPDATE offer SET taken = taken + :n WHERE name = :name")
ZONE = text("SELECT zone FROM brand ORDER BY id LIMIT 1")

# What is there already stays as it is; the numbers of those that are new follow one another without a gap, because only
# they are handed in: codes of which the key is free.
KNOWN_KEYS = text("SELECT key, offer, seq FROM coupon WHERE key = ANY(cast(:keys AS text[]))")
STATIC_KEYS = text(
    "SELECT upper(code), name FROM offer WHERE kind = 'static' AND upper(code) = ANY(cast(:keys AS text[]))"
)
POOL_OF = text("SELECT offer FROM coupon WHERE key = :key")
NEXT_CODES = text("""
    SELECT code, key FROM coupon WHERE offer = :name AND seq > :taken AND seq <= :upto ORDER BY seq
""")

CODES = text("""
    SELECT seq, code FROM coupon WHERE offer = :name AND seq > :after ORDER BY seq LIMIT :limit
""")

#: What there is to do, in one round trip. ``ready``: offers that need keep nobody waiting now.
AGENDA = text("""
    SELECT EXISTS (SELECT 1 FROM coupon_ask WHERE state = 'open') AS asked,
           EXISTS (SELECT 1 FROM coupon_ask WHERE state = 'dry' AND offer = ANY(cast(:ready AS text[]))) AS filled,
           EXISTS (SELECT 1 FROM coupon_ask WHERE state = 'dry' AND until <= :now) AS over,
           EXISTS (SELECT 1 FROM coupon_use) AS used,
           EXISTS (SELECT 1 FROM coupon_wish
                    WHERE offer = '' OR offer <> ALL(cast(:barred AS text[])) OR until <= :now) AS wished,
           (SELECT min(remind_at) FROM coupon_given WHERE remind_at IS NOT NULL) AS remind_at,
           (SELECT min(until) FROM coupon_ask WHERE state = 'dry') AS until
""")
_WANTED = """(a.state = 'open' OR (a.state = 'dry' AND (a.offer = ANY(cast(:ready AS text[])) OR a.until <= :now)))"""
ASKING_BUCKETS = text(f"SELECT DISTINCT a.bucket FROM coupon_ask a WHERE {_WANTED}")
ASKS = text(f"""
    SELECT a.bucket, a.run, a.step, a.entered_at, a.person, a.offer, a.when_dry, a.use, a.until, r.id IS NOT NULL AS stands
    FROM coupon_ask a
    LEFT JOIN run r ON r.bucket = a.bucket AND r.id = a.run AND r.step = a.step AND r.entered_at = a.entered_at
    WHERE a.bucket = ANY(cast(:buckets AS smallint[])) AND {_WANTED}
    ORDER BY a.at, a.run LIMIT :limit
""")
_ASKS = """unnest(cast(:buckets AS smallint[]), cast(:runs AS bigint[]), cast(:steps AS text[]),
              cast(:entered AS timestamptz[])"""
ANSWER = text(f"""
    UPDATE coupon_ask a SET state = k.state, why = k.why, answered_at = :now
    FROM {_ASKS}, cast(:states AS text[]), cast(:whys AS text[])) k(bucket, run, step, entered_at, state, why)
    WHERE a.bucket = k.bucket AND a.run = k.run AND a.step = k.step AND a.entered_at = k.entered_at
""")
FORGET_ASKS = text(f"""
    DELETE FROM coupon_ask a USING {_ASKS}) k(bucket, run, step, entered_at)
    WHERE a.bucket = k.bucket AND a.run = k.run AND a.step = k.step AND a.entered_at = k.entered_at
""")
_PEOPLE = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"
GIVEN = text(f"""
    SELECT g.bucket, g.person, g.offer, g.n, g.code, g.given_at, g.expires_at, g.redeemed_at, g.run
    FROM {_PEOPLE} JOIN coupon_given g ON g.bucket = k.bucket AND g.person = k.person
    ORDER BY g.bucket, g.person, g.offer, g.n
""")
_WISHES = """unnest(cast(:abuckets AS smallint[]), cast(:channels AS text[]), cast(:addresses AS text[]),
    cast(:brands AS smallint[]), cast(:offers AS text[]), cast(:codes AS text[])"""
NOTE_WISHES = text(f"""
    INSERT INTO coupon_wish (abucket, channel, address, brand, offer, code, language, at, until)
    SELECT * FROM {_WISHES}, cast(:languages AS text[]), cast(:ats AS timestamptz[]), cast(:untils AS timestamptz[])) k
    ON CONFLICT DO NOTHING
""")
WISHES = text("""
    SELECT abucket, channel, address, brand, offer, code, language, at, until FROM coupon_wish
    WHERE offer = '' OR offer <> ALL(cast(:barred AS text[])) OR until <= :now
    ORDER BY at, abucket, channel, address LIMIT :limit
""")
FORGET_WISHES = text(f"""
    DELETE FROM coupon_wish w USING {_WISHES}) k(abucket, channel, address, brand, offer, code)
    WHERE w.abucket = k.abucket AND w.channel = k.channel AND w.address = k.address AND w.brand = k.brand
      AND w.offer = k.offer AND w.code = k.code
""")
IS_THERE = text("SELECT EXISTS (SELECT 1 FROM person WHERE bucket = :bucket AND id = :person)")
BATCH = text("SELECT batch FROM resolve_state WHERE id = 1")
EVENTS = text("""
    INSERT INTO event (bucket, person, at, id, name, props, received_at, backfill, source)
    SELECT bucket, person, at, id, name, cast(props AS jsonb), :now, backfill, 'antiphon'
    FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:ats AS timestamptz[]), cast(:ids AS bigint[]),
                cast(:names AS text[]), cast(:props AS text[]), cast(:backfills AS boolean[]))
         k(bucket, person, at, id, name, props, backfill)
    ON CONFLICT DO NOTHING
""")
FRESH = text("""
    INSERT INTO fresh (bucket, event, batch, person, at, name, received_at, backfill)
    SELECT bucket, id, :batch, person, at, name, :now, backfill
    FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:ats AS timestamptz[]), cast(:ids AS bigint[]),
                cast(:names AS text[]), cast(:backfills AS boolean[])) k(bucket, person, at, id, name, backfill)
    ON CONFLICT DO NOTHING
""")

DUE_BUCKETS = text("SELECT DISTINCT bucket FROM coupon_given WHERE remind_at <= :now")
DUE = text("""
    SELECT bucket, person, offer, n, code, given_at, expires_at, redeemed_at, run, remind_at FROM coupon_given
    WHERE bucket = ANY(cast(:buckets AS smallint[])) AND remind_at <= :now ORDER BY remind_at, bucket, person LIMIT :limit
""")
_CODES = """unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:offers AS text[]), cast(:ns AS smallint[])"""
REMINDED = text(f"""
    UPDATE coupon_given g SET remind_at = NULL FROM {_CODES}) k(bucket, person, offer, n)
    WHERE g.bucket = k.bucket AND g.person = k.person AND g.offer = k.offer AND g.n = k.n
""")

USES = text(
    "SELECT bucket, event, person, at, keys, order_id, value, backfill FROM coupon_use ORDER BY at LIMIT :limit"
)
HOLDERS = text("""
    SELECT bucket, person, offer, n, code, key, given_at, expires_at, redeemed_at, run FROM coupon_given
    WHERE key = ANY(cast(:keys AS text[])) AND redeemed_at IS NULL
""")
REDEEMED = text(f"""
    UPDATE coupon_given g SET redeemed_at = k.at, order_id = k.order_id, remind_at = NULL
    FROM {_CODES}, cast(:ats AS timestamptz[]), cast(:orders AS text[])) k(bucket, person, offer, n, at, order_id)
    WHERE g.bucket = k.bucket AND g.person = k.person AND g.offer = k.offer AND g.n = k.n AND g.redeemed_at IS NULL
""")
FORGET_USES = text("""
    DELETE FROM coupon_use u USING unnest(cast(:buckets AS smallint[]), cast(:events AS bigint[])) k(bucket, event)
    WHERE u.bucket = k.bucket AND u.event = k.event
""")

# What orders name: Segment's ``coupon``, Shopify's ``discount_codes`` (of texts, or of objects with a ``code``), ten at most.
# One list of both: a cluster takes no row without a FROM in a union.
NOTE_USES = text("""
    INSERT INTO coupon_use (bucket, event, person, at, keys, order_id, value, backfill)
    SELECT f.bucket, f.event, f.person, f.at, c.keys, coalesce(e.props->>'order_id', ''),
           CASE WHEN jsonb_typeof(e.props->'total') = 'number' AND abs((e.props->>'total')::numeric) < 1e9
                THEN (e.props->>'total')::numeric END,
           f.backfill
    FROM fresh f
    JOIN event e ON e.bucket = f.bucket AND e.person = f.person AND e.at = f.at AND e.id = f.event
    CROSS JOIN LATERAL (
        SELECT (array_agg(DISTINCT upper(n.code)))[1:10] AS keys FROM (
            SELECT CASE jsonb_typeof(d.one) WHEN 'string' THEN d.one #>> '{}' WHEN 'object' THEN d.one->>'code' END AS code
            FROM jsonb_array_elements(CASE WHEN jsonb_typeof(e.props->'discount_codes') = 'array'
                                           THEN e.props->'discount_codes' ELSE '[]'::jsonb END
                                      || CASE WHEN jsonb_typeof(e.props->'coupon') = 'string'
                                              THEN e.props->'coupon' ELSE '[]'::jsonb END) d(one)
        ) n WHERE length(n.code) BETWEEN 1 AND 64
    ) c
    WHERE f.bucket = ANY(:buckets) AND f.batch <= :batch AND f.name = 'Order Completed' AND c.keys IS NOT NULL
    ON CONFLICT DO NOTHING
""")

COUNTS = text("""
    SELECT offer, count(*) AS given, count(redeemed_at) AS redeemed,
           count(*) FILTER (WHERE redeemed_at IS NULL AND expires_at <= :now) AS expired,
           count(*) FILTER (WHERE redeemed_at IS NULL AND expires_at > :now AND expires_at <= :soon) AS expiring
    FROM coupon_given WHERE offer = ANY(cast(:names AS text[])) GROUP BY offer
""")
WAITING = text("""
    SELECT offer, count(*) AS n FROM coupon_ask WHERE state = 'dry' AND offer = ANY(cast(:names AS text[])) GROUP BY offer
""")
BY_DAY = text("""
    SELECT floor(extract(epoch FROM given_at - :start) / 86400)::int AS day, count(*) AS given,
           count(redeemed_at) AS redeemed
    FROM coupon_given WHERE offer = :name AND given_at >= :start GROUP BY 1 ORDER BY 1
""")
NEWEST_GIVEN = text("""
    SELECT bucket, person, code, given_at, expires_at, redeemed_at, n FROM coupon_given
    WHERE offer = :name ORDER BY given_at DESC, bucket, person, n LIMIT :limit
""")
FORGET_PEOPLE = text(f"DELETE FROM coupon_given g USING {_PEOPLE} WHERE g.bucket = k.bucket AND g.person = k.person")
ALL_OF = text(f"""
    SELECT g.bucket, g.person, g.offer, g.n, g.code, g.key, g.given_at, g.expires_at, g.remind_at, g.run, g.redeemed_at,
           g.order_id
    FROM {_PEOPLE} JOIN coupon_given g ON g.bucket = k.bucket AND g.person = k.person
""")
#: Journeys that go on, by the definition that new entries join.
UNITS = text("""
    SELECT u.slug FROM unit u JOIN unit_version v ON v.unit = u.id AND v.number = u.version
    WHERE EXISTS (SELECT FROM jsonb_array_elements(v.definition->'steps') s(step) WHERE s.step->>'offer' = :name)
    ORDER BY u.slug
""")
JOURNEYS = text("""
    SELECT j.slug, j.name, v.definition FROM journey j JOIN journey_version v ON v.id = j.version
    WHERE j.state <> 'archived' ORDER BY j.slug
""")
