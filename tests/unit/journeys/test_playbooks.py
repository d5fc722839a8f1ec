"""What ships is whole: valid, without a doubt, noted step by step, and each of its messages can be said to anybody."""

from datetime import UTC, datetime
from typing import Any

import pytest

from antiphon.content.context import Brand, Occasion, Recipient
from antiphon.content.gsm import is_gsm
from antiphon.content.mail import NothingToShowError
from antiphon.content.needs import Extras, needs_of
from antiphon.content.render import Rendered, Renderer, Target
from antiphon.journeys.models import Journey
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.source import examine, read_journey
from antiphon.journeys.steps.messaging import MessagingStep
from antiphon.kit.signing import Signer

AT = datetime(2026, 3, 3, 17, tzinfo=UTC)
WHERE = "https://lamps.example/"
PRODUCT = {
    "id": "p1", "title": "Lamp of paper", "url": WHERE + "p1", "image": WHERE + "p1.png", "price": 40.0, "compare_at": None,
    "currency": "EUR", "vendor": "", "variant": "", "quantity": 1, "stock": 3, "sold_out": False,
}  # fmt: skip
LINE = {
    "product_id": "p1",
    "name": "Lamp of paper",
    "price": 40.0,
    "currency": "EUR",
    "quantity": 1,
    "url": WHERE + "p1",
}
EVENT = {
    "order_id": "100412", "cart_id": "c1", "products": [LINE], "value": 40.0, "total": 40.0, "currency": "EUR",
    "price": 40.0, "old_price": 50.0, "stock": 3, "relation": "carted", "url": WHERE + "cart", "opens_at": "2026-03-13",
    "title": "10 % off", "code": "HELLO-4F7K", "last_day": "2026-03-13", "cart_url": WHERE + "cart",
    **{name: WHERE + name for name in ("order_url", "guide_url", "warranty_url", "loyalty_url", "tracking_url", "review_url")},
}  # fmt: skip
CODE = {
    "code": "HELLO-4F7K",
    "title": "10 % off",
    "expires_at": AT,
    "days_left": 4,
    "min_order": None,
    "currency": "EUR",
}
OFFERS = dict.fromkeys(("welcome", "comeback", "texts", "next_order", "cart"), CODE)
FULL = Brand(
    1, "Lamps & Co", "Lamps", "hi@lamps.example", "+12125550000", "1 Road, Town", "https://go.lamps.example",
    keyword="JOIN", shop_url="https://lamps.example", email_page="by-email",
)  # fmt: skip
BARE = Brand(1, "Lamps & Co", "Lamps", "hi@lamps.example", "", "1 Road, Town", "")


def messages() -> list[Any]:
    found = []
    for name, source in playbooks().items():
        for step in read_journey(source).steps:
            if isinstance(step, MessagingStep):
                found += [
                    pytest.param(name, step, channel, id=f"{name}-{step.id}-{channel}")
                    for channel in ("email", "sms")
                    if getattr(step.content, channel) is not None
                ]
    return found


def said(step: MessagingStep, channel: str, *, full: bool) -> Rendered:
    """The message to a person of whom everything is known, or nothing."""
    promotional = step.policy().purpose != "transactional"
    address = "ann@example.com" if channel == "email" else "+12125550101"
    needs = needs_of(step.content, channel)
    lists = {one: [PRODUCT] * min(most, 4) if full else [] for one, most in needs.lists.items()}
    recipient = Recipient({"first_name": "Alexandra"}, "subscribed", "never", OFFERS) if full else Recipient()
    occasion = Occasion("Something", AT, EVENT if full else {})
    target = Target(354, 7, channel, address, promotional)
    renderer = Renderer(Signer(b"k" * 32), "https://go.example")
    brand = FULL if full else BARE
    return renderer.render((1, step.id), step.content, target, recipient, occasion, brand, Extras(lists=lists))


@pytest.mark.parametrize("name", playbooks())
def test_what_ships_is_valid_and_says_why(name: str) -> None:
    journey, problems = examine(playbooks()[name])
    assert isinstance(journey, Journey)
    assert [str(problem) for problem in problems] == []
    assert journey.journey == name
    assert journey.about
    assert [step.id for step in journey.steps if isinstance(step, MessagingStep) and not step.note] == []


@pytest.mark.parametrize(("name", "step", "channel"), messages())
def test_each_message_can_be_said_of_everything_that_is_known(name: str, step: MessagingStep, channel: str) -> None:
    found = said(step, channel, full=True)
    assert found.subject.strip()
    assert "{{" not in found.body + found.subject
    assert "{%" not in found.body + found.subject
    assert "None" not in found.body
    if channel == "sms":
        assert is_gsm(found.body), f"{name}: a text of ours is in GSM-7"
        assert found.segments is not None
        assert found.segments <= 2
        assert "  " not in found.body
        assert found.body.count("Lamps & Co") == 1
    else:
        assert found.html is not None
        assert len(found.html) < 102 * 1024, "Gmail would cut it off"


@pytest.mark.parametrize(("name", "step", "channel"), messages())
def test_each_message_can_be_said_of_nothing_that_is_known(name: str, step: MessagingStep, channel: str) -> None:
    try:
        found = said(step, channel, full=False)
    except NothingToShowError:
        assert name in {
            "email-to-sms", "sms-to-email", "sunset-email", "welcome", "price-drop", "low-stock", "back-in-stock"
        }, "there is always something to say"  # fmt: skip
        return
    assert found.subject.strip()
    assert ", ," not in found.body
    assert "None" not in found.body
    if channel == "sms":
        assert found.segments is not None
        assert found.segments <= 2
        if step.policy().abandonment:
            return  # an abandonment always has a link
        assert not any(line.rstrip().endswith((":", " with")) for line in found.body.splitlines())
