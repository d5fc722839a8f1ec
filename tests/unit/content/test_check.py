"""Templates that cannot work are found before anybody is written to; misspelt names with what was meant."""

import pytest

from antiphon.content.check import check_content
from antiphon.content.models import EmailContent, MessageContent, SmsContent
from antiphon.journeys.models import Journey
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.source import read_journey

MJML = "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"


def text(words: str) -> MessageContent:
    return MessageContent(sms=SmsContent(text=words))


def test_what_cannot_be_compiled_is_named_with_its_part() -> None:
    assert check_content(MessageContent(email=EmailContent(subject="x", mjml=MJML), sms=SmsContent(text="x"))) == []
    email = EmailContent(subject="{% if %}", preheader="{{ x", mjml="<mj-oops></mj-oops>")
    found = check_content(MessageContent(email=email, sms=SmsContent(text="{{ 'x' | oops }}")))
    assert [flaw.part for flaw in found] == ["email.subject", "email.preheader", "sms.text"]
    (unknown,) = check_content(MessageContent(email=EmailContent(subject="x", mjml="<mj-oops></mj-oops>")))
    assert (unknown.part, unknown.what) == ("email.mjml", "The email has elements that MJML does not: mj-oops.")


@pytest.mark.parametrize(
    ("words", "what", "hint", "doubtful"),
    [
        ("{{ persn.first_name }}", "the text names `persn`, which does not exist.", "Did you mean `person`?", False),
        ("{% if cart_ulr %}x{% endif %}", "`cart_ulr`", "Did you mean `cart_url`?", False),
        ("{{ customer.email }}", "`customer`", "There are best_sellers, brand, buy_again, cart_url, event,", False),
        ("{{ brand.nme }}", "`brand.nme`", "Did you mean `brand.name`?", False),
        (
            "{{ brand.colour }}",
            "`brand.colour`",
            "There are brand.email, brand.email_page_url, brand.name, brand.phone,",
            False,
        ),
        ("{{ person.frist_name }}", "which looks misspelt", "Did you mean `person.first_name`?", True),
        ("{{ subscriber['emial'] }}", "`subscriber.emial`", "Did you mean `subscriber.email`?", True),
        ("{{ event.prodcuts[0].name }}", "`event.prodcuts`", "Did you mean `event.products`?", True),
    ],
)
def test_a_name_that_is_none_is_named_with_what_was_meant(words: str, what: str, hint: str, doubtful: bool) -> None:
    (flaw,) = check_content(text(words))
    assert what in flaw.what
    assert flaw.hint.startswith(hint)
    assert flaw.doubtful == doubtful


@pytest.mark.parametrize(
    "words",
    [
        "{{ person.firstName }} {{ person.favourite_colour }} {{ subscriber.smsSubscriptionStatus }}",
        "{% assign lamp = event.products[0] %}{{ lamp.nmae }}{% for line in event.products %}{{ line.x }}{% endfor %}",
        "{{ event[person.country] }} {{ occasion.name }} {{ 'now' | date: '%Y' }} {{ now | date: '%Y' }}",
        "{% capture x %}{{ brand.name }}{% endcapture %}{{ x }} {{ unsubscribe_url }} {{ cart_url }}",
    ],
)
def test_a_shops_own_names_are_nobodys_business(words: str) -> None:
    assert check_content(text(words)) == []


def test_each_part_of_an_email_is_looked_at() -> None:
    email = EmailContent(subject="{{ a }}", preheader="{{ b }}", mjml=MJML.format("{{ c }}"))
    found = check_content(MessageContent(email=email))
    assert [(flaw.part, flaw.what.split("`")[1]) for flaw in found] == [
        ("email.subject", "a"),
        ("email.preheader", "b"),
        ("email.mjml", "c"),
    ]


@pytest.mark.parametrize("name", playbooks())
def test_what_ships_is_spelt_well(name: str) -> None:
    journey: Journey = read_journey(playbooks()[name])
    contents = [step.content for step in journey.steps if step.type == "message"]
    assert contents
    assert [flaw for content in contents for flaw in check_content(content)] == []
