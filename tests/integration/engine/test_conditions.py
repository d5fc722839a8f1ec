"""Conditions inside journeys: in triggers and in branches, of the run's occasion and instant, with evidence in the move."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest

from antiphon.audiences.tables import segment
from antiphon.catalogue.tables import product
from antiphon.journeys.source import JourneyError

HOUR = timedelta(hours=1)
JOURNEY = """\
journey: test
name: Test
trigger:
  event: Started
  if: {condition}
steps:
  - id: look
    type: branch
    paths:
{paths}
    otherwise: missed
  - {{id: hit, type: wait, for: 1d}}
  - {{id: missed, type: wait, for: 1d}}
"""
#: What holds for ann, of each kind.
HOLDS = (
    "{kind: trait, trait: country, value: US}",
    "{kind: consent, channel: email}",
    "{kind: event, event: Seen, within: 2h, where: [{prop: color, value: red}]}",
    "{kind: event, event: Seen, at_most: 0, since: occasion}",
    "{kind: engagement, channel: sms, level: none}",
    "{kind: engagement, pattern: new}",
    "{kind: purchase, measure: sum, at_least: 30, within: 30d}",
    "{kind: purchase, age_of: last, newer_than: 1d}",
    "{kind: purchase, category: [lamps], within: 1d}",
    "{kind: product, relation: bought, product: [p1]}",
    "{kind: product, of: occasion, in_stock: true, price_below: 50}",
    "{kind: affinity, channel: sms}",
    "{kind: chance, share: 1}",
    "{kind: date, weekdays: [tue], from_hour: '11:00', until_hour: '14:00'}",
    "{kind: date, anniversary: birthday, within: 1d}",
    "{kind: not, of: {kind: prediction, prediction: high_value}}",
)


def _shop(shop: ShopUnderTest) -> None:
    """Ann, who all of that is true of, and a catalogue of two lamps, of which one is sold out."""
    lamps: list[dict[str, Any]] = [
        {"id": name, "title": name, "price": 40, "stock": stock, "category": ["lamps"], "created_at": NOON, "updated_at": NOON}
        for name, stock in (("p1", 3), ("p2", 0))
    ]  # fmt: skip
    with shop.db.begin("test") as connection:
        connection.execute(insert(product), lamps)
    shop.knows("ann", country="US", preferred_channel="sms", birthday="1990-03-04", timezone="America/New_York")
    shop.consents("ann", "email", "ann@example.com")
    shop.does("ann", "Seen", NOON - HOUR, color="red")
    shop.does(
        "ann", "Order Completed", NOON - HOUR, total=40, order_id="o1", products=[{"product_id": "p1", "price": 40}]
    )
    shop.settle()


def _paths(*conditions: str) -> str:
    return "\n".join(f"      - {{name: 'n{n}', if: {one}, next: hit}}" for n, one in enumerate(conditions))


def test_each_kind_lets_in(shop: ShopUnderTest) -> None:
    _shop(shop)
    every = f"{{kind: all, of: [{', '.join(HOLDS)}]}}"
    none = f"{{kind: any, of: [{', '.join(f'{{kind: not, of: {one}}}' for one in HOLDS)}]}}"
    shop.publish(JOURNEY.format(condition=every, paths=_paths(*(f"{{kind: not, of: {one}}}" for one in HOLDS), every)))
    shop.publish(JOURNEY.format(condition=none, paths=_paths(every)).replace("journey: test", "journey: none"))
    shop.does("ann", "Started", product_id="p1")
    shop.settle()
    assert [row.slug for row in shop.rows("SELECT slug FROM entry e JOIN journey j ON j.id = e.journey")] == ["test"]
    (move,) = shop.rows("SELECT to_step, why FROM move")
    assert (move.to_step, move.why["path"]) == ("hit", f"n{len(HOLDS)}")
    because = move.why["because"]["all"]
    assert len(because) == len(HOLDS)
    assert because[0] == {"trait": "country", "value": "US"}
    assert because[2]["n"] == 1
    assert because[6]["sum"] == 40
    assert because[8]["newest"]["product"] == "p1"
    assert because[10]["products"] == [{"product": "p1", "price": 40, "stock": 3}]


def test_the_occasion_of_the_run_counts(shop: ShopUnderTest) -> None:
    _shop(shop)
    stocked = "{kind: product, of: occasion, in_stock: true}"
    shop.publish(JOURNEY.format(condition="{kind: all, of: []}", paths=_paths(stocked)))
    for who in ("ann", "bob", "cat"):
        shop.knows(who, name=who)
    shop.does("ann", "Started", products=[{"product_id": "p1"}])
    shop.does("bob", "Started", product_id="p2")
    shop.does("cat", "Started", products=[{"product_id": "unheard of"}, "p1"])
    shop.settle()
    rows = shop.rows(
        "SELECT p.traits->>'name' AS name, r.step FROM run r JOIN person p ON p.bucket = r.bucket AND p.id = r.person ORDER BY 1"
    )
    assert [(row.name, row.step) for row in rows] == [("ann", "hit"), ("bob", "missed"), ("cat", "missed")]


def test_a_segment_that_there_is_not_is_refused_with_its_line(shop: ShopUnderTest) -> None:
    with shop.db.begin("test") as connection:
        document = {"segment": "regulars", "title": "Regulars", "who": {"kind": "any", "of": []}}
        known = {"name": "regulars", "title": "Regulars", "definition": document, "source": "", "changed_by": "test"}
        connection.execute(insert(segment), [{**known, "created_at": NOON, "changed_at": NOON}])
    regular, regulars = (f"{{kind: not, of: {{kind: segment, segment: {name}}}}}" for name in ("regular", "regulars"))
    with pytest.raises(JourneyError, match=r"line 11: There is no segment “regular”\. Did you mean “regulars”\?"):
        shop.publish(JOURNEY.format(condition=regulars, paths=_paths(regulars, regular)))
    shop.publish(JOURNEY.format(condition=regulars, paths=_paths(regulars)))
    shop.does("ann", "Started")
    shop.settle()
    assert shop.rows("SELECT to_step, why FROM move")[0].why["because"] == {
        "not": {"segment": "regulars", "member_since": None}
    }


def test_a_condition_nested_too_deep_is_refused_in_one_sentence(shop: ShopUnderTest) -> None:
    deep = "{kind: not, of: " * 49 + "{kind: consent, channel: sms}" + "}" * 49
    with pytest.raises(JourneyError, match="nested more than 16 deep") as raised:
        shop.publish(JOURNEY.format(condition=deep, paths=_paths(deep)))
    assert len(raised.value.problems) == 2
