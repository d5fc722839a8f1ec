"""Carries the demo shop through the real engine on a virtual clock, up to the present."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from psycopg.types.json import Jsonb

from antiphon.catalogue.recommend.learning import learn
from antiphon.demo import queries
from antiphon.demo.behaviour import day
from antiphon.demo.catalogue import POSTAL_ADDRESS, SHOP_DOMAIN, SHOP_NAME
from antiphon.demo.clock import midnight
from antiphon.demo.content import furnish, into_library
from antiphon.demo.history import history
from antiphon.demo.journeys import shop_journeys
from antiphon.demo.market import Market
from antiphon.demo.models import Sent, Shop
from antiphon.demo.reactions import Crowd
from antiphon.demo.shop import PEOPLE, make_shop
from antiphon.demo.summary import Summary, summarise
from antiphon.demo.voice import SOURCE
from antiphon.engine.commands import carry_out
from antiphon.engine.engine import CycleReport, Engine
from antiphon.engine.segments import apply
from antiphon.engine.virtual import carry
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.inbound import receive_text
from antiphon.intake.optout import opt_out
from antiphon.intake.sources import create_source
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.segments.ready import ready
from antiphon.kit.errors import AntiphonError
from antiphon.kit.zones import zone_id
from antiphon.people.statistics import refresh
from antiphon.store.audit import Actor
from antiphon.store.db import Database
from antiphon.store.install import erase

#: Where the virtual period ends unless it is to end at the present: a fixed instant, so that two runs agree.
ANCHOR = datetime(2026, 10, 16, 18, tzinfo=UTC)
#: Playbooks that the shop has switched on.
SWITCHED_ON = ("abandoned-cart", "abandoned-checkout", "win-back-abandonment", "thank-you")
BY = "demo"
PHONE = "+17185550199"
CHUNK = 5000
STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which shop, and which period: ``days`` days up to ``until``, carried in steps of ``step``."""

    seed: int = 1
    people: int = PEOPLE
    days: int = 14
    until: datetime = ANCHOR
    step: timedelta = STEP

    @property
    def start(self) -> datetime:
        return midnight(self.until) - timedelta(days=self.days)


@dataclass(slots=True)
class Demo:
    """The shop in motion: what goes on behaving after the virtual period."""

    plan: Plan
    shop: Shop
    crowd: Crowd
    market: Market = field(default_factory=Market)
    seen: int = 0  # the newest sandbox message whose reader has answered
    write_key: str = ""  # the shop's own, for what it sends over HTTP

    def read_messages(self, database: Database) -> int:
        """Let people read what was sent since the last look; their answers are planned. Returns how many."""
        with database.read() as connection:
            rows = connection.execute(queries.NEWLY_SENT, {"after": self.seen}).all()
        for row in rows:
            fields = row._asdict()
            fields.pop("id")
            sent = Sent(**fields)
            reader = self.crowd.holder(sent)
            cart = self.market.cart_of(reader.number) if reader else None
            self.market.add(self.crowd.answers(sent, cart))
        self.seen = rows[-1].id if rows else self.seen
        return len(rows)


Progress = Callable[[str, float], None]
"""Told what is under way and how far it is, from 0 to 1."""


def quiet(_: str, __: float) -> None:
    """Shows no progress."""


def build(engine: Engine, plan: Plan, progress: Progress = quiet) -> tuple[Summary, Demo]:
    """Make the shop of ``plan`` in an empty installation and carry it to ``plan.until``.

    Where this very plan was carried out before, it is only counted again; one that was broken off is begun anew. Raises
    ``AntiphonError`` where other people are known: a demo never mixes with anybody's own.
    """
    database = engine.database
    before = resume(database)
    if before is not None and before.plan == plan:
        return summarise(database), before
    _begin(database, plan)
    progress("Drawing the shop", 0.0)
    shop = make_shop(plan.seed, plan.people)
    demo = Demo(plan, shop, Crowd(shop), write_key=create_source(database, SOURCE, plan.start))
    set_up(database, plan.start)
    _bring_in_past(engine, demo, progress)
    _carry(engine, demo, progress)
    _learn(engine, demo, progress)
    remember(database, demo)
    progress("Looking for what should not have left", 1.0)
    return summarise(database), demo


def resume(database: Database) -> Demo | None:
    """The demo that this installation holds already, ready to go on from where it is; ``None`` where there is none."""
    with database.read() as connection:
        kept = connection.execute(queries.RECALL).scalar()
        if kept is None:
            return None
        seen = connection.execute(queries.NEWEST_SENT).scalar_one()
    until = datetime.fromisoformat(kept["until"])
    plan = Plan(kept["seed"], kept["people"], kept["days"], until)
    shop = make_shop(plan.seed, plan.people)
    return Demo(plan, shop, Crowd(shop), seen=seen, write_key=kept["write_key"])


def remember(database: Database, demo: Demo) -> None:
    """Keep what ``resume`` needs. The key is that of a shop that does not exist, in an installation for show."""
    plan = demo.plan
    kept = {
        "seed": plan.seed,
        "people": plan.people,
        "days": plan.days,
        "until": plan.until.isoformat(),
        "write_key": demo.write_key,
    }
    with database.begin("settings") as connection:
        values = {"key": "demo", "value": Jsonb(kept), "now": plan.until, "by": BY}
        connection.execute(queries.SAVE_SETTING, values)
        connection.execute(queries.END)


def set_up(database: Database, now: datetime) -> None:
    """Name the brand, give it what it writes with, and switch its journeys on."""
    zone = zone_id("America/New_York")
    with database.begin("settings") as connection:
        connection.execute(
            queries.BRAND,
            {
                "name": SHOP_NAME,
                "email": f"hello@{SHOP_DOMAIN}",
                "phone": PHONE,
                "postal_address": POSTAL_ADDRESS,
                "zone": zone,
            },
        )
    furnish(database, now, BY)
    shipped = playbooks()
    for source in [*(shipped[name] for name in SWITCHED_ON), *shop_journeys().values()]:
        named = into_library(database, source, now, BY)
        carry_out(database, "journey.publish", {"source": named, "activate": True}, BY, now)


def _begin(database: Database, plan: Plan) -> None:
    """Leave a mark before the first person: what carries it and is not finished is a demo that was broken off."""
    with database.read() as connection:
        broken_off = connection.execute(queries.BEGUN).scalar_one()
    if broken_off:
        erase(database, plan.start)
    _refuse_others(database)
    with database.begin("settings") as connection:
        connection.execute(queries.BEGIN, {"now": plan.start, "by": BY})


def _refuse_others(database: Database) -> None:
    with database.read() as connection:
        if connection.execute(queries.ANYBODY).scalar_one():
            raise AntiphonError(
                "This installation has people already; this demo would mix with them.",
                "Point ANTIPHON_DATA_DIR at an empty directory, or ANTIPHON_DATABASE_URL at an empty database.",
            )


def _bring_in_past(engine: Engine, demo: Demo, progress: Progress) -> None:
    """Bring in what the shop knew before."""
    start = demo.plan.start
    past = list(history(demo.shop, start))
    done = 0
    while chunk := past[done : done + CHUNK]:
        progress(f"Bringing in the shop's past: {done:,} of {len(past):,} events", 0.15 * done / len(past))
        store_arrivals(engine.database, chunk, start)
        engine.settle(start)
        done += len(chunk)


def _carry(engine: Engine, demo: Demo, progress: Progress) -> None:
    plan, market = demo.plan, demo.market
    days = [plan.start + timedelta(days=number) for number in range(plan.days + 1)]
    planned = 0

    def bring_in(at: datetime) -> None:
        nonlocal planned
        while planned < len(days) and days[planned] < at + timedelta(days=1):  # east of UTC a day begins before it
            market.add(day(demo.shop, plan.start, planned, plan.days))
            planned += 1
        feed(engine.database, demo, at)

    def look_on(at: datetime, _: list[CycleReport]) -> None:
        demo.read_messages(engine.database)
        part = (at - plan.start) / (plan.until - plan.start)
        progress(
            f"Day {min((at - plan.start).days + 1, plan.days)} of {plan.days}: {at:%A %d %B %H:%M} UTC",
            0.15 + 0.85 * part,
        )

    carry(engine, plan.start, plan.until, plan.step, bring_in, look_on)


def _learn(engine: Engine, demo: Demo, progress: Progress) -> None:
    """What a worker learns once a day, and the segments that ship, of what the shop has become."""
    progress("Learning what people like", 1.0)
    refresh(engine.database, demo.plan.until)
    learn(engine.database, demo.plan.until)
    for source in ready().values():
        apply(engine.database, source, Actor(BY), demo.plan.until)
    engine.settle(demo.plan.until)


def feed(database: Database, demo: Demo, at: datetime) -> None:
    """What reaches the shop up to ``at``: events and consents, texts, presses of the unsubscribe button."""
    arrivals, replies, presses = demo.market.take(at)
    if arrivals:
        store_arrivals(database, [plan.arrival for plan in arrivals], at)
    for reply in replies:
        receive_text(database, reply.phone, PHONE, reply.words, now=at, message_id=f"demo-reply-{reply.message}")
    for press in presses:
        opt_out(database, "email", press.email, "one-click", SOURCE, now=at)
