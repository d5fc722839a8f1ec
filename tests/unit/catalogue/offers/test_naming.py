"""Which offers a text names, and which it cannot do without."""

import pytest

from antiphon.catalogue.offers.naming import named_in, named_of


@pytest.mark.parametrize(
    ("source", "every", "needed"),
    [
        ("{{ offer.ten.code }}", {"ten"}, {"ten"}),
        ("{{ offer['ten'].code }} {{ offer[\\\"more\\\"].code }}", {"ten", "more"}, {"ten", "more"}),
        ("{% if offer.ten %}{{ offer.ten.code }}{% endif %}{{ offer.more.code }}", {"ten", "more"}, {"more"}),
        ("{%- unless offer.ten.code -%}x{% endunless %}", {"ten"}, set()),
        ('{"kind":"coupon","offer":"ten"}', {"ten"}, set()),
        ("best offer. Ten of it, special_offer.x, event.offer.y", set(), set()),
    ],
)
def test_names_in_a_content(source: str, every: set[str], needed: set[str]) -> None:
    found = named_of(source)
    assert (set(found.all), set(found.needed)) == (every, needed)


def test_names_in_a_definition() -> None:
    steps = [{"type": "offer", "offer": "a"}, {"content": {"email": {"blocks": [{"kind": "coupon", "offer": "b"}]}}}]
    assert named_in({"steps": [*steps, {"content": {"sms": {"text": "{{ offer.c.code }}"}}}]}) == {"a", "b", "c"}
