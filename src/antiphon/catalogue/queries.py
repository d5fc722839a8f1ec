"""The SQL of the catalogue: products as they stand, their variants and histories."""

from sqlalchemy import text

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
