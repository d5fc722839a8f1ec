"""Rendering one message: what is added, what fails alone, what is refused before anybody is written to."""

from typing import Any

import pytest

from antiphon.content.context import Brand, Occasion, Recipient
from antiphon.content.models import EmailContent, MessageContent, SmsContent
from antiphon.content.render import Rendered, Renderer, Target
from antiphon.content.templates import TemplateError
from antiphon.kit.signing import Signer

BRAND = Brand(1, "Acme", "Acme Shop", "a@acme.example", "+15550100", "1 Road", "")
MJML = "<mj-section><mj-column><mj-text>Hi {{ person.first_name }}</mj-text></mj-column></mj-section>"
CART = Occasion("Cart Abandoned", None, {"cart_url": "https://shop.example/cart"})


def render(
    content: MessageContent,
    channel: str = "sms",
    *,
    promotional: bool = True,
    brand: Brand = BRAND,
    renderer: Renderer | None = None,
    **traits: Any,
) -> Rendered:
    own = renderer or Renderer(Signer(b"k" * 32), "https://go.example/")
    target = Target(354, 7, channel, "ann@example.com" if channel == "email" else "+12125550101", promotional)
    return own.render((1, "first"), content, target, Recipient(traits), CART, brand)


def sms(text: str) -> MessageContent:
    return MessageContent(sms=SmsContent(text=text))


def test_a_text_keeps_its_link_short_and_its_segments_counted() -> None:
    found = render(sms("Hi {{ person.first_name }}: {{ cart_url }}"), first_name="Ann")
    link = found.body.split()[3]
    assert found.body == f"Acme: Hi Ann: {link}\nReply STOP to opt out"
    assert link.startswith("https://go.example/c/")
    assert (found.links, found.segments, found.html, found.unsubscribe_url) == (
        ("https://shop.example/cart",),
        1,
        None,
        None,
    )


def test_a_brand_with_an_address_of_its_own_has_links_of_its_own() -> None:
    own = Brand(1, "Acme", "Acme", "a@acme.example", "+15550100", "1 Road", "https://links.acme.example/")
    assert "https://links.acme.example/c/" in render(sms("{{ cart_url }}"), brand=own).body
    email = render(MessageContent(email=EmailContent(subject="x", mjml=MJML)), "email", brand=own)
    assert email.unsubscribe_url
    assert email.unsubscribe_url.startswith("https://links.acme.example/u/")
    assert email.links == (), "the way out is not counted as a click"


def test_a_transactional_email_has_no_way_out_of_a_list() -> None:
    found = render(MessageContent(email=EmailContent(subject="x", mjml=MJML)), "email", promotional=False)
    assert found.unsubscribe_url is None


@pytest.mark.parametrize("text", ["{{ person.missing }}", "{% if person.vip %}Hi{% endif %}"])
def test_an_empty_text_is_not_sent(text: str) -> None:
    with pytest.raises(TemplateError, match="empty"):
        render(sms(text))


def test_a_text_longer_than_carriers_take_is_not_sent() -> None:
    with pytest.raises(TemplateError, match="characters"):
        render(sms("{{ person.story }}"), story="x" * 1_700, promotional=False)


def test_no_text_costs_more_than_the_bound_of_its_version() -> None:
    asked = render(sms("Hi {{ person.first_name }}, {{ cart_url }} waits"), first_name="Ann " * 60)
    assert asked.segments == 1
    assert asked.body.startswith("Acme: Hi Ann Ann Ann Ann Ann Ann Ann..., https://go.example/c/")
    assert asked.links == ("https://shop.example/cart",)
    own = render(sms("{{ person.first_name | truncate: 90 }}"), first_name="Ann " * 60)
    assert len(own.body) == len("Acme: \nReply STOP to opt out") + 90, "the template's own limit holds"


def test_what_a_purchase_asks_for_goes_out_whole() -> None:
    assert render(sms("{{ person.story }}"), story="x" * 400, promotional=False).segments == 3


def test_a_value_that_cannot_be_cut_is_refused_where_it_costs_more() -> None:
    huge = 10**200
    with pytest.raises(TemplateError, match="needs 2 segments for this person, its version at most 1"):
        render(sms("{{ person.points }}"), points=huge)


@pytest.mark.parametrize("url", ["https://bit.ly/x", "see bit.ly/x", "HTTP://www.TinyURL.com/x", "go.rebrand.ly/?a"])
def test_links_through_shared_shorteners_are_refused(url: str) -> None:
    with pytest.raises(TemplateError, match=r"Carriers filter texts with shorteners"):
        render(sms("{{ person.offer }}"), offer=url)


def test_an_address_of_the_brands_own_is_no_shared_one() -> None:
    assert "habit.ly/x" in render(sms("habit.ly/x and x.com/bit.lyrics")).body


def test_the_way_out_is_in_the_brands_language() -> None:
    french = Brand(1, "Acme", "Acme", "a@acme.example", "+15550100", "1 Road", "", "fr")
    assert render(sms("Soldes"), brand=french).body == "Acme: Soldes\nRépondez STOP pour annuler"


def test_a_channel_without_content_says_so() -> None:
    with pytest.raises(TemplateError, match="no email"):
        render(sms("x"), "email")
    with pytest.raises(TemplateError, match="no text"):
        render(MessageContent(email=EmailContent(subject="x", mjml=MJML)))


def test_a_broken_version_fails_each_message_the_same_way() -> None:
    renderer = Renderer(Signer(b"k" * 32), "")
    for _ in range(2):
        with pytest.raises(TemplateError, match="not valid Liquid"):
            render(sms("{% if %}"), renderer=renderer)
