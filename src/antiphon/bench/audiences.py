"""What segments cost: keeping them as people change, and counting a draft over everybody."""

from datetime import datetime, timedelta
from itertools import islice
from time import monotonic

from psycopg.types.json import Jsonb
from sqlalchemy import text

from antiphon.audiences.segments.count import count
from antiphon.audiences.segments.managing import define
from antiphon.audiences.segments.models import Segment
from antiphon.audiences.segments.upkeep import Keeper
from antiphon.bench.models import Measured
from antiphon.bench.world import World, timer
from antiphon.intake import partitions
from antiphon.kit.buckets import BUCKETS, bucket_of
from antiphon.people.tables import event, event_total, fresh
from antiphon.store.keys import keys

ORDER = "Order Completed"
#: Of a hundred people so many have ordered, each once, within this many days.
_BUYERS, _DAYS = 26, 85
#: People whose new order the tick is told of.
_CHANGED = 10_000
_SEGMENTS = {
    "buyers": {"kind": "event", "event": ORDER, "within": "90d"},
    "often": {"kind": "purchase", "at_least": 2, "within": "365d"},
    "gold-buyers": {
        "kind": "all",
        "of": [{"kind": "trait", "trait": "plan", "value": "gold"}, {"kind": "segment", "segment": "buyers"}],
    },
    "reachable-buyers": {
        "kind": "all",
        "of": [{"kind": "consent", "channel": "email"}, {"kind": "purchase", "age_of": "last", "newer_than": "60d"}],
    },
}
_GROUPED = text("""
    SELECT count(*) FROM (
        SELECT bucket, person FROM event WHERE name = :name AND at > :since AND bucket = ANY(:buckets)
        GROUP BY bucket, person
    ) each
""")
_GROUPED_FRESH = text("""
    SELECT f.bucket, f.person, count(*) AS n FROM fresh f
    JOIN event e ON e.bucket = f.bucket AND e.person = f.person AND e.name = :name AND e.at > :since
    WHERE f.bucket = ANY(:buckets) GROUP BY f.bucket, f.person
""")


def keeping(world: World) -> Measured:
    """People a second that a tick keeps four segments for, after an event of each; the floor counts their events by a bare
    GROUP BY, once."""
    _prepare(world)
    keeper = Keeper()
    with world.database.begin("bench") as connection:
        for name, who in _SEGMENTS.items():
            segment = Segment.model_validate({"segment": name, "title": name, "who": who})
            define(connection, segment, "-", "bench", world.now)
    more = True
    while more:
        with world.database.begin("tick", durable=False) as connection:
            more = keeper.keep(connection, world.now, BUCKETS, 0, limit=200_000).more
    world.analyze("segment_member", "segment_due", "segment_bucket")
    people = _news(world)
    given = {"name": ORDER, "since": world.now - timedelta(days=365), "buckets": keys(BUCKETS)}
    with world.database.begin("read") as connection, timer() as bare:
        connection.execute(_GROUPED_FRESH, given).all()
    with timer() as took, world.database.begin("tick", durable=False) as connection:
        kept = keeper.keep(connection, world.now, BUCKETS, 1)
    if kept.looked_at < people:
        raise RuntimeError(f"{people} people changed, {kept.looked_at} were looked at")
    return Measured(took.rate(people), bare.rate(people), "people", "their events by GROUP BY")


def counting(world: World) -> Measured:
    """People a second among whom a draft with a time condition is counted; the floor is a bare GROUP BY."""
    _prepare(world)
    who = {
        "kind": "all",
        "of": [{"kind": "event", "event": ORDER, "within": "90d"}, {"kind": "consent", "channel": "email"}],
    }
    segment = Segment.model_validate({"segment": "draft", "title": "Draft", "who": who})
    given = {"name": ORDER, "since": world.now - timedelta(days=90), "buckets": keys(BUCKETS)}
    with world.database.read() as connection, timer() as bare:
        connection.execute(_GROUPED, given).scalar_one()
    with world.database.read() as connection, timer() as took:
        found = count(connection, segment.who, world.now, monotonic)
    return Measured(
        took.rate(round(world.sizes.people * found.share)),
        bare.rate(world.sizes.people),
        "people",
        "buyers by GROUP BY",
    )


def _prepare(world: World) -> None:
    """Everybody, and the orders of those who bought."""
    world.populate()
    tables = ("event", "fresh", "event_total", "touched")
    for table in (*tables, "segment", "segment_member", "segment_due", "segment_bucket", "segment_flow"):
        world.execute(f"TRUNCATE {table}")
    partitions.ensure(
        world.database,
        partitions.months_of([world.now - timedelta(days=30 * n) for n in range(4)], world.now),
        set(),
    )
    buyers = [(bucket_of(p), p, _when(world, p)) for p in world.people() if (p >> 8) % 100 < _BUYERS]
    columns = ("bucket", "person", "at", "id", "name", "props", "received_at")
    world.copy(event, columns, ((b, p, at, p, ORDER, Jsonb({"total": 80.0}), at) for b, p, at in buyers))
    columns = ("bucket", "person", "name", "n", "value", "first_at", "last_at")
    world.copy(event_total, columns, ((b, p, ORDER, 1, 80, at, at) for b, p, at in buyers))
    world.analyze("event", "event_total")


def _when(world: World, person: int) -> datetime:
    return world.now - timedelta(seconds=1 + (person >> 8) % (_DAYS * 86_400))


def _news(world: World) -> int:
    """One more order of some people, which no tick has seen yet; returns of how many."""
    step = max(1, world.sizes.people // _CHANGED)
    people = list(islice(world.people(), 0, None, step))
    number = 1 << 43
    columns = ("bucket", "person", "at", "id", "name", "props", "received_at")
    props = Jsonb({"total": 80.0})
    rows = ((bucket_of(p), p, world.now, number + n, ORDER, props, world.now) for n, p in enumerate(people))
    world.copy(event, columns, rows)
    named = ("bucket", "event", "batch", "person", "at", "name", "received_at", "backfill")
    news = ((bucket_of(p), number + n, 1, p, world.now, ORDER, world.now, False) for n, p in enumerate(people))
    world.copy(fresh, named, news)
    world.analyze("event", "fresh")
    return len(people)
