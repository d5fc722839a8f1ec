"""Decisions go with those of whom they tell, with all that they were made from; who is erased leaves nothing in them."""

from datetime import timedelta

from tests.integration.campaigns.says import EMAIL, campaign, launched
from tests.integration.campaigns.test_becoming_one import become_one, person
from tests.integration.engine.shop import ShopUnderTest

from antiphon.decisions.replaying import queries
from antiphon.decisions.replaying.keeping import replay_row
from antiphon.decisions.replaying.replay import Outcome
from antiphon.engine.commands import carry_out

GREETS = """journey: greets
name: Greets
trigger: {event: Started}
steps:
  - {id: greet, type: message, channels: [email], content: {email: {subject: Hi, mjml: <mj-section/>}}}
  - {id: rest, type: wait, for: 30d}
"""
WHOSE = "SELECT person, address, journey < 0 AS of_campaign FROM {} ORDER BY address, journey"


def decided(shop: ShopUnderTest) -> None:
    """Ann and Bob were greeted by a journey, and get a campaign tomorrow."""
    shop.publish(GREETS)
    for name in ("ann", "bob"):
        shop.reachable(name, email=f"{name}@shop.example")
        shop.does(name, "Started")
    shop.settle()
    opens = (shop.now + timedelta(hours=20)).isoformat()
    launched(shop, campaign(content=f"{{{EMAIL}}}", window=f"{{from: '{opens}'}}"))
    shop.passes(timedelta(hours=19, minutes=30), timedelta(hours=1))


def replayed(shop: ShopUnderTest) -> set[tuple[Outcome, bool]]:
    """What comes of deciding each once more; and whether anything differs."""
    found = set()
    with shop.db.read() as connection:
        for row in shop.rows("SELECT bucket, id FROM decision"):
            again = replay_row(connection, connection.execute(queries.DECISION, row._asdict()).one())
            found.add((again.outcome, bool(again.differences)))
    return found


def test_what_decisions_were_made_from_goes_along_when_people_become_one_and_part_again(shop: ShopUnderTest) -> None:
    decided(shop)
    ann, bob = person(shop, "ann"), person(shop, "bob")
    before = [shop.rows(WHOSE.format(table)) for table in ("decision", "outbox")]
    assert {row.person for row in before[0]} == {ann, bob}
    assert len(before[0]) == 4
    act = become_one(shop, "ann", "bob")["act"]
    assert {row.person for row in shop.rows("SELECT person FROM decision")} == {ann}
    assert replayed(shop) == {(Outcome.SAME, False)}
    carry_out(shop.db, "people.undo", {"act": act}, "test", shop.now)
    assert [shop.rows(WHOSE.format(table)) for table in ("decision", "outbox")] == before
    assert {row.person for row in shop.rows("SELECT person FROM campaign_member")} == {ann, bob}
    assert replayed(shop) == {(Outcome.SAME, False)}


def test_who_is_erased_leaves_nothing_in_decisions_campaigns_and_commands(shop: ShopUnderTest) -> None:
    decided(shop)
    ann, bob = person(shop, "ann"), person(shop, "bob")
    assert str(ann) in str(shop.one("SELECT review FROM campaign"))
    carry_out(shop.db, "person.erase", {"person": ann}, "test", shop.now)
    assert {
        row.person for row in shop.rows("SELECT person FROM decision UNION ALL SELECT person FROM campaign_member")
    } == {bob}
    shared = shop.rows("SELECT value::text AS said FROM decision_basis")
    assert shared
    assert not [word for row in shared for word in ("ann@", "bob@", str(ann), str(bob)) if word in row.said]
    reviews = shop.one("SELECT review FROM campaign")["whys"]
    assert {why["person"] for why in reviews} == {str(bob)}
    assert shop.one("SELECT count(*) FROM command WHERE payload ? 'review'") == 0
