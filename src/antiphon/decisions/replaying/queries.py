"""All SQL of what decisions were made from."""

from sqlalchemy import text

#: Which parts of inputs are kept already, as this transaction sees it.
KNOWN_BASES = text("SELECT id FROM decision_basis WHERE id = ANY(cast(:ids AS bigint[]))")

KEEP_BASES = text("""
INSERT INTO decision_basis (id, tick, value)
SELECT k.id, :tick, cast(k.value AS jsonb) FROM unnest(cast(:ids AS bigint[]), cast(:values AS text[])) k(id, value)
    ON CONFLICT (id, tick) DO NOTHING
""")

BASES = text("SELECT DISTINCT ON (id) id, value FROM decision_basis WHERE id = ANY(cast(:ids AS bigint[])) ORDER BY id")

#: One decision with what it was made from.
DECISION = text("""
SELECT id, person, journey, version, step, at, decided_at, channel, due_at, purpose, reasons, inputs
  FROM decision WHERE bucket = :bucket AND id = :id
""")
