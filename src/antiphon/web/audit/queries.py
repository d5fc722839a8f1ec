"""All SQL of the audit log's pages."""

from sqlalchemy import text

_WHERE = """
 WHERE (at, id) < (:at, :id)
   AND (cast(:area AS text) IS NULL OR area = :area) AND (cast(:who AS text) IS NULL OR who = :who)
   AND (cast(:about AS text) IS NULL OR about = :about)
   AND at >= coalesce(cast(:since AS timestamptz), '-infinity') AND at < coalesce(cast(:until AS timestamptz), 'infinity')
"""

LIST = text(f"""
SELECT id, at, kind, who, origin, area, what, about, before, after FROM audit {_WHERE}
 ORDER BY at DESC, id DESC LIMIT :limit
""")

COUNT = text(f"SELECT count(*) FROM (SELECT FROM audit {_WHERE} LIMIT :limit) found")

#: Who stands in the newest part of the log.
WHO = text("SELECT DISTINCT who FROM (SELECT who FROM audit ORDER BY at DESC, id DESC LIMIT 5000) newest ORDER BY who")
