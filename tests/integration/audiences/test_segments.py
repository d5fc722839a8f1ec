"""Members are, after each tick, exactly those for whom the whole condition holds when everybody is asked afresh."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.conftest import NOON
from tests.emptying import empty
from tests.integration.audiences.strategies import ADAPTER, COMPOSED
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.audiences.check import asks_occasion, segments_of
from antiphon.audiences.evaluate import evaluate
from antiphon.audiences.segments.managing import define, set_state
from antiphon.audiences.segments.models import Segment
from antiphon.intake import verdicts
from antiphon.intake.verdicts import Act
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.keys import keys

NAMES = ("first", "second", "third")


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)


def defines(shop: ShopUnderTest, name: str, who: Any, source: str = "-") -> None:
    condition = {"segment": name, "title": name.title(), "who": who}
    with shop.db.begin("segments") as connection:
        verdicts.lock(connection)
        define(connection, Segment.model_validate(condition), source, "test", shop.now)


def members(shop: ShopUnderTest, name: str) -> set[int]:
    found = shop.rows(
        "SELECT m.person FROM segment_member m JOIN segment s ON s.id = m.segment WHERE s.name = :n", n=name
    )
    return {row.person for row in found}


def person(shop: ShopUnderTest, who: str) -> int:
    return int(shop.one("SELECT person FROM identifier WHERE kind = 'customer_id' AND value = :v", v=who))


def spelled_out(condition: Any, definitions: Mapping[str, Any]) -> Any:
    """A condition in which segments are replaced by what defines them."""
    if condition.kind == "segment":
        return spelled_out(definitions[condition.segment], definitions)
    if condition.kind in {"all", "any"}:
        return condition.model_copy(update={"of": [spelled_out(one, definitions) for one in condition.of]})
    if condition.kind == "not":
        return condition.model_copy(update={"of": spelled_out(condition.of, definitions)})
    return condition


def asked_afresh(shop: ShopUnderTest, condition: Any) -> set[int]:
    with shop.db.read() as connection:
        asked = evaluate(condition, shop.now)
        told = asked.selected_columns
        rows = connection.execute(asked.with_only_columns(told.person, told.truth), {"buckets": keys(BUCKETS)}).all()
    return {row.person for row in rows if row.truth}


def counts_add_up(shop: ShopUnderTest) -> None:
    kept = {row.segment: row.n for row in shop.rows("SELECT segment, sum(members) AS n FROM segment_bucket GROUP BY 1")}
    real = {row.segment: row.n for row in shop.rows("SELECT segment, count(*) AS n FROM segment_member GROUP BY 1")}
    assert {one: n for one, n in kept.items() if n} == real


def told(shop: ShopUnderTest) -> dict[tuple[int, str], list[str]]:
    """(person, segment) → whether they came or went, in order; of several at one instant, coming and going by turns."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    rows = shop.rows("SELECT person, name, props->>'segment' AS segment, at FROM event WHERE name LIKE 'Segment %'")
    by_instant = sorted(rows, key=lambda row: (row.person, row.segment, row.at))
    for (person, segment, _), those in groupby(by_instant, lambda row: (row.person, row.segment, row.at)):
        names, names_left = found[person, segment], sorted(row.name for row in those)
        while names_left:
            wanted = "Segment Left" if names and names[-1] == "Segment Entered" else "Segment Entered"
            names.append(names_left.pop(names_left.index(wanted) if wanted in names_left else 0))
    return found


WHO = st.sampled_from(("ann", "bob", "cas", "dee", "eve"))
EVENTS = st.sampled_from(("Product Viewed", "Order Completed", "Seen"))
PROPS = st.fixed_dictionaries(
    {}, optional={"total": st.sampled_from((20, 60, 200)), "color": st.just("red"), "product_id": st.sampled_from("ab")}
)
ACTIONS = st.one_of(
    st.tuples(st.just("does"), WHO, EVENTS, PROPS, st.sampled_from((0, 0, 30, 400)), st.booleans()),
    st.tuples(st.just("knows"), WHO, st.sampled_from(("US", "CA")), st.sampled_from((17, 18, 40))),
    st.tuples(st.just("consents"), WHO, st.sampled_from(("subscribed", "unsubscribed"))),
    st.tuples(st.just("merges"), WHO, WHO),
    st.tuples(st.just("splits"), WHO),
    st.tuples(st.just("device"), WHO, EVENTS),
    st.tuples(st.just("archives"), st.just("third")),
)
STEPS = st.lists(
    st.tuples(st.lists(ACTIONS, max_size=4), st.sampled_from((0.02, 1, 5, 24, 24 * 31, 24 * 95))), max_size=5
)
INSIDE = COMPOSED.filter(lambda one: not asks_occasion(one) and not segments_of(one))


def composed(*names: str) -> st.SearchStrategy[Any]:
    """A condition beside one that asks about a segment."""
    of = st.sampled_from(names).map(lambda name: ADAPTER.validate_python({"kind": "segment", "segment": name}))
    pairs = st.tuples(of, INSIDE, st.sampled_from(("all", "any")))
    return pairs.map(lambda three: {"kind": three[2], "of": [{"kind": "not", "of": three[0]}, three[1]]}).map(
        ADAPTER.validate_python
    )


@settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # an example takes seconds: too long to look for smaller ones
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(INSIDE, composed("first"), composed("first", "second"), INSIDE, STEPS, st.integers(0, 4))
def test_members_are_who_would_be_found(
    prepared: Database, first: Any, second: Any, third: Any, other: Any, steps: list[Any], changing: int
) -> None:
    empty(prepared, NOON)
    for shop in open_shop(prepared):
        definitions = dict(zip(NAMES, (first, second, third), strict=True))
        for name, condition in definitions.items():
            defines(shop, name, condition)
        carried: set[int] = set()
        for number, (actions, hours) in enumerate(steps):
            if number == changing:
                definitions["first"] = other
                defines(shop, "first", other)
            for action in actions:
                carried |= act(shop, action, definitions)
            shop.settle()
            agree(shop, definitions)
            shop.now += timedelta(hours=hours)
            shop.settle()
            agree(shop, definitions)
        for (who, _), names in told(shop).items():
            if who not in carried:
                assert names == ["Segment Entered", "Segment Left"] * (len(names) // 2) + names[len(names) // 2 * 2 :]
                assert not names or names[0] == "Segment Entered"


def agree(shop: ShopUnderTest, definitions: Mapping[str, Any]) -> None:
    for name, condition in definitions.items():
        archived = shop.one("SELECT state FROM segment WHERE name = :n", n=name) == "archived"
        expected = set() if archived else asked_afresh(shop, spelled_out(condition, definitions))
        assert members(shop, name) == expected, name
    counts_add_up(shop)
    assert shop.one("SELECT count(*) FROM touched") == 0


def act(shop: ShopUnderTest, action: tuple[Any, ...], definitions: Mapping[str, Any]) -> set[int]:
    """Do something; returns people whose history came from elsewhere, or went there."""
    kind, who, *rest = action
    if kind == "does":
        event, props, ago, backfill = rest
        shop.does(who, event, shop.now - timedelta(hours=ago), backfill=backfill, **props)
    elif kind == "knows":
        shop.knows(who, country=rest[0], age=rest[1])
    elif kind == "consents":
        shop.consents(
            who, "sms" if who < "c" else "email", "+12125550143" if who < "c" else f"{who}@shop.example", state=rest[0]
        )
    elif kind == "device":
        shop.arrive("track", {"anonymousId": f"device of {who}", "event": rest[0], "properties": {}})
        shop.arrive("identify", {"anonymousId": f"device of {who}", "userId": who, "traits": {}})
    elif kind == "archives":
        with shop.db.begin("segments") as connection:
            verdicts.lock(connection)
            state = "live" if shop.one("SELECT state FROM segment WHERE name = :n", n=who) == "archived" else "archived"
            set_state(connection, who, state, "test", shop.now)
    else:
        return regroup(shop, kind, who, *rest)
    return set()


def regroup(shop: ShopUnderTest, kind: str, who: str, other: str = "") -> set[int]:
    shop.settle()
    known = shop.rows("SELECT value, person FROM identifier WHERE kind = 'customer_id'")
    people = {row.value: row.person for row in known}
    if who not in people or (kind == "merges" and people.get(other, people[who]) == people[who]):
        return set()
    number = int(shop.one("SELECT coalesce(max(act), 0) + 1 FROM verdict"))
    with shop.db.begin("people") as connection:
        verdicts.lock(connection)
        saying = Act(number, "test", shop.now)
        if kind == "merges":
            verdicts.merge(connection, people[who], people[other], saying)
            return {people[who], people[other]}
        held = verdicts.identifiers_of(connection, people[who])
        if len(held) < 2:
            return set()
        done = verdicts.split(connection, people[who], held[:1], saying)
        return {done["person"], done["split"], people[who]}


def test_who_comes_and_goes_is_told_once(shop: ShopUnderTest) -> None:
    defines(shop, "buyers", {"kind": "event", "event": "Order Completed", "within": "2d"})
    shop.settle()
    shop.does("ann", "Order Completed")
    shop.does("bob", "Order Completed", backfill=True)
    shop.settle()
    assert members(shop, "buyers") == {person(shop, "ann"), person(shop, "bob")}
    rows = shop.rows("SELECT person, name, backfill, props->>'segment' AS s FROM event WHERE name LIKE 'Segment %'")
    assert {(row.person, row.name, row.backfill, row.s) for row in rows} == {
        (person(shop, "ann"), "Segment Entered", False, "buyers"),
        (person(shop, "bob"), "Segment Entered", True, "buyers"),
    }
    shop.settle()
    shop.now += timedelta(days=2)
    shop.settle()
    assert members(shop, "buyers") == set()
    assert set(map(tuple, told(shop).values())) == {("Segment Entered", "Segment Left")}
    flow = shop.rows("SELECT day, sum(entered) AS came, sum(gone) AS went FROM segment_flow GROUP BY day ORDER BY day")
    assert [(row.came, row.went) for row in flow] == [(2, 0), (0, 2)]


def test_a_journey_starts_of_it(shop: ShopUnderTest) -> None:
    defines(shop, "regulars", {"kind": "purchase", "at_least": 2})
    shop.publish(
        "journey: hello-regulars\nname: Hello\ntrigger: {event: Segment Entered, "
        "where: [{prop: segment, value: regulars}], key: segment}\n"
        "steps:\n  - {id: later, type: wait, for: 1h}\n"
    )
    shop.does("bob", "Order Completed", shop.now - timedelta(days=9), backfill=True)
    shop.does("bob", "Order Completed", shop.now - timedelta(days=8), backfill=True)
    shop.does("ann", "Order Completed")
    shop.settle()
    assert members(shop, "regulars") == {person(shop, "bob")}
    assert shop.one("SELECT count(*) FROM entry") == 0
    shop.does("ann", "Order Completed")
    shop.settle()
    assert shop.rows("SELECT person FROM entry") == [(person(shop, "ann"),)]


def test_building_goes_on_where_it_stopped(shop: ShopUnderTest) -> None:
    for number in range(40):
        shop.does(f"p{number}", "Seen")
    shop.settle()
    defines(shop, "all", {"kind": "all", "of": []})
    shop.engine.ticker.tick(shop.now, limit=10)
    done = shop.one("SELECT count(*) FROM segment_bucket")
    assert 0 < done < len(BUCKETS)
    assert 0 < len(members(shop, "all")) < 40
    shop.settle()
    assert len(members(shop, "all")) == 40
    assert shop.one("SELECT count(*) FROM segment_bucket") == len(BUCKETS)
    shop.does("late", "Seen")
    shop.settle()
    assert len(members(shop, "all")) == 41
    with shop.db.begin("test") as connection:
        connection.execute(text("UPDATE segment SET state = 'archived', revision = revision + 1"))
    shop.settle()
    assert members(shop, "all") == set()
