"""What Antiphon itself says, in every language."""

import re

import pytest

from antiphon.content.languages import DEFAULT, asked_for, languages, settled, words_of
from antiphon.content.service import KINDS, flaws, ours

#: Places that others fill in, and Liquid.
_PLACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\w+\}")
#: What people are asked to text: read by the grammar of replies, in every language the same.
_COMMANDS = re.compile(r"\b(?:YES|STOP|START|HELP)\b")


@pytest.mark.parametrize("code", languages())
def test_every_language_says_everything(code: str) -> None:
    ours, english = languages()[code].texts, languages()[DEFAULT].texts
    assert list(ours) == list(english)
    for key, text in ours.items():
        assert sorted(_PLACES.findall(text)) == sorted(_PLACES.findall(english[key])), key
        assert set(_COMMANDS.findall(text)) == set(_COMMANDS.findall(english[key])), key
        assert text.strip(), key
        assert key != "page.months" or len(text.split()) == 12
        assert code == DEFAULT or len(text) < 21 or text != english[key], f"{key} is English"


@pytest.mark.parametrize("code", languages())
def test_service_messages_have_in_them_what_is_checked(code: str) -> None:
    for kind, channel in KINDS:
        assert flaws(kind, channel, ours(kind, channel, code)) == [], (kind, channel)


def test_a_language_that_is_not_spoken_is_english() -> None:
    assert {"en", "es", "fr", "de"} <= set(languages())
    assert [words_of(tag).language for tag in ("es-MX", "DE", "it", "", "auto")] == ["es", "de", "en", "en", "en"]


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("it, es;q=0.9, de;q=0.95", "de"),
        ("es;q=0, de;q=0.1", "de"),
        ("*", "en"),
        ("", "en"),
        ("fr;q=much, ;;;, es", "es"),
        ("x" * 9_000, "en"),
    ],
)
def test_browsers_say_what_they_like(accept: str, code: str) -> None:
    assert asked_for(accept) == code
    assert settled("auto", accept).language == code
    assert settled("fr", accept).language == "fr"
