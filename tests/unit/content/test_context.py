"""What templates can speak of."""

import pytest

from antiphon.content.context import Brand, Occasion, Recipient, best_status, template_values
from antiphon.content.templates import PLAIN, fill, parse

BRAND = Brand(1, "Acme", "Acme", "a@x.example", "+15550100", "1 Road", "")


def say(template: str, recipient: Recipient | None = None, occasion: Occasion | None = None) -> str:
    values = template_values(recipient or Recipient(), occasion or Occasion(), BRAND, None)
    return fill(parse(PLAIN, template, "test"), values, "test")


def test_traits_are_there_under_both_spellings() -> None:
    ann = Recipient({"firstName": "Ann", "last_name": "Lee"})
    assert say("{{ person.first_name }} {{ subscriber.firstName }} {{ person.last_name }}", ann) == "Ann Ann Lee"


@pytest.mark.parametrize("status", ["never", "pending", "subscribed", "unsubscribed"])
def test_the_sign_up_block_shows_where_it_should(status: str) -> None:
    template = "{% if subscriber.smsSubscriptionStatus != 'subscribed' %}join{% endif %}"
    assert say(template, Recipient(sms_status=status)) == ("" if status == "subscribed" else "join")


def test_a_trait_cannot_pose_as_a_subscription() -> None:
    assert say("{{ person.smsSubscriptionStatus }}", Recipient({"smsSubscriptionStatus": "subscribed"})) == "never"


@pytest.mark.parametrize(
    ("props", "url"),
    [
        ({"cart_url": "https://c", "url": "https://u", "products": [{"url": "https://p"}]}, "https://c"),
        ({"products": [{"url": "https://p"}, {"url": "https://q"}]}, "https://p"),
        ({"products": "odd"}, ""),
        ({"products": [], "cart_url": 7}, ""),
        ({}, ""),
    ],
)
def test_the_way_back_to_the_cart(props: dict[str, object], url: str) -> None:
    assert say("{{ cart_url }}", occasion=Occasion("Cart Abandoned", None, props)) == url


def test_the_furthest_consent_of_several_addresses_counts() -> None:
    assert best_status(["never", "pending", "unsubscribed"]) == "pending"
    assert best_status([]) == "never"
