"""The SQL that counts what people do, over fresh events in the tick and over all that somebody has after a split.

Both give the same figures: every statement here only adds, and takes what it counts from a subquery ``f`` of events.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import TextClause, text

from antiphon.people.counted import ACTS, CLICKS, RELATIONS, VALUED, VISITS
from antiphon.people.engagement import EPOCH, HALF_LIFE, WEIGHTS

#: A visit, or an order, this soon after a click came from the message that was clicked.
VISIT_AFTER = timedelta(minutes=30)
ORDER_AFTER = timedelta(days=5)
#: A click that looks like a machine's was a person's after all when its score is not above these (see delivery.judging).
VISIT_OUTWEIGHS, ORDER_OUTWEIGHS = 6, 8

# What is fresh, by the batch of the tick.
FRESH = """(
    SELECT f.bucket, f.person, f.at, f.event, f.name, f.received_at, e.props
    FROM fresh f
    JOIN event e ON e.bucket = f.bucket AND e.person = f.person AND e.at = f.at AND e.id = f.event
    WHERE f.bucket = ANY(:buckets) AND f.batch <= :batch AND f.name = ANY(:names)
) f"""
# The same without its properties.
NEWS = """(
    SELECT bucket, person, at, event, name, received_at FROM fresh
    WHERE bucket = ANY(:buckets) AND batch <= :batch AND name = ANY(:names)
) f"""
# Everything that some people have; what is fresh still will be counted by the tick.
ALL = """(
    SELECT e.bucket, e.person, e.at, e.id AS event, e.name, e.received_at, e.props
    FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)
    JOIN event e ON e.bucket = k.bucket AND e.person = k.person AND e.name = ANY(:names)
    LEFT JOIN fresh n ON n.bucket = e.bucket AND n.event = e.id
    WHERE n.event IS NULL
) f"""

_CHANNEL = "CASE WHEN f.name LIKE 'Email %' THEN 'email' ELSE 'sms' END"
_HUMAN = "(f.props->>'machine') IS DISTINCT FROM 'true'"
# An instant that was told wrong must not weigh more than everything else, or nothing at all.
_GROWN = (
    "power(2::float8, greatest(-1000, least(1000, "
    f"(extract(epoch FROM least({{at}}, {{received}}))::float8 - {EPOCH.timestamp():.0f}) / {HALF_LIFE.total_seconds():.0f})))"
)


def grown(at: str, received: str) -> str:
    """What 1 of an instant is worth at ``people.engagement.EPOCH``; no later than it came in."""
    return _GROWN.format(at=at, received=received)


_CLICKED = "CASE WHEN c.name LIKE 'Email %' THEN 'email' ELSE 'sms' END"
_SCORE = (
    "CASE WHEN (c.props->>'machine') IS DISTINCT FROM 'true' THEN 0 "
    "WHEN jsonb_typeof(c.props->'score') = 'number' THEN (c.props->>'score')::numeric ELSE 1000 END"
)
_ADDED = (
    "responses", "clicks", "replies", "opens", "visits", "orders", "machine", "delivered", "weight", "sends", "answers",
)  # fmt: skip
_NEWEST = ("last_at", "opened_at", "clicked_at", "last_delivered_at")

#: How two rows of one person and channel come together.
ADD_ENGAGEMENT = "ON CONFLICT (bucket, person, channel) DO UPDATE SET " + ", ".join(
    [
        *(f"{name} = engagement.{name} + excluded.{name}" for name in _ADDED),
        *(f"{name} = greatest(engagement.{name}, excluded.{name})" for name in _NEWEST),
        "first_delivered_at = least(engagement.first_delivered_at, excluded.first_delivered_at)",
    ]
)
#: The columns of ``engagement`` beside its key, and the sum of several rows ``t``.
ENGAGEMENT_COLUMNS = (*_ADDED, *_NEWEST, "first_delivered_at")
ENGAGEMENT_SUMS = ", ".join(
    [*(f"sum(t.{name})" for name in _ADDED), *(f"max(t.{name})" for name in _NEWEST), "min(t.first_delivered_at)"]
)


def held(sum_: str) -> str:
    """What the column holds of a sum: whatever prices strangers post, and were they below 0."""
    return f"greatest(-9999999999999999, least({sum_}, 9999999999999999))"


ADD_PRODUCTS = (
    "ON CONFLICT (bucket, person, product, relation) DO UPDATE SET "
    "n = least(person_product.n::bigint + excluded.n, 2147483647)::integer, "
    f"value = {held('person_product.value + excluded.value')}, "
    "first_at = least(person_product.first_at, excluded.first_at), "
    "last_at = greatest(person_product.last_at, excluded.last_at)"
)


def acts(source: str) -> TextClause:
    """Counts what was done with messages; wants the values of :func:`acts_values`."""
    weight = " ".join(f"WHEN f.name LIKE '% {word}' THEN {WEIGHTS[act]}" for act, word in _WORDS.items())
    worth = grown("f.at", "f.received_at")
    return text(f"""
    INSERT INTO engagement (bucket, person, channel, responses, clicks, replies, opens, visits, orders, machine, delivered,
                            weight, sends, last_at, opened_at, clicked_at, last_delivered_at, first_delivered_at)
    SELECT f.bucket, f.person, f.channel, count(*) FILTER (WHERE f.human AND f.response),
           count(*) FILTER (WHERE f.human AND f.name LIKE '% Clicked'),
           count(*) FILTER (WHERE f.human AND f.name LIKE '% Replied'),
           count(*) FILTER (WHERE f.human AND f.name LIKE '% Opened'), 0, 0,
           count(*) FILTER (WHERE NOT f.human), count(*) FILTER (WHERE f.name LIKE '% Delivered'),
           coalesce(sum(CASE WHEN NOT f.human THEN 0 {weight} ELSE 0 END * {worth}), 0),
           coalesce(sum({worth}) FILTER (WHERE f.name LIKE '% Delivered'), 0),
           max(f.at) FILTER (WHERE f.human AND f.response),
           max(f.at) FILTER (WHERE f.human AND f.name LIKE '% Opened'),
           max(f.at) FILTER (WHERE f.name LIKE '% Clicked'),
           max(f.at) FILTER (WHERE f.name LIKE '% Delivered'), min(f.at) FILTER (WHERE f.name LIKE '% Delivered')
    FROM (
        SELECT f.bucket, f.person, f.at, f.received_at, f.name, {_CHANNEL} AS channel, {_HUMAN} AS human,
               f.name = ANY(:responses) AS response
        FROM {source}
    ) f GROUP BY f.bucket, f.person, f.channel
    {ADD_ENGAGEMENT}
    """)


_WORDS = {"click": "Clicked", "reply": "Replied", "open": "Opened"}


def acts_values(responses: tuple[str, ...]) -> dict[str, Any]:
    return {"names": list(ACTS), "responses": list(responses)}


def visits(source: str) -> TextClause:
    """Counts the visits that clicks led to; wants :data:`VISITS_VALUES`, and that clicks are counted already.

    Of what follows on a click the first is the visit, and it belongs to the newest click before it.
    """
    return text(f"""
    INSERT INTO engagement (bucket, person, channel, visits, weight, last_at)
    SELECT r.bucket, r.person, r.channel, count(*),
           sum({WEIGHTS["visit"]} * {grown("r.at", "r.received_at")}), max(r.at)
    FROM (
        SELECT DISTINCT ON (f.bucket, f.person, f.event) f.bucket, f.person, f.event, f.at, f.received_at, q.channel
        FROM (
            SELECT DISTINCT ON (c.bucket, c.person, c.id)
                   c.bucket, c.person, c.at AS clicked_at, c.id AS click, v.id AS event, {_CLICKED} AS channel
            FROM (SELECT f.bucket, f.person, min(f.at) - cast(:visit_after AS interval) AS since, max(f.at) AS until
                  FROM {source} GROUP BY f.bucket, f.person) p
            JOIN event c ON c.bucket = p.bucket AND c.person = p.person AND c.at > p.since AND c.at <= p.until
                 AND c.name = ANY(:clicks) AND {_SCORE} <= {VISIT_OUTWEIGHS}
            JOIN event v ON v.bucket = c.bucket AND v.person = c.person AND v.at >= c.at
                 AND v.at < c.at + cast(:visit_after AS interval) AND v.name = ANY(:names)
            -- most visitors clicked nothing lately: they are passed over without a look at events
            WHERE EXISTS (SELECT FROM engagement g
                           WHERE g.bucket = p.bucket AND g.person = p.person AND g.clicked_at > p.since)
            ORDER BY c.bucket, c.person, c.id, v.at, v.id
        ) q
        JOIN {source} ON f.bucket = q.bucket AND f.person = q.person AND f.event = q.event
        ORDER BY f.bucket, f.person, f.event, q.clicked_at DESC, q.click
    ) r GROUP BY r.bucket, r.person, r.channel
    {ADD_ENGAGEMENT}
    """)


VISITS_VALUES = {"names": list(VISITS), "clicks": list(CLICKS), "visit_after": VISIT_AFTER}


def orders(source: str) -> TextClause:
    """Counts the orders that clicks led to; wants :data:`ORDERS_VALUES`, and that clicks are counted already.

    Each belongs to the newest click before it.
    """
    return text(f"""
    INSERT INTO engagement (bucket, person, channel, orders, weight, last_at)
    SELECT r.bucket, r.person, r.channel, count(*),
           sum({WEIGHTS["order"]} * {grown("r.at", "r.received_at")}), max(r.at)
    FROM (
        SELECT DISTINCT ON (f.bucket, f.person, f.event)
               f.bucket, f.person, f.event, f.at, f.received_at, {_CLICKED} AS channel
        FROM {source}
        JOIN event c ON c.bucket = f.bucket AND c.person = f.person AND c.at <= f.at
             AND c.at > f.at - cast(:order_after AS interval) AND c.name = ANY(:clicks) AND {_SCORE} <= {ORDER_OUTWEIGHS}
        WHERE EXISTS (SELECT FROM engagement g WHERE g.bucket = f.bucket AND g.person = f.person
                       AND g.clicked_at > f.at - cast(:order_after AS interval))
        ORDER BY f.bucket, f.person, f.event, c.at DESC, c.id
    ) r GROUP BY r.bucket, r.person, r.channel
    {ADD_ENGAGEMENT}
    """)


ORDERS_VALUES = {"names": list(VALUED), "clicks": list(CLICKS), "order_after": ORDER_AFTER}

# An order carries lines, a view and an addition are a line themselves. What is no number costs nothing and counts once.
_LINES = """jsonb_array_elements(CASE WHEN f.name = 'Order Completed' AND jsonb_typeof(f.props->'products') = 'array'
            THEN f.props->'products' ELSE jsonb_build_array(f.props) END) l(line)"""


def products(source: str) -> TextClause:
    """Counts what was viewed, carted, wished for and bought; wants :data:`PRODUCTS_VALUES`."""
    relation = " ".join(f"WHEN '{name}' THEN '{word}'" for name, word in RELATIONS.items())
    return text(f"""
    INSERT INTO person_product (bucket, person, product, relation, n, value, first_at, last_at)
    SELECT q.bucket, q.person, q.product, q.relation, least(sum(q.n), 2147483647)::integer,
           {held("sum(CASE WHEN q.relation = 'bought' THEN q.n * q.price ELSE 0 END)")}, min(q.at), max(q.at)
    FROM (
        SELECT f.bucket, f.person, f.at, CASE f.name {relation} END AS relation, l.line->>'product_id' AS product,
               CASE WHEN f.name <> 'Order Completed' OR jsonb_typeof(l.line->'quantity') IS DISTINCT FROM 'number' THEN 1
                    ELSE greatest(0, least((l.line->>'quantity')::numeric, 1000000))::integer END AS n,
               CASE WHEN jsonb_typeof(l.line->'price') = 'number' AND abs((l.line->>'price')::numeric) < 1e9
                    THEN (l.line->>'price')::numeric ELSE 0 END AS price
        FROM {source} CROSS JOIN LATERAL {_LINES}
        WHERE coalesce(l.line->>'product_id', '') <> '' AND length(l.line->>'product_id') <= 255
    ) q GROUP BY q.bucket, q.person, q.product, q.relation
    {ADD_PRODUCTS}
    """)


PRODUCTS_VALUES = {"names": list(RELATIONS)}

TAKE_DELIVERED = text("DELETE FROM delivered WHERE bucket = ANY(:buckets) RETURNING bucket, person, channel, at")
#: Deliveries, summed up per person and channel.
ADD_DELIVERED = text(f"""
    INSERT INTO engagement (bucket, person, channel, delivered, sends, first_delivered_at, last_delivered_at)
    SELECT * FROM unnest(cast(:of AS smallint[]), cast(:people AS bigint[]), cast(:channels AS text[]), cast(:ns AS int[]),
                         cast(:sends AS float8[]), cast(:firsts AS timestamptz[]), cast(:lasts AS timestamptz[]))
    {ADD_ENGAGEMENT}
""")
