"""The SQL of the catalogue's pages."""

from sqlalchemy import text

from antiphon.catalogue.queries import COLUMNS

_KINDS = """
   AND CASE :stock WHEN 'out' THEN p.stock = 0 WHEN 'low' THEN p.stock > 0 AND p.stock <= :low
                   WHEN 'uncounted' THEN p.stock IS NULL ELSE true END
"""
PRODUCTS = text(f"""
SELECT {COLUMNS} FROM product p
 WHERE p.deleted_at IS NULL AND (p.title, p.id) > (:title, :id) AND (:like = '' OR p.title ILIKE :like OR p.id ILIKE :like)
{_KINDS}
 ORDER BY p.title, p.id LIMIT :limit
""")
INTERESTED = text("""
SELECT relation, count(*) AS n FROM person_product WHERE product = :product AND relation <> 'bought' GROUP BY relation
""")
