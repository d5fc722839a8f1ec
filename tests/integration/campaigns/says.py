"""Campaigns for tests, and short ways to have things done with them."""

from typing import Any

from tests.integration.engine.shop import ShopUnderTest

from antiphon.campaigns.kept import find
from antiphon.campaigns.progress import Progress, progress
from antiphon.engine.commands import carry_out
from antiphon.engine.reviewing import review

EMAIL = "email: {subject: Lamps, mjml: '<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>'}"
SMS = "sms: {text: Lamps are cheap}"
EVERYBODY = "{kind: all, of: []}"


def campaign(name: str = "sale", content: str = f"{{{EMAIL}, {SMS}}}", audience: str = EVERYBODY, **more: str) -> str:
    """A campaign's YAML; ``more`` are further lines."""
    lines = [f"campaign: {name}", f"name: {name.title()}", f"content: {content}"]
    lines += [f"audience: {audience}"] if audience else []
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in more.items())])


def does(shop: ShopUnderTest, act: str, name: str = "sale", **more: Any) -> dict[str, Any]:
    """A command about a campaign."""
    return carry_out(shop.db, f"campaign.{act}", {"campaign": name, **more}, "test", shop.now)


def reviewed(shop: ShopUnderTest, source: str) -> dict[str, Any]:
    """Save a campaign and review it."""
    name = carry_out(shop.db, "campaign.save", {"source": source}, "test", shop.now)["campaign"]
    return review(shop.db, name, "test", shop.now)


def launched(shop: ShopUnderTest, source: str) -> dict[str, Any]:
    """Save, review and launch."""
    return does(shop, "launch", reviewed(shop, source)["campaign"])


def seen(shop: ShopUnderTest, name: str = "sale") -> Progress:
    with shop.db.read() as connection:
        return progress(connection, find(connection, name), shop.now)


def messages(shop: ShopUnderTest, name: str = "sale") -> list[tuple[str, str]]:
    """Address and state of each message, by address."""
    rows = shop.rows(
        "SELECT o.address, o.state FROM outbox o WHERE journey = -(SELECT id FROM campaign WHERE slug = :name) ORDER BY 1",
        name=name,
    )
    return [(row.address, row.state) for row in rows]
