# ruff: noqa: RUF001 - odd typography is what this file is about
"""What is added to a text, and what smart encoding makes of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.content.gsm import BASIC, EXTENDED, is_gsm, segments
from antiphon.content.languages import DEFAULT, languages
from antiphon.content.sms import completed, opt_out_words, shows_way_out, smart
from antiphon.rules.texts.data import fees, fees_as_of, instead, shared_shortener

OPT_OUT = opt_out_words(DEFAULT)


def finish(text: str, brand: str, *, promotional: bool, language: str = DEFAULT) -> str:
    """The words that go out, as rendering makes them."""
    return smart(completed(text, brand, promotional=promotional, language=language))


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
    "text",
    [
        "Non-stop fun", "NON-STOP SALE", "STOP SCROLLING", "We won't stop to amaze", "https://s.example/STOP-to", "Stop by today",
    ],
)  # fmt: skip
def test_a_stop_that_is_no_way_out_is_not_taken_for_one(text: str) -> None:
    assert finish(f"Acme: {text}", "Acme", promotional=True).endswith(f"\n{OPT_OUT}")


@pytest.mark.parametrize(
    "text",
    ["Reply STOP to opt out", "txt stop 2 end", "STOP=end", "Reply with STOP.", "STOP 2 quit", "opt-out: STOP"],
)
def test_a_way_out_in_other_words_is_one(text: str) -> None:
    assert finish(f"Acme: {text}", "Acme", promotional=True) == f"Acme: {text}"


def test_a_name_in_an_address_is_not_said() -> None:
    text = f"Sale: https://go.acme.example/c/x {OPT_OUT}"
    assert finish(text, "Acme", promotional=True) == f"Acme: {text}"
    assert finish(f"Ann's Lamps: {OPT_OUT}", "Ann’s Lamps", promotional=True) == f"Ann's Lamps: {OPT_OUT}"


@pytest.mark.parametrize("code", languages())
def test_the_way_out_is_said_once_in_every_language_and_in_gsm_7(code: str) -> None:
    words = opt_out_words(code)
    assert is_gsm(words)
    assert shows_way_out(words)
    once = finish("Sale", "Acme", promotional=True, language=code)
    assert finish(once, "Acme", promotional=True, language=code) == once == f"Acme: Sale\n{words}"


def test_the_table_leads_into_the_alphabet_and_out_of_it_only() -> None:
    table = instead()
    assert len(table) == 267
    for code, to in table.items():
        assert not is_gsm(chr(code)), hex(code)
        assert set(to) <= BASIC | EXTENDED, hex(code)
        assert not unicodedata.combining(chr(code)), hex(code)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("« “ ” ʺ ˮ ‟ ❝ ❞ 〝 〞 ＂", '" " " " " " " " " " "'),
        ("‘ ’ ʻ ˈ ʼ ʽ ʹ ‛ ＇ ´ ˊ ˋ ❛ `", "' " * 13 + "'"),
        ("– — ‑ −", "- - - -"),
        ("1½ off, ¾", "1 1/2 off, 3/4"),
        ("a\u00a0b\u202fc\td", "a b c d"),
        ("Jose\u0301: sen\u0303or", "José: señor"),  # é and ñ of two signs are in the alphabet as one
    ],
)
def test_smart_encoding(text: str, found: str) -> None:
    long = text + "." * (75 - len(text))
    expected = found + "." * (75 - len(text))
    assert smart(long) == (expected if is_gsm(expected) else long)


def test_emoji_are_left_as_they_are() -> None:
    family = "👨\u200d👩\u200d👧 “hello” …" + "x" * 60
    assert smart(family) == family, "it stays UCS-2 whatever the quotes are"


ODD = st.text(alphabet=[*map(chr, instead()), *"aZ 1€[é\u0301\u0303ł😀"], max_size=200)


@given(ODD | st.text(max_size=200))
def test_smart_encoding_never_costs_and_never_touches_gsm_7(text: str) -> None:
    found = smart(text)
    assert segments(found).count <= segments(text).count
    assert found == text or (is_gsm(found) and segments(found).count < segments(text).count)
    assert not is_gsm(text) or found == text
    assert smart(found) == found


def test_fees_and_shorteners_are_data() -> None:
    assert [(fee.carrier, fee.sent) for fee in fees("US")] == [
        ("AT&T", 0.0035), ("Verizon", 0.0045), ("T-Mobile", 0.0045), ("US Cellular", 0.0045),
    ]  # fmt: skip
    assert fees("FR") == ()
    assert fees_as_of() == "2026-05"
    assert shared_shortener("see http://www.bit.ly/x?y") == "bit.ly"
    assert shared_shortener("x" * 100_000) == shared_shortener("habit.ly/x bit.ly") == ""
