"""No text needs more segments than its version's bound, nor than that of the person whose values are known."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.content.bound import Limits, Size, clipped, most_segments, upper_bound
from antiphon.content.context import Brand, Occasion, Recipient, template_values
from antiphon.content.gsm import segments
from antiphon.content.liquid.errors import TemplateError
from antiphon.content.models import MessageContent, SmsContent
from antiphon.content.render import Renderer, Target
from antiphon.content.sms import completed, smart
from antiphon.content.templates import PLAIN, fill, parse
from antiphon.kit.signing import Signer

BRAND = Brand(1, "Acme", "Acme Shop", "a@acme.example", "+15550100", "1 Road", "https://go.acme.example")
LINK = "https://go.acme.example/c/" + "x" * 22


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("Sale", 1),
        ("{{ cart_url }}", 1),
        ("Hi {{ person.first_name }}", 1),
        (
            "Hello there, {{ person.first_name }}",
            2,
        ),  # a name like Łucja takes the whole text to UCS-2, and 70 units are over
        ("Sale " * 30, 2),
        ("Sale “today” " * 8, 1),  # typography is made plain
        ("{% if a %}" + "yes " * 40 + "{% else %}" + "no " * 40 + "{% endif %}", 2),  # the longer of two
        ("{% for p in event.products %}12345678901234567890{% endfor %}", 2),  # ten turns
        ("{% for p in event.products limit: 3 %}12345678901234567890{% endfor %}", 1),
        ("{% case person.plan %}{% when 'a' %}" + "a" * 90 + "{% when 'b' %}" + "b" * 90 + "{% endcase %}", 1),
        ("{% case person.plan %}{% when 'a' %}" + "a" * 90 + "{% when x %}" + "b" * 90 + "{% endcase %}", 2),
        ("{% capture x %}" + "a" * 90 + "{% endcapture %}{{ x }}{{ x }}", 2),
        ("{% tablerow p in event.products %}x{% endtablerow %}", 49),  # nobody can tell: the longest that goes out
        ("{{ event.note | truncate: 200 }}", 4),
        ("{{ event.at | date: '%d %b' }}", 3),
        ("{{ preferences_url }}", 2),
    ],
)
def test_upper_bound(text: str, most: int) -> None:
    assert upper_bound(text, "Acme") == most


def person_bound(text: str, traits: Mapping[str, Any], occasion: Occasion | None = None) -> int:
    return Renderer(Signer(b"k" * 32), "").most((1, "s"), SmsContent(text=text), BRAND, Recipient(traits), occasion)


def test_what_is_known_of_a_person_counts_as_it_is() -> None:
    text = "Hi {{ person.first_name }}{% if person.vip %}" + ", come early" * 12 + "{% endif %}"
    assert upper_bound(text, "Acme") == 4
    assert person_bound(text, {"first_name": "Ann"}) == 1
    assert person_bound(text, {"first_name": "Ann", "vip": True}) == 2
    assert person_bound(text, {"first_name": "Ania Łoś", "vip": True}) == 3


def test_products_that_are_known_are_counted() -> None:
    text = "{% for p in event.products %}{{ p.name }}, {% endfor %}"
    two = Occasion("Cart Abandoned", None, {"products": [{"name": "Lamp"}, {"name": "Bulb"}]})
    assert person_bound(text, {}) == 6
    assert person_bound(text, {}, two) == 1
    assert person_bound(text, {}, Occasion()) == 1


def test_items_that_are_known_count_as_they_are() -> None:
    text = "{% for p in event.products %}{{ p.name }}{% endfor %}"
    long = Occasion("Cart Abandoned", None, {"products": [{"name": "x" * 100}, {"name": "y" * 100}]})
    assert person_bound(text, {}, long) == 2
    pairs = Occasion("Cart Abandoned", None, {"sizes": {"a": "x" * 100, "b": "y" * 100}})
    assert person_bound("{% for one in event.sizes %}{{ one[1] }}{% endfor %}", {}, pairs) == 2
    nested = "{% for p in event.products %}{% for q in event.products limit: 1 %}{{ q.name }}{% endfor %}{% endfor %}"
    assert person_bound(nested, {}, long) == 2
    hidden = "{% for p in event.products %}{% assign kept = p.name %}{% endfor %}{{ kept }}"
    assert person_bound(hidden, {}, long) > 2, "what a turn assigns is anything"


def test_a_date_is_as_wide_as_it_is() -> None:
    assert fill(parse(PLAIN, "{{ '2026-03-04' | date: '%999d/%%99/%-d/%^b' }}", "text"), {}, "text") == "04/%99/4/MAR"


PLAIN_VALUES = st.text("abcXYZ 09.,!é€", max_size=30).filter(lambda text: Size.of(text).septets <= 30)
FOREIGN_VALUES = st.text("aé’…ł😀 ", max_size=30).filter(lambda text: Size.of(text).units <= 30)
VALUES = PLAIN_VALUES | FOREIGN_VALUES
PEOPLE = st.fixed_dictionaries(
    {}, optional={"first_name": VALUES, "plan": VALUES, "vip": st.booleans(), "n": st.integers(0, 10**6)}
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "url": st.just("https://shop.example/a/very/long/way?" + "x" * 90),
        "products": st.lists(
            st.fixed_dictionaries({"name": VALUES, "url": st.just("https://s.example/p")}), max_size=10
        ),
        "total": st.floats(0, 10**6, allow_nan=False),
    },
)
WORDS = st.text("abc ABC 12.,!{}€é’…ł😀\n", max_size=60).map(lambda text: text.replace("{", "[").replace("}", "]"))
OUTPUTS = st.sampled_from(
    [
        "{{ person.first_name }}", "{{ person.first_name | default: 'you' }}", "{{ person.plan | upcase }}", "{{ person.n }}",
        "{{ person.first_name | append: '…!' }}", "{{ event.total | money: 'EUR' }}", "{{ event.url }}", "{{ cart_url }}",
        "https://shop.example/new", "{{ person.plan | truncate: 9 }}", "{{ kept }}", "{{ brand.name }}",
        "{% assign kept = person.plan %}", "{% capture kept %}[{{ person.first_name }}]{% endcapture %}",
        "{{ event.products | map: 'name' | join: ' + ' }}", "{{ person.first_name | replace: 'a', '€€' }}",
        "{{ event.products.first.name }}", "{{ event.products.size }}", "{{ person.first_name | escape }}",
        "{% increment n %}", "{% cycle 'one', 'twelve' %}", "STOP to end", "Acme",
    ]
)  # fmt: skip
PIECES = WORDS | OUTPUTS


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=3).map("".join)
    return st.one_of(
        body,
        st.tuples(st.sampled_from(["person.vip", "event.products", "person.n > 5"]), body, body).map(
            lambda each: f"{{% if {each[0]} %}}{each[1]}{{% else %}}{each[2]}{{% endif %}}"
        ),
        st.tuples(body, body).map(
            lambda each: f"{{% unless person.vip %}}{each[0]}{{% elsif person.n == 3 %}}{each[1]}{{% endunless %}}"
        ),
        st.tuples(body, body).map(
            lambda each: (
                f"{{% case person.plan %}}{{% when 'a' %}}{each[0]}{{% when '' or 'b' %}}{each[1]}{{% endcase %}}"
            )
        ),
        body.map(lambda each: f"{{% for p in event.products %}}{{{{ p.name }}}}{each}{{% else %}}none{{% endfor %}}"),
    )


TEMPLATES = st.lists(st.recursive(PIECES, _nested, max_leaves=6), max_size=4).map("".join)


@settings(max_examples=150)
@given(TEMPLATES, PEOPLE, EVENTS)
def test_no_text_needs_more_than_its_bounds(text: str, traits: dict[str, Any], props: dict[str, Any]) -> None:
    renderer, content = Renderer(Signer(b"k" * 32), ""), SmsContent(text=text or "x")
    target = Target(354, 7, "sms", "+12125550101", promotional=True)
    recipient, occasion = Recipient(traits), Occasion("Cart Abandoned", None, props)
    try:
        found = renderer.render((1, "s"), MessageContent(sms=content), target, recipient, occasion, BRAND)
    except TemplateError as error:
        if "empty" in error.what or "characters" in error.what:
            return
        raise
    assert found.segments is not None
    anyone = renderer.most((1, "s"), content, BRAND)
    person = renderer.most((1, "s"), content, BRAND, recipient, occasion)
    assert found.segments <= person <= anyone
    # and that without anything being cut
    words = fill(parse(PLAIN, content.text, "text"), template_values(recipient, occasion, BRAND, None), "text")
    whole = words.replace("https://shop.example/a/very/long/way?" + "x" * 90, LINK).replace(
        "https://shop.example/new", LINK
    )
    assert segments(smart(completed(whole, BRAND.name, promotional=True))).count <= anyone


@given(st.text(max_size=80))
def test_what_is_cut_keeps_its_limit_and_its_beginning(text: str) -> None:
    found, limits = clipped(text, Limits()), Limits()
    size = Size.of(found)
    assert max(size.septets, size.units) <= limits.value
    assert found == text or text.startswith(found.removesuffix("..."))


def test_addresses_stay_whole_and_lists_end_early() -> None:
    long = "https://shop.example/" + "x" * 60
    values = {"url": long, "note": f"Here it is: {long}", "items": list(range(50)), "n": 7}
    assert clipped(values, Limits()) == {"url": long, "note": "Here it is:...", "items": list(range(10)), "n": 7}


def test_the_bound_of_a_transactional_text_has_nothing_added() -> None:
    template = parse(PLAIN, "x" * 150, "text")
    assert most_segments(template, "Acme", promotional=False) == 1
    assert most_segments(template, "Acme") == 2
