"""Campaigns: a whole audience picked, decided and put into the outbox by two workers; and the deciding alone."""

from collections.abc import Sequence
from time import perf_counter

from antiphon.bench.models import Measured
from antiphon.bench.together import side_by_side
from antiphon.bench.world import World
from antiphon.campaigns import states
from antiphon.campaigns.kept import Kept, find
from antiphon.campaigns.planning import PORTION
from antiphon.campaigns.policy import policies
from antiphon.decisions.columns import Asked
from antiphon.decisions.decide import decide_asked
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.tables import decision
from antiphon.engine.campaigns import HANDLERS
from antiphon.kit.buckets import BUCKETS
from antiphon.store.keys import keys

_CAMPAIGN = """\
campaign: bench
name: Bench
audience: {kind: all, of: []}
content:
  email: {subject: Lamps, mjml: '<mj-section><mj-column><mj-text>Lamps</mj-text></mj-column></mj-section>'}
  sms: {text: Lamps are cheap}
"""
#: Buckets whose decisions are written out and in again at a time.
_GROUP = 8


def planning(world: World) -> Measured:
    """People a second, from the launch until the last message waits in the outbox, by two workers.

    The floor writes the decisions that were made, and nothing else, by COPY into a table of the same kind.
    """
    _prepare(world)
    one = _launched(world)
    took = side_by_side(world, "plan_process", world.now.isoformat())
    planned = world.number("SELECT sum(email + sms + unwritten) FROM campaign_bucket WHERE campaign = :id", id=one.id)
    if planned != world.sizes.people:
        raise RuntimeError(f"{world.sizes.people} people were meant, {planned} were planned")
    rate = took.rate(planned)
    return Measured(rate, _copied(world, one), "people planned", "COPY of the decisions")


def deciding(world: World) -> Measured:
    """People a second that are decided, with the rows written, by one process; beside it the COPY of those rows."""
    _prepare(world)
    one = _launched(world)
    people = list(world.people())
    settings = BrandSettings()
    known = policies(one.campaign, one.origin, one.opens, one.closes)
    seconds = 0.0
    for start in range(0, len(people), PORTION):
        some = people[start : start + PORTION]
        asked = Asked(one.origin, one.opens, "campaign:1", some, ["message"] * len(some))
        began = perf_counter()
        with world.database.begin("bench", durable=False) as connection:
            decide_asked(connection, world.now, asked, 1, known, settings)
        seconds += perf_counter() - began
    decided = world.number("SELECT count(*) FROM decision WHERE journey = -cast(:id AS integer)", id=one.id)
    if decided != len(people):
        raise RuntimeError(f"{len(people)} people were asked for, {decided} were decided")
    return Measured(decided / seconds, _copied(world, one), "people decided", "COPY of the decisions")


def _prepare(world: World) -> None:
    world.populate()
    world.execute("TRUNCATE campaign, campaign_member, campaign_bucket, decision, outbox RESTART IDENTITY")


def _launched(world: World) -> Kept:
    given = {"campaign": "bench"}
    with world.database.begin("commands") as connection:
        states.save(connection, _CAMPAIGN, "bench", world.now)
        digest = find(connection, "bench").row.sha256
        states.keep_review(connection, "bench", digest, {}, world.now)
        HANDLERS["campaign.launch"](connection, given, "bench", world.now)
        return find(connection, "bench")


def _copied(world: World, one: Kept) -> float:
    """Rows a second of the decisions, written by COPY alone: out to memory untimed, and in again."""
    world.execute("DROP TABLE IF EXISTS bench_decision")
    world.execute("CREATE TABLE bench_decision (LIKE decision INCLUDING ALL)")
    columns = ", ".join(column.name for column in decision.c)
    rows, seconds = 0, 0.0
    for start in range(0, len(BUCKETS), _GROUP):
        written, took = _again(world, one, columns, BUCKETS[start : start + _GROUP])
        rows, seconds = rows + written, seconds + took
    world.execute("DROP TABLE bench_decision")
    return rows / seconds


def _again(world: World, one: Kept, columns: str, buckets: Sequence[int]) -> tuple[int, float]:
    chosen = f"SELECT {columns} FROM decision WHERE journey = {one.origin} AND bucket = ANY('{keys(buckets).written.decode()}')"
    with world.database.begin("bench", durable=False) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor:
            with cursor.copy(f"COPY ({chosen}) TO STDOUT") as out:
                blocks = [bytes(block) for block in out]
            began = perf_counter()
            with cursor.copy(f"COPY bench_decision ({columns}) FROM STDIN") as into:
                for block in blocks:
                    into.write(block)
            return len(blocks), perf_counter() - began
