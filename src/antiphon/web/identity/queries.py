"""All SQL of the pages about who is who."""

from sqlalchemy import text

from antiphon.people.queries import EVIDENCE_OF_KEYS

_KEYS = "unnest(cast(:abuckets AS smallint[]), cast(:kinds AS text[]), cast(:values AS text[])) k(abucket, kind, value)"
_ON_KEY = "ON t.abucket = k.abucket AND t.kind = k.kind AND t.value = k.value"

OWN = text("""
SELECT kind, value, first_at, last_at FROM identifier WHERE bucket = :bucket AND person = :person LIMIT :limit
""")

EVIDENCE = text(f"""
SELECT t.kind, t.value, t.other_kind, t.other_value, t.source, t.first_at, t.last_at, t.verified_at, t.outcome
  FROM {EVIDENCE_OF_KEYS} ORDER BY t.first_at LIMIT :limit
""")

VERDICTS = text(f"""
SELECT t.kind, t.value, t.other_kind, t.other_value, t.act, t.says, t.at, t.who, t.why
  FROM {_KEYS} JOIN verdict t {_ON_KEY} ORDER BY t.act DESC
""")

REASONS = text(f"""
SELECT t.kind, t.value, t.other_kind, t.other_value, t.reason FROM {_KEYS} JOIN conflict t {_ON_KEY}
""")

CONFLICTS = text("""
SELECT abucket, kind, value, other_kind, other_value, reason, at FROM conflict
 WHERE at <= :at ORDER BY at DESC, kind, value, other_kind, other_value LIMIT :limit
""")

JOURNEYS = text("SELECT id, name FROM journey WHERE id = ANY(cast(:ids AS integer[]))")
