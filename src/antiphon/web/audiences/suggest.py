"""What this installation has seen, for fields that ask for a name: events, traits, products, categories, segments."""

from typing import Any

from sqlalchemy import Connection, text

from antiphon.kit.buckets import BUCKETS

#: A few buckets know every name that is common; a page must not read everybody.
_SOME = list(BUCKETS[:4])
_QUERIES = {
    "events": text("SELECT DISTINCT name FROM event_total WHERE bucket = ANY(:buckets) ORDER BY name LIMIT 200"),
    "traits": text("""
        SELECT DISTINCT jsonb_object_keys(traits) AS name FROM (
            SELECT traits FROM person WHERE bucket = ANY(:buckets) AND jsonb_typeof(traits) = 'object' LIMIT 2000
        ) some ORDER BY 1 LIMIT 200
    """),
    "products": text("SELECT id AS name FROM product WHERE deleted_at IS NULL ORDER BY title, id LIMIT 200"),
    "categories": text("""
        SELECT DISTINCT unnest(category) AS name FROM (SELECT category FROM product LIMIT 2000) some ORDER BY 1 LIMIT 200
    """),
    "segments": text("SELECT name FROM segment WHERE state = 'live' ORDER BY name"),
    "statistics": text("SELECT name FROM statistic WHERE brand = 1 ORDER BY name"),
}


def suggestions(connection: Connection) -> dict[str, list[str]]:
    """Names by what they are of."""
    found: dict[str, list[str]] = {}
    for of, query in _QUERIES.items():
        given: dict[str, Any] = {"buckets": _SOME} if of in {"events", "traits"} else {}
        found[of] = [str(name) for name in connection.execute(query, given).scalars()]
    return found
