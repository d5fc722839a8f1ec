"""All SQL of sign-up units."""

from sqlalchemy import text

UNITS = text("""
SELECT u.id, u.slug, u.name, u.state, u.version, v.definition, v.published_at
  FROM unit u JOIN unit_version v ON v.unit = u.id AND v.number = u.version
 ORDER BY array_position(ARRAY['active', 'paused', 'draft'], u.state), u.name
""")

UNIT = text("""
SELECT u.id, u.slug, u.name, u.state, u.version, v.definition, v.source, v.sha256, v.published_at, v.published_by
  FROM unit u JOIN unit_version v ON v.unit = u.id AND v.number = u.version
 WHERE u.slug = :slug
""")

VERSION = text("""
SELECT u.id, u.slug, u.name, u.state, v.number AS version, v.definition, v.source, v.sha256, v.published_at, v.published_by
  FROM unit u JOIN unit_version v ON v.unit = u.id
 WHERE u.slug = :slug AND v.number = :number
""")

VERSIONS = text("""
SELECT v.number, v.published_at, v.published_by FROM unit u JOIN unit_version v ON v.unit = u.id
 WHERE u.slug = :slug ORDER BY v.number DESC
""")

ACTIVE = text("""
SELECT u.id, u.slug, u.version, v.definition FROM unit u JOIN unit_version v ON v.unit = u.id AND v.number = u.version
 WHERE u.state = 'active' ORDER BY u.id
""")

LOCK = text("SELECT id, version, state FROM unit WHERE slug = :slug FOR UPDATE")
NEWEST = text("SELECT max(number) FROM unit_version WHERE unit = :unit")
DIGEST = text("SELECT sha256 FROM unit_version WHERE unit = :unit AND number = :number")
ADD_UNIT = text("""
INSERT INTO unit (slug, name, state, version, created_at, changed_at) VALUES (:slug, :name, :state, 0, :now, :now)
ON CONFLICT DO NOTHING RETURNING id
""")
ADD_VERSION = text("""
INSERT INTO unit_version (unit, number, definition, source, sha256, published_at, published_by)
VALUES (:unit, :number, cast(:definition AS jsonb), :source, :sha256, :now, :by)
""")
SET_UNIT = text("UPDATE unit SET name = :name, state = :state, version = :version, changed_at = :now WHERE id = :id")
SET_STATE = text("UPDATE unit SET state = :state, changed_at = :now WHERE slug = :slug RETURNING id")

BRAND = text("SELECT name, from_phone, base_url FROM brand WHERE id = 1")
SETTING = text("SELECT value FROM setting WHERE key = :key")
SAVE_SETTING = text("""
INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, cast(:value AS jsonb), :now, :by)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")

COUNT_VIEW = text("""
INSERT INTO unit_view (unit, day, n) VALUES (:unit, :day, 1)
ON CONFLICT (unit, day) DO UPDATE SET n = unit_view.n + 1
""")
VIEWS = text("SELECT unit, sum(n)::bigint AS n FROM unit_view WHERE day >= :day GROUP BY unit")

COUNT_MARK = text("""
INSERT INTO sign_up_mark (key, n, until) VALUES (:key, 1, :until)
ON CONFLICT (key) DO UPDATE SET n = sign_up_mark.n + 1 RETURNING n
""")
FORGET_MARKS = text("DELETE FROM sign_up_mark WHERE until < :now")

# Counted where they are recorded (intake.counting). With 20 units and a year of days (14,600 rows) beside 1,000,000 events:
# 1.1 ms, by an index scan of the key that skips to the days. From events it took 1,439 ms, with an index on them 1,655 ms.
SIGNED_UP = text("""
SELECT unit, channel, sum(submitted)::bigint AS submitted, sum(confirmed)::bigint AS confirmed
  FROM unit_count WHERE day >= :day GROUP BY unit, channel
""")

MESSAGE_ADDRESS = text("SELECT channel, address FROM outbox WHERE abucket = :abucket AND id = :id")
HOLDER = text("SELECT person FROM identifier WHERE abucket = :abucket AND kind = :kind AND value = :value")
# A person of a home may have many; a page that lists more helps nobody.
ADDRESSES = text("""
SELECT channel, address, marketing FROM person_address WHERE bucket = :bucket AND person = :person
 ORDER BY marketing = 'subscribed' DESC, channel, address LIMIT 20
""")

# With what an address goes by proof, or by the word of one of the sources.
TIES = text("""
SELECT DISTINCT other_kind, other_value FROM evidence
 WHERE abucket = :abucket AND kind = :kind AND value = :value AND outcome = 'joined'
   AND (verified_at IS NOT NULL OR source = ANY(cast(:sources AS text[])))
UNION
SELECT t.beside[o.n], t.beside[o.n + 1]
  FROM identifier t CROSS JOIN LATERAL generate_series(1, cardinality(t.beside), 2) o(n)
 WHERE t.abucket = :abucket AND t.kind = :kind AND t.value = :value
   AND t.beside_source = ANY(cast(:sources AS text[]))
""")
SERVERS = text("SELECT name FROM source WHERE scope = 'server'")

# The forms in which an address was given, and which its holder confirmed.
CONFIRMED_FORMS = text("""
SELECT DISTINCT f.detail->>'form' FROM consent_fact f
 WHERE f.abucket = :abucket AND f.channel = :channel AND f.address = :value AND f.source = :source
   AND f.detail->>'form' IS NOT NULL
   AND (f.method = 'keyword' OR EXISTS (
        SELECT 1 FROM consent_fact d
         WHERE d.abucket = f.abucket AND d.channel = f.channel AND d.address = f.address
           AND d.state = 'subscribed' AND d.double_opt_in
           AND cast(d.detail->>'askedAt' AS timestamptz) = f.effective_at))
""")
