"""The messages that rendering is measured on, and who they are for.

The email is a shop's, about an order: some 18 KB of HTML, 20 variables and more, 6 conditions with an else, one loop over 6
products, and 6 links that are tracked, four of which lead elsewhere for each person.
"""

from typing import Any

from antiphon.content.context import Brand, Occasion, Recipient
from antiphon.content.models import EmailContent, MessageContent, SmsContent
from antiphon.content.render import Target
from antiphon.kit.buckets import abucket_of

BRAND = Brand(
    1, "Lamps", "Lamps", "shop@example.com", "+15550100", "1 Main Street, Springfield", "https://go.shop.example"
)

_WORDS = (
    "Every lamp that leaves our workshop has been wired, lit for a night and packed by the two hands that made it. "
    "Brass is polished and left bare, so that it darkens where it is touched; linen is cut by eye and sewn by machine. "
)

_MJML = (
    "<mj-section><mj-column><mj-text>"
    "<p>Hello {{ person.first_name | default: 'there' }}, thank you for order {{ event.order_id }} of {{ event.ordered_on }}. "
    "{% if person.plan == 'gold' %}Gold delivery is free.{% else %}Delivery is {{ event.shipping | money }}.{% endif %}</p>"
    "<p>It goes to {{ person.address.street }}, {{ person.address.city }} {{ person.address.postal_code }}, "
    "{{ person.address.country }}. " + _WORDS + "</p>"
    "<p>Together {{ event.total }}, paid by {{ event.payment }}, delivered by {{ event.carrier }}. "
    "{% if event.points > 100 %}That is {{ event.points }} points.{% else %}Points come with the next order.{% endif %}</p>"
    "</mj-text>"
    '<mj-table>{% for product in event.products %}<tr><td><img src="{{ product.image_url }}" width="48" alt="" /></td>'
    "<td>{{ product.name }}</td><td>{{ product.quantity }}</td><td>{{ product.price }}</td></tr>{% endfor %}</mj-table>"
    '<mj-button href="{{ event.order_url }}">Follow the parcel</mj-button>'
    "<mj-text><p>{% if person.city_shop %}The shop in {{ person.city_shop }} is open until {{ person.closes_at }}."
    "{% else %}The shop is open around the clock on the web.{% endif %}</p>"
    '<p><a href="https://shop.example/care?p={{ person.reference }}">How to care for brass</a>, '
    '<a href="https://shop.example/returns">how to return it</a>, <a href="{{ event.invoice_url }}">the invoice</a>. '
    + _WORDS * 12 + "</p>"
    "<p>{% if person.birthday_month == event.month %}Happy birthday!{% else %}Until the next time.{% endif %} "
    "{% if person.smsSubscriptionStatus != 'subscribed' %}Reply here to get texts.{% else %}We text when it is near.{% endif %} "
    "{% if event.coupon != blank %}With {{ event.coupon }} the next one costs less.{% else %}See you soon.{% endif %}</p>"
    '<p><a href="https://shop.example/gift?from={{ person.reference }}">Give a lamp away</a>. ' + _WORDS + "</p></mj-text>"
    '<mj-button href="https://shop.example/new">See what is new</mj-button></mj-column></mj-section>'
)  # fmt: skip

EMAIL = MessageContent(
    email=EmailContent(
        subject="Order {{ event.order_id }}, {{ person.first_name }}", preheader="On its way", mjml=_MJML
    )
)
TEXT = MessageContent(
    sms=SmsContent(
        text="Hi {{ person.first_name | default: 'there' }}, order {{ event.order_id }} is on its way"
        "{% if event.carrier %} with {{ event.carrier }}{% endif %}: {{ event.order_url }}"
    )
)


def recipient(number: int) -> Recipient:
    traits: dict[str, Any] = {
        "first_name": f"Name{number % 5000}",
        "plan": "gold" if number % 7 == 0 else "basic",
        "address": {"street": f"{number} Long Street", "city": "Springfield", "postal_code": 62700, "country": "US"},
        "city_shop": "Springfield" if number % 3 else None,
        "closes_at": "18:30",
        "reference": f"r{number}",
        "birthday_month": number % 12,
    }
    return Recipient(traits, "subscribed", "subscribed" if number % 2 else "never")


def occasion(number: int) -> Occasion:
    lines = [
        {"name": f"Lamp & shade no. {each}", "quantity": each % 2 + 1, "price": f"${40 + each}.00",
         "image_url": f"https://shop.example/images/{each}.jpg"}
        for each in range(6)
    ]  # fmt: skip
    props = {
        "order_id": f"o-{number}", "ordered_on": "4 March", "shipping": 4.9, "products": lines, "total": "$255.00",
        "payment": "card", "carrier": "Post & Sons", "points": number % 300, "month": 3,
        "coupon": "LIGHT10" if number % 2 else "", "order_url": f"https://shop.example/orders/{number}?from=mail&x=1",
        "invoice_url": f"https://shop.example/invoices/{number}",
    }  # fmt: skip
    return Occasion("Order Completed", None, props)


def target(number: int, channel: str) -> Target:
    address = f"p{number}@shop.example" if channel == "email" else f"+1212{number % 10_000_000:07d}"
    return Target(abucket_of(address), number, channel, address, promotional=True)
