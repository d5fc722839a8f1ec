"""The sandbox shows what was handed to it, not what would be handed today."""

from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site


def test_a_message_keeps_its_sender_when_the_brand_changes(shop: ShopUnderTest, site: Site, owner: TestClient) -> None:
    with shop.db.begin("settings") as connection:
        connection.execute(
            text("UPDATE brand SET from_name = 'Old Lamps', from_email = 'old@x.com', from_phone = '+12125550000'")
        )
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=6))
    site.now = shop.now
    with shop.db.begin("settings") as connection:
        connection.execute(
            text("UPDATE brand SET from_name = 'New Lamps', from_email = 'new@x.com', from_phone = '+12125559999'")
        )
    keys = {
        row.channel: f"/messages/{row.abucket}.{row.id}"
        for row in shop.rows("SELECT channel, abucket, id FROM outbox WHERE state = 'accepted'")
    }
    assert set(keys) == {"email", "sms"}
    for page in ("/sandbox", keys["email"]):
        assert "Old Lamps &lt;old@x.com&gt;" in owner.get(page).text, page
        assert "New Lamps &lt;" not in owner.get(page).text, page
    for page in ("/sandbox/texts", keys["sms"]):
        assert "+12125550000" in owner.get(page).text, page
        assert "+12125559999" not in owner.get(page).text, page
