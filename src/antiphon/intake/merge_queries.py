"""The SQL that carries rows from one person to another: INSERT and DELETE, because a bucket is never updated."""

from functools import cache

from sqlalchemy import Table, TextClause, text

from antiphon.audiences.tables import segment_due, segment_member
from antiphon.campaigns.tables import campaign_member
from antiphon.catalogue.offers.tables import coupon_ask, coupon_use
from antiphon.catalogue.recommend.tables import recommendation
from antiphon.decisions.tables import decision
from antiphon.decisions.timing import counting as rhythms
from antiphon.journeys.errands.tables import errand
from antiphon.journeys.tables import entry, move, run, run_done, watch
from antiphon.people.counting import ADD_ENGAGEMENT, ADD_PRODUCTS, ENGAGEMENT_COLUMNS, ENGAGEMENT_SUMS, held
from antiphon.people.tables import delivered, event, fresh, person_address, person_place

_PAIRS = (
    "unnest(cast(:from_buckets AS smallint[]), cast(:from_people AS bigint[]), cast(:to_buckets AS smallint[]), "
    "cast(:to_people AS bigint[])) m(from_bucket, from_person, to_bucket, to_person)"
)
_FROM = "t.bucket = m.from_bucket AND t.person = m.from_person"

#: Tables whose key has the person in it, and those whose key does not.
BY_PERSON = (event, entry, person_address, person_place, recommendation, segment_member, segment_due, campaign_member)
BY_ID = (fresh, delivered, run, run_done, move, decision, coupon_ask, coupon_use, errand)

_TOTALS = text(
    "INSERT INTO event_total (bucket, person, name, n, value, first_at, last_at) "
    "SELECT m.to_bucket, m.to_person, t.name, sum(t.n), sum(t.value), min(t.first_at), max(t.last_at) "
    f"FROM {_PAIRS} JOIN event_total t ON {_FROM} GROUP BY 1, 2, 3 "
    "ON CONFLICT (bucket, person, name) DO UPDATE SET n = event_total.n + excluded.n, "
    "value = event_total.value + excluded.value, first_at = least(event_total.first_at, excluded.first_at), "
    "last_at = greatest(event_total.last_at, excluded.last_at)"
)
_ENGAGEMENT = text(
    f"INSERT INTO engagement (bucket, person, channel, {', '.join(ENGAGEMENT_COLUMNS)}) "
    f"SELECT m.to_bucket, m.to_person, t.channel, {ENGAGEMENT_SUMS} "
    f"FROM {_PAIRS} JOIN engagement t ON {_FROM} GROUP BY 1, 2, 3 {ADD_ENGAGEMENT}"
)
_PRODUCTS = text(
    "INSERT INTO person_product (bucket, person, product, relation, n, value, first_at, last_at) "
    "SELECT m.to_bucket, m.to_person, t.product, t.relation, least(sum(t.n), 2147483647)::integer, "
    f"{held('sum(t.value)')}, min(t.first_at), max(t.last_at) "
    f"FROM {_PAIRS} JOIN person_product t ON {_FROM} GROUP BY 1, 2, 3, 4 {ADD_PRODUCTS}"
)
_RHYTHM = text(
    f"INSERT INTO person_rhythm (bucket, person, {', '.join(rhythms.COLUMNS)}) SELECT m.to_bucket, m.to_person, {rhythms.SUMS} "
    f"FROM {_PAIRS} JOIN person_rhythm t ON {_FROM} GROUP BY 1, 2 {rhythms.ADD}"
)
# Of two open abandonments the newer stays open, whole; several people may come together in one.
_OPEN = tuple(c.name for c in watch.c if c.name.startswith("open_"))
_TIMES = tuple(c.name for c in watch.c if c.name not in {"bucket", "person", "armed", *_OPEN})
_WATCH = text(
    f"INSERT INTO watch (bucket, person, armed, {', '.join(_TIMES + _OPEN)}) "
    "SELECT m.to_bucket, m.to_person, bool_or(t.armed), "
    + ", ".join(f"max(t.{name})" for name in _TIMES)
    + ", "
    + ", ".join(f"(array_agg(t.{name} ORDER BY t.open_at DESC NULLS LAST))[1]" for name in _OPEN)
    + f" FROM {_PAIRS} JOIN watch t ON {_FROM} GROUP BY 1, 2 "
    "ON CONFLICT (bucket, person) DO UPDATE SET armed = watch.armed OR excluded.armed, "
    + ", ".join(f"{name} = greatest(watch.{name}, excluded.{name})" for name in _TIMES)
    + ", "
    + ", ".join(
        f"{name} = CASE WHEN watch.open_at IS NULL OR excluded.open_at > watch.open_at "
        f"THEN excluded.{name} ELSE watch.{name} END"
        for name in _OPEN
    )
)
SUMMED = (
    ("event_total", _TOTALS),
    ("engagement", _ENGAGEMENT),
    ("person_product", _PRODUCTS),
    ("person_rhythm", _RHYTHM),
    ("watch", _WATCH),
)

# Before the person's row goes: the alias keeps what brings them back where they part again.
ALIASES = text(
    "INSERT INTO alias (bucket, person, to_bucket, to_person, at, reason, kind, value, other_kind, other_value, die) "
    "SELECT m.from_bucket, m.from_person, m.to_bucket, m.to_person, :now, 'merged', m.kind, m.value, m.other_kind, "
    "m.other_value, t.die "
    "FROM unnest(cast(:from_buckets AS smallint[]), cast(:from_people AS bigint[]), cast(:to_buckets AS smallint[]), "
    "cast(:to_people AS bigint[]), cast(:kinds AS text[]), cast(:values AS text[]), cast(:other_kinds AS text[]), "
    "cast(:other_values AS text[])) "
    "m(from_bucket, from_person, to_bucket, to_person, kind, value, other_kind, other_value) "
    "JOIN person t ON t.bucket = m.from_bucket AND t.id = m.from_person ON CONFLICT DO NOTHING"
)
# Who had become the one who goes is now the other as well; and comes along where those part again.
REPOINT_ALIASES = text(
    "UPDATE alias t SET to_bucket = m.to_bucket, to_person = m.to_person "
    f"FROM {_PAIRS} WHERE t.to_bucket = m.from_bucket AND t.to_person = m.from_person"
)
POINT_ALIASES = text(
    "UPDATE alias t SET to_bucket = k.to_bucket, to_person = k.to_person "
    "FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[]), cast(:to_buckets AS smallint[]), "
    "cast(:to_people AS bigint[])) k(bucket, person, to_bucket, to_person) "
    "WHERE t.bucket = k.bucket AND t.person = k.person"
)
REVIVED = text(
    "DELETE FROM alias t USING unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person) "
    "WHERE t.bucket = k.bucket AND t.person = k.person"
)
GONE = text(f"DELETE FROM person t USING {_PAIRS} WHERE t.bucket = m.from_bucket AND t.id = m.from_person")

# What comes out of a bucket that is behind has not been reacted to where it goes, and may be due there: the buckets of a
# merge are all as far as the last of them. As text, because instants may be infinite.
LEAST_FAR = text(
    "SELECT min(reacted_through)::text AS through, min(floor)::text AS floor FROM bucket_state "
    "WHERE bucket = ANY(cast(:buckets AS smallint[]))"
)
HOLD_BACK = text(
    "UPDATE bucket_state SET reacted_through = least(reacted_through, cast(:through AS timestamptz)), "
    "floor = least(floor, cast(:floor AS timestamptz)) WHERE bucket = ANY(cast(:buckets AS smallint[]))"
)

RUNS = text(
    "SELECT t.bucket, t.id, t.person, t.journey, t.run_key, t.moves, t.started_at "
    "FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person) "
    "JOIN run t ON t.bucket = k.bucket AND t.person = k.person"
)
_RUN_IDS = "unnest(cast(:buckets AS smallint[]), cast(:runs AS bigint[])) k(bucket, run)"
END_RUNS = text(
    "INSERT INTO run_done (bucket, id, person, journey, version, run_key, n, step, outcome, moves, occasion_at, "
    "occasion_event, started_at, ended_at) "
    "SELECT t.bucket, t.id, t.person, t.journey, t.version, t.run_key, t.n, t.step, 'merged', t.moves, t.occasion_at, "
    f"t.occasion_event, t.started_at, :now FROM {_RUN_IDS} JOIN run t ON t.bucket = k.bucket AND t.id = k.run "
    "ON CONFLICT DO NOTHING"
)
DROP_RUNS = text(f"DELETE FROM run t USING {_RUN_IDS} WHERE t.bucket = k.bucket AND t.id = k.run")

# The outbox is keyed by address; its pointer to the person is found by an index of its own.
POINTED_AT = text(
    "SELECT DISTINCT t.abucket FROM unnest(cast(:buckets AS smallint[]), cast(:people AS bigint[])) k(bucket, person) "
    "JOIN outbox t ON t.bucket = k.bucket AND t.person = k.person"
)
REPOINT = text(
    f"UPDATE outbox t SET bucket = m.to_bucket, person = m.to_person FROM {_PAIRS} "
    "WHERE t.bucket = m.from_bucket AND t.person = m.from_person"
)


@cache
def insert(table: Table, *, only_between_buckets: bool = False) -> TextClause:
    others = [c.name for c in table.c if c.name not in {"bucket", "person"}]
    where = " WHERE m.from_bucket <> m.to_bucket" if only_between_buckets else ""
    return text(
        f"INSERT INTO {table.name} (bucket, person, {', '.join(others)}) "
        f"SELECT m.to_bucket, m.to_person, {', '.join('t.' + name for name in others)} "
        f"FROM {_PAIRS} JOIN {table.name} t ON {_FROM}{where} ON CONFLICT DO NOTHING"
    )


@cache
def delete(name: str, *, only_between_buckets: bool = False) -> TextClause:
    where = " AND m.from_bucket <> m.to_bucket" if only_between_buckets else ""
    return text(f"DELETE FROM {name} t USING {_PAIRS} WHERE {_FROM}{where}")


@cache
def stay(name: str) -> TextClause:
    """Between two people of one bucket a row that is keyed by its own id stays and changes its person."""
    return text(f"UPDATE {name} t SET person = m.to_person FROM {_PAIRS} WHERE {_FROM} AND m.from_bucket = m.to_bucket")
