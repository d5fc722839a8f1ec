"""Figures of Today: what is counted, and for how long it is kept."""

from datetime import timedelta

from tests.integration.engine.shop import ShopUnderTest

from antiphon.web.today.kept import SHORTEST, KeptFigures

THANKS = """
journey: thanks
name: Thanks
trigger: {event: Order Completed, key: order_id}
reentry: {mode: each_key}
steps:
  - id: hello
    type: message
    channels: [email]
    content: {email: {subject: Thanks, mjml: "<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>"}}
"""


def totals(kept: KeptFigures, shop: ShopUnderTest) -> dict[str, tuple[float, float]]:
    return {tile.name: (tile.total, tile.before) for tile in kept.of(1, shop.now).tiles}


def test_figures_are_of_the_period_against_the_one_before(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    day = timedelta(days=1)
    for back, revenue in ((1.5, 10.0), (0.5, 40.0), (0.2, 60.0)):
        at = shop.now - back * day
        shop.does("ann", "Order Completed", at, order_id=f"o{back}", revenue=revenue)
        shop.does("ann", "SMS Clicked", at)
    shop.does("ann", "Email Opened", shop.now - 0.1 * day)
    shop.settle()
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=2))
    found = totals(KeptFigures(shop.db), shop)
    assert found["Orders"] == (2, 1)
    assert found["Revenue"] == (100, 10)
    assert found["Responses"] == (2, 1)
    assert found["Messages sent"] == (shop.one("SELECT count(*) FROM outbox WHERE state = 'accepted'"), 0)
    assert found["Messages sent"][0] > 0
    assert found["Opt-outs"] == (0, 0)


def test_figures_are_kept_for_a_while_and_then_counted_anew(shop: ShopUnderTest) -> None:
    kept = KeptFigures(shop.db)
    assert totals(kept, shop)["Orders"] == (0, 0)
    shop.does("ann", "Order Completed", order_id="o1", revenue=1.0)
    shop.settle()
    shop.now += SHORTEST / 2
    assert totals(kept, shop)["Orders"] == (0, 0)
    shop.now += timedelta(hours=1)
    assert totals(kept, shop)["Orders"] == (1, 0)


def test_what_was_not_written_is_told_with_its_reason(shop: ShopUnderTest) -> None:
    shop.publish(THANKS)
    shop.does("cem", "Order Completed", order_id="o1", revenue=20.0)
    shop.passes(timedelta(hours=1))
    ((sentence, n),) = KeptFigures(shop.db).of(1, shop.now).not_written
    assert n == shop.one("SELECT count(*) FROM decision WHERE channel IS NULL") == 1
    assert "no address" in sentence
