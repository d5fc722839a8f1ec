"""Every type of step, and what happens to journeys while people are in them, on a virtual clock behind the demo's."""

from datetime import timedelta

from antiphon.catalogue.offers.managing import checked, save
from antiphon.catalogue.offers.read import offers
from antiphon.engine.segments import apply
from antiphon.journeys.errands.addresses import allowed_of
from antiphon.journeys.errands.hosts import allow
from antiphon.journeys.needs import Needs, needs, sends
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.segments.ready import ready
from antiphon.journeys.source import read_journey
from antiphon.store.audit import COMMAND_LINE
from tests.acceptance.citus.shop_acts import PLAIN
from tests.acceptance.citus.stage import Shop, Stage, must
from tests.integration.engine.callee import Reply, listening

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_HEAD = """\
journey: {name}
name: {name}
trigger: {{event: "{name}", key: key, max_lateness: 2d}}
reentry: {{mode: each_key}}
steps:
"""
ERRANDS = (
    _HEAD
    + """\
  - {{id: write, type: update, set: {{tier: gold}}, copy: {{size: products.0.size}}}}
  - id: which
    type: branch
    paths: [{{name: gold, if: {{kind: trait, trait: tier, value: gold}}, next: tell}}]
  - {{id: lost, type: exit}}
  - {{id: tell, type: call, url: "{url}", next: leave, otherwise: lost}}
  - {{id: leave, type: update, leave: [email, sms]}}
  - {{id: rest, type: wait, for: 30d}}
"""
)
CHANCE = (
    _HEAD
    + """\
  - {{id: part, type: split, holdout: 20, paths: [{{name: a, share: 40, next: in}}, {{name: b, share: 40, next: until}}]}}
  - {{id: in, type: enter, journey: "{name}-in", next: until}}
  - {{id: until, type: wait, until: {{event: Order Completed}}, timeout: 6h}}
"""
)
ENTERED = """\
journey: {name}-in
name: {name} entered
trigger: {{event: Nothing, key: key}}
reentry: {{mode: each_key}}
steps:
  - {{id: rest, type: wait, for: 30d}}
"""
RECOVER = """\
journey: {name}
name: {name}
trigger: {{event: Cart Abandoned, key: abandonment_id}}
reentry: {{mode: each_key}}
exits: [{{event: Order Completed}}]
steps:
  - id: email
    type: message
    channels: [email]
    purpose: cart
    urgent: true
    content: {{email: {{subject: Your cart, blocks: [{{kind: text, html: Hi}}, {{kind: products, source: cart}}]}}}}
  - id: rescue
    type: recover
    min_value: 30
    content: {{sms: {{text: "Lamps: the last of them go fast. {{{{ cart_url }}}}"}}}}
    next: rest
    otherwise: rest
  - {{id: rest, type: wait, for: 30d}}
"""
DATE = """\
journey: {name}
name: {name}
trigger: {{date: {{trait: born_{tag}, before: 1d}}}}
reentry: {{mode: after, gap: 300d}}
steps:
  - {{id: rest, type: wait, for: 30d}}
"""


GOAL = """\
journey: {name}
name: {name}
trigger: {{segment: {name}, enter_members: true}}
reentry: {{mode: after, gap: 300d}}
goal: {{event: Order Completed, within: 7d, exit: true}}
caps: {{messages: 1, per: 7d}}
steps:
  - id: first
    type: message
    channels: [email]
    content: {{email: {{subject: One, blocks: [{{kind: text, html: Hi}}]}}}}
  - {{id: pause, type: wait, for: 1d}}
  - id: second
    type: message
    channels: [email]
    content: {{email: {{subject: Two, blocks: [{{kind: text, html: Hi}}]}}}}
  - {{id: rest, type: wait, until: {{event: Shown, match: sku}}, timeout: 30d}}
"""


def errands(stage: Stage) -> str:
    """Somebody is updated, a server on this machine is called twice before it answers, and they leave both channels."""
    name, database = f"errands-{stage.tag}", stage.engine.database
    with stage.shop() as shop, listening() as callee:
        callee.replies = [Reply(500), Reply(body=b'{"ticket": 17}')]
        allow(database, allowed_of(callee.host), shop.now, COMMAND_LINE)
        _publish(shop, ERRANDS.format(name=name, url=callee.url))
        _reachable(shop, "errand", 1)
        shop.settle()
        shop.does(shop.who("errand"), name, key="k", products=[{"size": "L"}])
        shop.passes(HOUR, timedelta(minutes=20))
        must(len(callee.heard) == 2, f"the server heard {len(callee.heard)} calls")
        must(_stands(stage, name) == {"rest": 1}, f"the run stands at {_stands(stage, name)}")
        person = shop.person("errand")
        traits = stage.one("SELECT traits FROM person WHERE id = :p", p=person)
        must((traits["tier"], traits["size"]) == ("gold", "L"), f"the traits are {traits}")
        left = stage.one(
            "SELECT count(*) FROM person_address WHERE person = :p AND marketing = 'unsubscribed'", p=person
        )
        must(left == 2, f"{left} addresses were left")
        must(stage.one("SELECT count(*) FROM errand") == 0, "errands are left")
    return "updated, called, left"


def chance(stage: Stage) -> str:
    """Shares go different ways, some enter another journey; an order wakes whoever waits; one run is ended by hand."""
    name = f"chance-{stage.tag}"
    with stage.shop() as shop:
        _publish(shop, ENTERED.format(name=name))
        _publish(shop, CHANCE.format(name=name))
        for number in range(60):
            shop.does(shop.who(f"{name}-{number}"), name, key="k")
        shop.settle()
        ways = {row.way: row.n for row in stage.rows(
            "SELECT m.why->>'path' AS way, count(*) AS n FROM move m JOIN journey_version v ON v.id = m.version "
            "JOIN journey j ON j.id = v.journey WHERE j.slug = :name AND m.from_step = 'part' GROUP BY 1", name=name,
        )}  # fmt: skip
        must(sum(ways.values()) == 60 and len(ways) == 3, f"the ways are {ways}")
        must(_stands(stage, f"{name}-in") == {"rest": ways["a"]}, f"entered: {_stands(stage, f'{name}-in')}")
        row = stage.rows(
            "SELECT r.id, r.person FROM run r JOIN journey j ON j.id = r.journey WHERE j.slug = :name LIMIT 1",
            name=name,
        )[0]
        shop.order("run.end", person=row.person, run=row.id)
        shop.passes(6 * HOUR, 3 * HOUR)
        must(not _stands(stage, name), f"behind its time they stand at {_stands(stage, name)}")
    return str(ways)


def recover(stage: Stage) -> str:
    """A cart is left, an email goes, nobody answers, and the one text goes."""
    name = f"recover-{stage.tag}"
    with stage.shop() as shop:
        _publish(shop, RECOVER.format(name=name))
        _reachable(shop, "silent", 2)
        shop.settle()
        shop.leaves_cart(shop.who("silent"), f"cart-{stage.tag}")
        shop.passes(20 * HOUR, HOUR)
        sent = stage.rows(
            "SELECT o.channel, o.state FROM outbox o JOIN journey j ON j.id = o.journey WHERE j.slug = :n ORDER BY 1",
            n=name,
        )
        must([tuple(row) for row in sent] == [("email", "accepted"), ("sms", "accepted")], f"sent were {sent}")
    return "an email, then a text"


def moving(stage: Stage) -> str:
    """Runs go along to another version, the journey pauses, goes on, and is put away with everybody in it."""
    name = f"moving-{stage.tag}"
    with stage.shop() as shop:
        _publish(
            shop, _HEAD.format(name=name) + "  - {id: a, type: wait, for: 10h}\n  - {id: b, type: wait, for: 10h}\n"
        )
        for number in range(12):
            shop.does(shop.who(f"{name}-{number}"), name, key="k")
        shop.settle()
        _publish(shop, _HEAD.format(name=name) + "  - {id: c, type: wait, for: 5h}\n  - {id: b, type: wait, for: 3h}\n")
        done = shop.order("journey.move", journey=name, **{"from": 1}, map={"a": "c"})
        must(done["runs"] == {"a": 12}, f"moving says {done}")
        shop.settle()
        must(_stands(stage, name) == {"c": 12}, f"they were moved to {_stands(stage, name)}")
        shop.order("journey.pause", journey=name)
        shop.passes(6 * HOUR, 3 * HOUR)
        must(_stands(stage, name) == {"c": 12}, f"paused they went on to {_stands(stage, name)}")
        shop.order("journey.resume", journey=name)
        shop.settle()
        must(_stands(stage, name).keys() == {"b"}, f"they went on to {_stands(stage, name)}")
        shop.order("journey.archive", journey=name)
        shop.settle()
        must(not _stands(stage, name), f"put away they stand at {_stands(stage, name)}")
    return "12 runs"


def dates(stage: Stage) -> str:
    """A day of the year that a trait names lets in."""
    name = f"date-{stage.tag}"
    with stage.shop() as shop:
        _publish(shop, DATE.format(name=name, tag=stage.tag))
        day = shop.now + 3 * DAY
        shop.knows(shop.who("born"), **{f"born_{stage.tag}": f"{day:1990-%m-%d}", "timezone": "America/New_York"})
        shop.settle()
        must(not _stands(stage, name), "days too early they are in")
        shop.passes(3 * DAY, 12 * HOUR)
        must(_stands(stage, name) == {"rest": 1}, f"on the day they stand at {_stands(stage, name)}")
        shop.order("journey.archive", journey=name)
        shop.settle()
    return "let in"


def goals(stage: Stage) -> str:
    """Members of a segment are let in when a journey goes live, a cap holds its second message, and an order ends it."""
    name = f"goal-{stage.tag}"
    with stage.shop() as shop:
        apply(shop.db, PLAIN.format(name=name, trait=f"about_{stage.tag}", value="it"), COMMAND_LINE, shop.now)
        for number in range(2):
            _reachable(shop, f"member{number}", 4 + number)
            shop.knows(shop.who(f"member{number}"), **{f"about_{stage.tag}": "it"})
        shop.settle()
        _publish(shop, GOAL.format(name=name))
        shop.passes(2 * DAY, 4 * HOUR)
        must(_stands(stage, name) == {"rest": 2}, f"the members stand at {_stands(stage, name)}")
        barred = stage.one(
            "SELECT count(*) FROM decision d JOIN journey j ON j.id = d.journey WHERE j.slug = :n AND d.channel IS NULL",
            n=name,
        )
        must(barred == 2, f"the cap held {barred} messages")
        shop.does(shop.who("member0"), "Order Completed", order_id=f"g-{stage.tag}", total=50)
        shop.settle()
        # they stay, for the pages
        must(_stands(stage, name) == {"rest": 1}, f"behind an order they stand at {_stands(stage, name)}")
    return "let in, capped, reached"


def shipped(stage: Stage) -> str:
    """What each playbook needs and would send can be asked; each is switched on for a while, with what it needs."""
    there = {row.slug for row in stage.rows("SELECT slug FROM journey")}
    with stage.shop() as shop:
        for source in playbooks().values():
            journey = read_journey(source)
            sends(journey)
            _meet(shop, needs(journey))
            _publish(shop, source)
        shop.settle()
        _reachable(shop, "buyer", 3)
        shop.leaves_cart(shop.who("buyer"), f"played-{stage.tag}")
        shop.does(shop.who("buyer"), "Order Completed", order_id=f"p-{stage.tag}", total=50)
        shop.passes(2 * HOUR, HOUR)
        slugs = [read_journey(source).journey for source in playbooks().values()]
        held = stage.rows(
            "SELECT j.slug, v.held_error FROM journey_version v JOIN journey j ON j.id = v.journey WHERE v.held_at IS NOT NULL"
        )
        must(not held, f"held are {held}")
        for slug in slugs:
            if slug not in there:
                shop.order("journey.archive", journey=slug)
        shop.settle()
    return f"{len(slugs)} of them"


def _meet(shop: Shop, wanted: Needs) -> None:
    """Offers and segments that a playbook names, where there are none."""
    with shop.db.read() as connection:
        offered = offers(connection).keys()
    for name in set(wanted.offers) - offered:
        one = checked({"name": name, "title": name, "kind": "static", "code": f"{name}-10".upper()})
        save(shop.db, one, shop.now, COMMAND_LINE)
    for name in wanted.segments:
        if name in ready():
            apply(shop.db, ready()[name], COMMAND_LINE, shop.now)


def _publish(shop: Shop, source: str) -> None:
    shop.order("journey.publish", source=source, activate=True)


def _reachable(shop: Shop, name: str, number: int) -> None:
    """By an email address and a phone of this run."""
    digits = int(shop.stage.tag[1:], 16) % 1000
    shop.reachable(shop.who(name), f"{shop.who(name)}@shop.example", f"+1212555{number}{digits:03}")


def _stands(stage: Stage, name: str) -> dict[str, int]:
    rows = stage.rows(
        "SELECT r.step, count(*) AS n FROM run r JOIN journey j ON j.id = r.journey WHERE j.slug = :name GROUP BY 1",
        name=name,
    )
    return {row.step: row.n for row in rows}


JOURNEYS = (errands, chance, recover, moving, dates, goals, shipped)
