"""Segments, offers, the catalogue and what is learned of it, on a virtual clock behind the demo's."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import func, text

from antiphon.audiences.compiler.base import KINDS, Compiled, Scope
from antiphon.audiences.models import TraitCondition
from antiphon.audiences.segments import read
from antiphon.audiences.segments.count import count
from antiphon.audiences.segments.users import every_user
from antiphon.catalogue.offers.filling import bring, codes_of, generate
from antiphon.catalogue.offers.managing import checked, delete, give, save, users
from antiphon.catalogue.recommend.learning import learn
from antiphon.engine.segments import apply, archive, release, restore
from antiphon.journeys.segments.source import read_segment
from antiphon.people.statistics import refresh
from antiphon.store.audit import COMMAND_LINE
from tests.acceptance.citus.stage import Shop, Stage, must, well

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

#: One question of every kind, so that each is asked of everybody at once and of those whom something touches.
KINDS_OF_ALL = """
segment: {name}
title: Everything {name}
who:
  kind: any
  of:
    - {{kind: trait, trait: plan, value: "{name}"}}
    - {{kind: consent, channel: sms, purpose: cart, double_opt_in: true}}
    - {{kind: engagement, channel: email, level: [engaged, cooling]}}
    - {{kind: engagement, pattern: both}}
    - {{kind: engagement, channel: sms, responded_within: 30d}}
    - {{kind: engagement, channel: email, count: clicks, at_least: 2}}
    - {{kind: event, event: Product Viewed, at_least: 3, within: 30d, where: [{{prop: product_id, op: exists}}]}}
    - {{kind: not, of: {{kind: event, event: Order Completed}}}}
    - {{kind: purchase, measure: sum, at_least: 100, within: 365d}}
    - {{kind: purchase, age_of: last, newer_than: 60d}}
    - {{kind: purchase, category: [lamps]}}
    - {{kind: product, relation: viewed, category: [lamps], within: 30d}}
    - {{kind: affinity, channel: email}}
    - {{kind: prediction, prediction: high_value}}
    - {{kind: prediction, measure: days_since_order, statistic: lapse_days}}
    - {{kind: chance, share: 0.5, salt: x}}
    - {{kind: date, weekdays: [mon, tue], from_hour: "09:00", until_hour: "17:00"}}
    - {{kind: date, anniversary: birthday, within: 7d}}
    - {{kind: segment, segment: unengaged-sms}}
"""
PLAIN = "segment: {name}\ntitle: Plain {name}\nwho: {{kind: trait, trait: {trait}, value: {value}}}\n"


def segments(stage: Stage) -> str:
    """Define, enter, leave, count a draft, why somebody is in, archive, take up again."""
    database, name = stage.engine.database, f"gold-{stage.tag}"
    with stage.shop() as shop:
        apply(database, PLAIN.format(name=name, trait="plan", value=name), COMMAND_LINE, shop.now)
        every = KINDS_OF_ALL.format(name=f"every-{stage.tag}")
        apply(database, every, COMMAND_LINE, shop.now)
        shop.settle()
        shop.knows(shop.who("ann"), plan=name)
        shop.settle()
        must(_members(stage, name) == 1, f"{name} has {_members(stage, name)} members, not the one who came")
        with database.read() as connection:
            found = count(connection, read_segment(every).who, shop.now, monotonic, budget=30.0)
            (one,) = [each for each in read.listed(connection, shop.now.date()) if each.name == name]
            told = read.evidence(connection, one.segment, _who(stage, shop), shop.now)
            every_user(connection)
        must(found.exact and found.n > 0, f"a draft of every kind counts {found}")
        must(told and told[0], f"why somebody is in {name}: {told}")
        kept = _members(stage, f"every-{stage.tag}")
        must(kept == found.n, f"as a segment it has {kept} members, as a draft it counts {found.n}")
        shop.now += HOUR
        shop.knows(shop.who("ann"), plan="tin")
        shop.settle()
        must(_members(stage, name) == 0, f"nobody left {name}")
        flow = stage.rows("SELECT sum(entered) AS i, sum(gone) AS o FROM segment_flow WHERE segment = :id", id=one.id)
        must((flow[0].i, flow[0].o) == (1, 1), f"{name} says of its flow {flow}")
        for change in (archive, restore, archive):
            change(database, name, COMMAND_LINE, shop.now)
            shop.settle()
    return f"{found.n} people by every kind of question"


def held_segment(stage: Stage) -> str:
    """What fails on a person is held, and nothing else; let go, it goes on."""
    database, name = stage.engine.database, f"fuse-{stage.tag}"
    kind = KINDS["trait"]

    def blown(condition: TraitCondition, scope: Scope) -> Compiled:
        compiled = kind.compile(condition, scope)
        said = func.coalesce(scope.own("traits")["fuse"].astext, "")
        costs = 1 / (func.length(said) - 5)  # of five letters nothing is left to divide by
        return replace(compiled, truth=costs.is_not(None) & compiled.truth) if condition.trait == "fuse" else compiled

    with stage.shop() as shop:
        apply(database, PLAIN.format(name=name, trait="fuse", value="good"), COMMAND_LINE, shop.now)
        shop.settle()
        KINDS["trait"] = replace(kind, compile=blown)
        try:
            apply(database, PLAIN.format(name=name, trait="fuse", value="fine"), COMMAND_LINE, shop.now)
            shop.knows(shop.who("eve"), fuse="blown")
            shop.settle()
            must(stage.one("SELECT held_at FROM segment WHERE name = :n", n=name), f"{name} is not held")
        finally:
            KINDS["trait"] = kind
        release(database, name, COMMAND_LINE, shop.now)
        shop.settle()
        must(not stage.one("SELECT held_at FROM segment WHERE name = :n", n=name), f"{name} is held still")
        archive(database, name, COMMAND_LINE, shop.now)
        shop.settle()
    return "held and let go"


def _members(stage: Stage, name: str) -> int:
    counted = stage.one(
        "SELECT coalesce(sum(b.members), 0) FROM segment_bucket b JOIN segment s ON s.id = b.segment WHERE s.name = :n",
        n=name,
    )
    rows = stage.one(
        "SELECT count(*) FROM segment_member m JOIN segment s ON s.id = m.segment WHERE s.name = :n", n=name
    )
    must(int(counted) == rows, f"{name} counts {counted} members and has {rows}")
    return int(rows)


def _who(stage: Stage, shop: Shop) -> tuple[int, int]:
    row = stage.rows("SELECT bucket, person FROM identifier WHERE value = :who", who=shop.who("ann"))[0]
    return row.bucket, row.person


COUPONS = """\
journey: {slug}
name: {slug}
trigger: {{event: "{name}", key: key, max_lateness: 2d}}
reentry: {{mode: each_key}}
steps:
  - {{id: code, type: offer, offer: {name}, when_dry: wait, timeout: 2d, next: good, otherwise: bad}}
  - {{id: good, type: wait, for: 30d}}
  - {{id: bad, type: wait, for: 30d}}
"""


def offers(stage: Stage) -> str:
    """A pool, runs that ask, a dry one that waits, a code by hand, an order, a reminder, who may not be deleted."""
    database, name, slug = stage.engine.database, f"few_{stage.tag}", f"few-{stage.tag}"
    with stage.shop() as shop:
        values = {"name": name, "title": "Few", "kind": "pool", "valid_days": 3, "remind_days": 1}
        save(database, checked(values), shop.now, COMMAND_LINE)
        bring(database, name, f"{name}-1".encode(), shop.now, COMMAND_LINE)
        shop.order("journey.publish", source=COUPONS.format(name=name, slug=slug))
        for who in ("ann", "bob"):
            shop.does(shop.who(who), name, key="k")
        shop.settle()
        must(_codes(stage, name) == 1, f"{_codes(stage, name)} codes of one were given")
        generate(database, name, 3, shop.now, COMMAND_LINE)
        shop.settle()
        must(_codes(stage, name) == 2, "who waited got no code of the pool that was filled")
        shop.knows(shop.who("eve"), first_name="Eve")
        shop.settle()
        by_hand = give(database, name, shop.person("eve"), shop.now, COMMAND_LINE)
        must(by_hand.new and by_hand.given, f"by hand: {by_hand}")
        code = stage.one("SELECT code FROM coupon_given WHERE offer = :n AND person = :p", n=name, p=shop.person("ann"))
        shop.does(shop.who("ann"), "Order Completed", order_id=f"o-{stage.tag}", total=50, coupon=code)
        shop.settle()
        shop.passes(3 * DAY, 12 * HOUR)
        expiring = stage.one(
            "SELECT count(*) FROM event WHERE name = 'Coupon Expiring' AND props->>'offer' = :n", n=name
        )
        redeemed = stage.one("SELECT count(*) FROM coupon_given WHERE offer = :n AND order_id IS NOT NULL", n=name)
        must((expiring, redeemed) == (2, 1), f"{expiring} reminders, {redeemed} redeemed")
        must(len("".join(codes_of(database, name)).splitlines()) == 5, "the pool as a file lacks codes")
        with database.read() as connection:
            must(users(connection, name) == [f"journey {slug}"], f"used by {users(connection, name)}")
        shop.order("journey.archive", journey=slug)
        shop.settle()
        delete(database, name, shop.now, COMMAND_LINE)
        must(stage.one("SELECT count(*) FROM run r JOIN journey j ON j.id = r.journey WHERE j.slug = :n", n=slug) == 0,
             "runs of an archived journey remain")  # fmt: skip
    return "3 given, 1 redeemed, 2 reminded"


def _codes(stage: Stage, name: str) -> int:
    return int(stage.one("SELECT count(*) FROM coupon_given WHERE offer = :n", n=name))


def catalogue(stage: Stage) -> str:
    """Products by program; a price that falls is told once to who looked; stock that comes back; deleted."""
    key, lamp = stage.key(), f"lamp-{stage.tag}"
    with stage.shop() as shop:
        _tells(stage, key, id=lamp, title="Lamp", price=40, currency="USD", stock=9, category=["lamps"],
               variants=[{"id": f"{lamp}-s", "price": 40, "stock": 4}])  # fmt: skip
        shop.does(shop.who("ann"), "Product Viewed", product_id=lamp)
        shop.does(shop.who("bob"), "Product Added", product_id=lamp)
        shop.settle()
        for price, stock in ((30, 9), (30, 0), (30, 9)):
            shop.now += DAY
            shop.stage.clock.virtual = shop.now
            _tells(stage, key, id=lamp, title="Lamp", price=price, currency="USD", stock=stock)
            shop.settle()
        told = {row.name: row.n for row in stage.rows(
            "SELECT name, count(*) AS n FROM event WHERE props->>'product_id' = :p AND source = 'antiphon' GROUP BY 1",
            p=lamp,
        )}  # fmt: skip
        must(told.get("Price Dropped") == 2, f"of a lower price was told {told}")
        must(told.get("Back in Stock") == 2, f"of new stock was told {told}")
        for address in ("", f"/{lamp}", f"?q={lamp}&limit=1"):
            well(stage.visitor.get(f"/api/v1/products{address}", headers=key))
        well(stage.visitor.delete(f"/api/v1/products/{lamp}", headers=key))
        shop.settle()
    return str(told)


def _tells(stage: Stage, key: dict[str, str], **product: Any) -> None:
    said = well(stage.visitor.post("/api/v1/products", json={"products": [product]}, headers=key)).json()
    must(not said["refused"], f"a product was refused: {said}")


def learning(stage: Stage) -> str:
    """Figures of everybody, and what goes with what."""
    with stage.shop() as shop:
        figures = refresh(stage.engine.database, shop.now, force=True)
        told = learn(stage.engine.database, shop.now, force=True)
        with stage.engine.database.begin("test") as connection:
            kept = connection.execute(text("SELECT count(*) FROM recommendation")).scalar_one()
        must(told and kept, f"learned {told}, kept {kept}")
    return f"{kept} lists by {told and told['method']}; figures {sorted(figures or ())}"


SHOP = (segments, held_segment, offers, catalogue, learning)
