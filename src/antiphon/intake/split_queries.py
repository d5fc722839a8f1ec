"""The SQL of a split: what came by an identifier goes with it, and what is counted of both people is counted anew.

A run goes with the event that it is about, and everything of a run goes with the run. By INSERT and DELETE between
buckets, because a bucket is never updated; inside one a row changes its person.
"""

from sqlalchemy import Table, TextClause, text

from antiphon.catalogue.offers.tables import coupon_ask
from antiphon.decisions.tables import decision
from antiphon.decisions.timing.counting import COUNT_ALL
from antiphon.journeys import abandonment
from antiphon.journeys.errands.tables import errand
from antiphon.journeys.tables import entry, move, run, run_done
from antiphon.people import answers, counting
from antiphon.people.tables import event

_SPLITS = (
    "unnest(cast(:from_buckets AS smallint[]), cast(:from_people AS bigint[]), cast(:to_buckets AS smallint[]), "
    "cast(:to_people AS bigint[]), cast(:vias AS text[])) m(from_bucket, from_person, to_bucket, to_person, via)"
)
_MOVED_EVENTS = f"{_SPLITS} JOIN event e ON e.bucket = m.from_bucket AND e.person = m.from_person AND e.via = m.via"
FRESH_BETWEEN = text(
    "INSERT INTO fresh (bucket, event, batch, person, at, name, received_at, backfill) "
    "SELECT m.to_bucket, t.event, t.batch, m.to_person, t.at, t.name, t.received_at, t.backfill "
    f"FROM {_MOVED_EVENTS} JOIN fresh t ON t.bucket = e.bucket AND t.event = e.id "
    "WHERE m.from_bucket <> m.to_bucket"
)
FRESH_GONE = text(
    f"DELETE FROM fresh t USING {_MOVED_EVENTS} WHERE t.bucket = e.bucket AND t.event = e.id "
    "AND m.from_bucket <> m.to_bucket"
)
FRESH_STAY = text(
    f"UPDATE fresh t SET person = m.to_person FROM {_MOVED_EVENTS} WHERE t.bucket = e.bucket AND t.event = e.id "
    "AND m.from_bucket = m.to_bucket"
)
_EVENT_REST = ", ".join(c.name for c in event.c if c.name not in {"bucket", "person"})
EVENTS = text(
    f"INSERT INTO event (bucket, person, {_EVENT_REST}) SELECT m.to_bucket, m.to_person, "
    f"{', '.join('e.' + name for name in _EVENT_REST.split(', '))} FROM {_MOVED_EVENTS}"
)
EVENTS_GONE = text(
    f"DELETE FROM event e USING {_SPLITS} WHERE e.bucket = m.from_bucket AND e.person = m.from_person AND e.via = m.via"
)
_PLACES = "JOIN person_place p ON p.bucket = m.from_bucket AND p.person = m.from_person AND p.via = m.via"
PLACES = text(
    "INSERT INTO person_place (bucket, person, place, via, since) "
    f"SELECT m.to_bucket, m.to_person, p.place, p.via, p.since FROM {_SPLITS} {_PLACES} ON CONFLICT DO NOTHING"
)
PLACES_GONE = text(
    f"DELETE FROM person_place p USING {_SPLITS} "
    "WHERE p.bucket = m.from_bucket AND p.person = m.from_person AND p.via = m.via"
)
_PEOPLE = "unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person)"
FORGET_TOTALS = text(f"DELETE FROM event_total t USING {_PEOPLE} WHERE t.bucket = k.bucket AND t.person = k.person")
# What still has a fresh row will be counted by the tick.
RECOUNT = text(
    "INSERT INTO event_total (bucket, person, name, n, value, first_at, last_at) "
    "SELECT e.bucket, e.person, e.name, count(*), "
    "coalesce(sum(worth.value) FILTER (WHERE abs(worth.value) < 1e9), 0), min(e.at), max(e.at) "
    f"FROM {_PEOPLE} JOIN event e ON e.bucket = k.bucket AND e.person = k.person "
    "CROSS JOIN LATERAL (SELECT CASE WHEN e.name <> ALL(:valued) THEN NULL "
    "WHEN jsonb_typeof(e.props->'revenue') = 'number' THEN (e.props->>'revenue')::numeric "
    "WHEN jsonb_typeof(e.props->'total') = 'number' THEN (e.props->>'total')::numeric END AS value) worth "
    "LEFT JOIN fresh f ON f.bucket = e.bucket AND f.event = e.id WHERE f.event IS NULL "
    "AND NOT (e.name = ANY(:judged) AND (e.props->>'machine') IS NOT DISTINCT FROM 'true') GROUP BY 1, 2, 3"
)

#: Runs, under way or ended, that are about an event that goes; asked for before the events have gone.
RUNS = {
    table.name: text(
        f"SELECT t.bucket, t.id, t.person, m.to_bucket, m.to_person FROM {_MOVED_EVENTS} "
        f"JOIN {table.name} t ON t.bucket = e.bucket AND t.person = e.person AND t.occasion_event = e.id"
    )
    for table in (run, run_done)
}
_OF_RUNS = (
    "unnest(cast(:buckets AS smallint[]), cast(:runs AS bigint[]), cast(:to_buckets AS smallint[]), "
    "cast(:to_people AS bigint[])) m(bucket, run, to_bucket, to_person)"
)


def _carry(table: Table, key: str) -> tuple[TextClause, ...]:
    """What carries rows of runs to another person: between buckets they are made anew, inside one they stay."""
    others = [c.name for c in table.c if c.name not in {"bucket", "person"}]
    where = f"t.bucket = m.bucket AND t.{key} = m.run"
    made = text(
        f"INSERT INTO {table.name} (bucket, person, {', '.join(others)}) SELECT m.to_bucket, m.to_person, "
        f"{', '.join('t.' + name for name in others)} FROM {_OF_RUNS} JOIN {table.name} t ON {where} "
        "WHERE m.to_bucket <> m.bucket ON CONFLICT DO NOTHING"
    )
    gone = text(f"DELETE FROM {table.name} t USING {_OF_RUNS} WHERE {where} AND m.to_bucket <> m.bucket")
    stays = text(
        f"UPDATE {table.name} t SET person = m.to_person FROM {_OF_RUNS} WHERE {where} AND m.to_bucket = m.bucket"
    )
    return made, gone, stays


CARRY_RUNS = tuple(
    statement
    for table, key in (
        (run, "id"),
        (run_done, "id"),
        (move, "run"),
        (decision, "run"),
        (coupon_ask, "run"),
        (errand, "run"),
    )
    for statement in _carry(table, key)
)
# A run tells all that its entry does: a merge of two people who had both entered kept one entry, but both runs.
FORGET_ENTRIES = text(f"DELETE FROM entry t USING {_OF_RUNS} WHERE t.bucket = m.bucket AND t.run = m.run")
# Of a run it cannot be told whether its goal was reached: what was noted of that is kept where what reached it goes along,
# and forgotten where it stays. The events are still where they were.
GOALS = text(
    f"SELECT DISTINCT t.run, t.goal_at, t.goal_version FROM {_MOVED_EVENTS} "
    "JOIN entry t ON t.bucket = e.bucket AND t.person = e.person AND t.goal_at = e.at"
)
REMEMBER_GOALS = text(
    "UPDATE entry t SET goal_at = g.goal_at, goal_version = g.goal_version FROM unnest(cast(:buckets AS smallint[]), "
    "cast(:runs AS bigint[]), cast(:goals AS timestamptz[]), cast(:versions AS integer[])) "
    "g(bucket, run, goal_at, goal_version) WHERE t.bucket = g.bucket AND t.run = g.run"
)
_ENTRY = ", ".join(c.name for c in entry.c if c.name not in {"goal_at", "goal_version"})
ENTRIES = {
    table.name: text(
        f"INSERT INTO entry ({_ENTRY}) SELECT m.to_bucket, t.journey, m.to_person, t.run_key, t.n, t.started_at, "
        f"t.occasion_at, t.occasion_event, t.id, 0 FROM {_OF_RUNS} "
        f"JOIN {table.name} t ON t.bucket = m.to_bucket AND t.id = m.run ON CONFLICT DO NOTHING"
    )
    for table in (run, run_done)
}
# The outbox is keyed by address; its pointer to the person is found by an index of its own.
_MESSAGES = (
    "unnest(cast(:from_buckets AS smallint[]), cast(:from_people AS bigint[]), cast(:runs AS bigint[]), "
    "cast(:to_buckets AS smallint[]), cast(:to_people AS bigint[])) m(from_bucket, from_person, run, to_bucket, to_person)"
)
_OF_RUN = "t.bucket = m.from_bucket AND t.person = m.from_person AND t.run = m.run"
REPOINT = text(f"UPDATE outbox t SET bucket = m.to_bucket, person = m.to_person FROM {_MESSAGES} WHERE {_OF_RUN}")

# What belongs to no run goes with its address: decisions of campaigns, their messages and those that answer somebody. The one
# who parts was meant by those campaigns, whoever was before.
_KEPT_BY = "CASE t.channel WHEN 'email' THEN 'email:' ELSE 'phone:' END || t.address"
_OF_ADDRESS = f"t.bucket = m.from_bucket AND t.person = m.from_person AND t.run = 0 AND m.via = {_KEPT_BY}"
_DECISION = ", ".join(c.name for c in decision.c if c.name not in {"bucket", "person"})
BY_ADDRESS = (
    text(
        "INSERT INTO campaign_member (bucket, campaign, person, step) SELECT m.to_bucket, -t.journey, m.to_person, t.step "
        f"FROM {_SPLITS} JOIN decision t ON {_OF_ADDRESS} WHERE t.journey < 0 ON CONFLICT DO NOTHING"
    ),
    text(
        f"INSERT INTO decision (bucket, person, {_DECISION}) SELECT m.to_bucket, m.to_person, "
        f"{', '.join('t.' + name for name in _DECISION.split(', '))} FROM {_SPLITS} JOIN decision t ON {_OF_ADDRESS} "
        "WHERE m.to_bucket <> m.from_bucket ON CONFLICT DO NOTHING"
    ),
    text(f"DELETE FROM decision t USING {_SPLITS} WHERE {_OF_ADDRESS} AND m.to_bucket <> m.from_bucket"),
    text(
        f"UPDATE decision t SET person = m.to_person FROM {_SPLITS} WHERE {_OF_ADDRESS} AND m.to_bucket = m.from_bucket"
    ),
    text(f"UPDATE outbox t SET bucket = m.to_bucket, person = m.to_person FROM {_SPLITS} WHERE {_OF_ADDRESS}"),
)

FORGET_ENGAGEMENT = text(f"DELETE FROM engagement t USING {_PEOPLE} WHERE t.bucket = k.bucket AND t.person = k.person")
RECOUNT_ENGAGEMENT = counting.acts(counting.ALL)
RECOUNT_ANSWERS = answers.COUNT_ALL
RECOUNT_VISITS = counting.visits(counting.ALL)
RECOUNT_ORDERS = counting.orders(counting.ALL)
# What is on its way to be counted is among the messages that are counted here. Whoever adds to it waits for the abuckets'
# locks, which are held; the outbox keeps its rows for good, so that they tell all that was ever delivered.
FORGET_DELIVERED = text(f"DELETE FROM delivered t USING {_PEOPLE} WHERE t.bucket = k.bucket AND t.person = k.person")
DELIVERED = text(
    f"SELECT t.bucket, t.person, t.channel, t.accepted_at FROM {_PEOPLE} "
    "JOIN outbox t ON t.bucket = k.bucket AND t.person = k.person "
    "WHERE t.accepted_at IS NOT NULL AND t.purpose <> ALL(:quiet) AND NOT starts_with(t.address, 'erased:')"
)
FORGET_PRODUCTS = text(
    f"DELETE FROM person_product t USING {_PEOPLE} WHERE t.bucket = k.bucket AND t.person = k.person"
)
RECOUNT_PRODUCTS = counting.products(counting.ALL)

FORGET_RHYTHM = text(f"DELETE FROM person_rhythm t USING {_PEOPLE} WHERE t.bucket = k.bucket AND t.person = k.person")
RECOUNT_RHYTHM = COUNT_ALL
BRAND_ZONE = text("SELECT zone FROM brand WHERE id = 1")

#: Names of what the watch remembers, by what they do to it.
WATCHED = {
    "browse": list(abandonment.BROWSE),
    "cart": [*abandonment.CART, *abandonment.REMOVED],
    "checkout": list(abandonment.CHECKOUT),
    "closing": [*abandonment.ORDER, *abandonment.EMPTIED],
    "watched": list(abandonment.WATCHED),
    "abandoned": sorted(abandonment.KINDS.values()),
}
FORGET_WATCH = text(f"DELETE FROM watch t USING {_PEOPLE} WHERE t.bucket = k.bucket AND t.person = k.person")
# Armed if anything was touched after what was derived last, and after the last order: the tick disarms what is stale.
# A cart that was abandoned already, and neither bought nor emptied since, stays the open one.
REWATCH = text(
    "INSERT INTO watch (bucket, person, browse_at, cart_at, checkout_at, closed_at, touched_at, open_kind, open_since, "
    "open_at, open_event, armed) "
    "SELECT q.bucket, q.person, q.browse_at, q.cart_at, q.checkout_at, q.closed_at, q.touched_at, "
    "CASE WHEN q.is_open THEN q.kind END, CASE WHEN q.is_open THEN q.since END, CASE WHEN q.is_open THEN q.derived_at END, "
    "CASE WHEN q.is_open THEN q.derived END, "
    "coalesce(greatest(q.browse_at, q.cart_at, q.checkout_at) > greatest(q.closed_at, q.since, '-infinity'), false) "
    "FROM (SELECT p.*, p.since > coalesce(p.closed_at, '-infinity') AS is_open FROM ("
    "SELECT e.bucket, e.person, max(e.at) FILTER (WHERE e.name = ANY(:browse)) AS browse_at, "
    "max(e.at) FILTER (WHERE e.name = ANY(:cart)) AS cart_at, "
    "max(e.at) FILTER (WHERE e.name = ANY(:checkout)) AS checkout_at, "
    "max(e.at) FILTER (WHERE e.name = ANY(:closing)) AS closed_at, "
    "max(e.at) FILTER (WHERE e.name = ANY(:watched)) AS touched_at, "
    "max(e.at) FILTER (WHERE e.name = ANY(:abandoned)) AS since, "
    "(array_agg(e.received_at ORDER BY e.at DESC, e.id) FILTER (WHERE e.name = ANY(:abandoned)))[1] AS derived_at, "
    "(array_agg(e.id ORDER BY e.at DESC, e.id) FILTER (WHERE e.name = ANY(:abandoned)))[1] AS derived, "
    "(array_agg(lower(split_part(e.name, ' ', 1)) ORDER BY e.at DESC, e.id) "
    "FILTER (WHERE e.name = ANY(:abandoned)))[1] AS kind "
    f"FROM {_PEOPLE} JOIN event e ON e.bucket = k.bucket AND e.person = k.person "
    "AND (e.name = ANY(:watched) OR e.name = ANY(:abandoned)) "
    "LEFT JOIN fresh f ON f.bucket = e.bucket AND f.event = e.id WHERE f.event IS NULL AND NOT e.backfill "
    "GROUP BY e.bucket, e.person) p) q WHERE q.touched_at IS NOT NULL"
)
