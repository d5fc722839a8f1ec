"""What this installation has seen, for fields that ask for a name: events, traits, products, categories, segments."""

from sqlalchemy import Connection, text

#: Of the first rows that there are: what is common is among them, and a page must not read everybody.
_QUERIES = {
    "events": text("""
        SELECT DISTINCT name FROM (SELECT name FROM event_total LIMIT 20000) few ORDER BY name LIMIT 200
    """),
    "traits": text("""
        SELECT DISTINCT jsonb_object_keys(traits) AS name FROM (
            SELECT traits FROM person WHERE jsonb_typeof(traits) = 'object' LIMIT 2000
        ) few ORDER BY 1 LIMIT 200
    """),
    "products": text("SELECT id AS name FROM product WHERE deleted_at IS NULL ORDER BY title, id LIMIT 200"),
    "categories": text("""
        SELECT DISTINCT unnest(category) AS name FROM (SELECT category FROM product LIMIT 2000) few ORDER BY 1 LIMIT 200
    """),
    "segments": text("SELECT name FROM segment WHERE state = 'live' ORDER BY name"),
    "statistics": text("SELECT name FROM statistic WHERE brand = 1 ORDER BY name"),
}


def suggestions(connection: Connection) -> dict[str, list[str]]:
    """Names by what they are of."""
    return {of: [str(name) for name in connection.execute(query).scalars()] for of, query in _QUERIES.items()}
