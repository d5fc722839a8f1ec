"""What is added to a text, and the most that it can cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.content.gsm import segments
from antiphon.content.sms import OPT_OUT, finish, smart, upper_bound


def test_a_promotional_text_names_its_brand_and_the_way_out() -> None:
    assert finish("20 % off today", "Acme", promotional=True) == f"Acme: 20 % off today\n{OPT_OUT}"


def test_what_the_shop_wrote_itself_is_left_alone() -> None:
    text = "ACME here: 20 % off. Text stop to end"
    assert finish(text, "Acme", promotional=True) == text


def test_a_transactional_text_goes_as_it_is() -> None:
    assert finish("  Your parcel is here \n\n\n\n Bye ", "Acme", promotional=False) == "Your parcel is here \n\n Bye"


def test_typography_is_made_plain_only_where_it_saves_a_segment() -> None:
    long, short = "“Ann’s” cart – waits…" + "a" * 60, "“Ann”"
    assert smart(long) == '"Ann\'s" cart - waits...' + "a" * 60
    assert smart(short) == short


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("Sale", 1),
        ("{{ cart_url }}", 1),
        ("Hi {{ person.first_name }}", 2),  # a name like Zoë takes the whole text to UCS-2
        ("Sale " * 30, 2),
        ("{% if a %}yes{% else %}no{% endif %}", 1),
    ],
)
def test_upper_bound(text: str, most: int) -> None:
    assert upper_bound(text) == most


@given(st.text(st.characters(codec="utf-8", exclude_characters="{}%"), max_size=300), st.text(max_size=15))
def test_the_bound_holds_for_any_value_within_its_limits(literal: str, name: str) -> None:
    text = literal + "{{ person.first_name }} {{ cart_url }}"
    rendered = literal + name + " https://go.example.com/c/" + "x" * 26
    assert segments(finish(rendered, "Acme", promotional=True)).count <= upper_bound(text)
