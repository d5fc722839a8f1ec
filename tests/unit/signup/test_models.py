"""Unit files: what is taken, what is refused and where."""

import json
from pathlib import Path

import pytest

from antiphon.content.languages import languages
from antiphon.signup.looks import contrast, on
from antiphon.signup.models import json_schema
from antiphon.signup.source import examine
from antiphon.signup.speaking import filled
from antiphon.signup.starters import starters
from antiphon.signup.wording import Piece, disclosures, missing, spoken, with_links

WELCOME = starters()["welcome"]


def problems(source: str) -> list[str]:
    return [f"{one.line}: {one.what} {one.hint}".strip() for one in examine(source)[1]]


def test_every_starter_is_good() -> None:
    for source in starters().values():
        assert problems(source) == []


def test_the_published_schema_is_todays() -> None:
    published = json.loads((Path(__file__).parents[3] / "docs" / "unit.schema.json").read_text())
    assert published == json_schema(), "publish it: antiphon units schema > docs/unit.schema.json"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("from {brand}", "who sends the texts"),
        ("recurring ", "that the texts are recurring"),
        ("automated ", "that they are automated"),
        ("marketing texts", "that they are marketing"),
        ("Consent is not a condition of purchase.", "that consent is not a condition of purchase"),
        ("Message frequency varies.", "how often texts come"),
        ("Message and data rates may apply.", "that message and data rates may apply"),
        ("Reply STOP to end,", "how to stop them"),
        ("HELP for help.", "how to get help"),
        ("[Terms](https://shop.example/terms),", "a link to the terms"),
        ("cart reminders among them,", "that cart reminders are among them"),
    ],
)
def test_a_missing_disclosure_is_named(words: str, says: str) -> None:
    assert words in WELCOME
    found = problems(WELCOME.replace(words, ""))
    assert any(f"the consent text of the step `phone` does not say {says}." in one for one in found), found
    assert all("the consent text of the step `phone`" in one for one in found)


@pytest.mark.parametrize("language", languages())
def test_each_example_says_what_it_is_an_example_of(language: str) -> None:
    found = disclosures(language)
    assert language == "en" or found != disclosures("en")
    for one in found:
        assert one.found.search(one.example), one.what
        assert sum(bool(other.found.search(one.example)) for other in found) <= 2, one.example


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_disclosures_are_asked_for_in_every_language(language: str) -> None:
    source = starters()[f"welcome-{language}"]
    unit, found = examine(source)
    assert unit is not None
    assert unit.phone is not None
    assert found == []
    words = unit.phone.consent.text
    for one in disclosures(language):
        shorter = one.found.sub("", words)
        assert one.what in [lack.what for lack in missing(shorter, language, carts=True)], one.what
        assert one.what in [lack.what for lack in missing(shorter, "auto", carts=True)], one.what
    assert missing(words, language, carts=True) == missing(words, "auto", carts=True) == []
    assert missing(words, "en", carts=True), "another language's words are none of a unit's that speaks English"


def test_what_the_owner_leaves_out_is_said_in_the_units_language() -> None:
    source = "\n".join(
        line for line in WELCOME.splitlines() if "button:" not in line and not line.startswith("    title: Welcome")
    )
    unit, found = examine(source + "\nlanguage: auto\n")
    assert unit is not None
    assert found == []
    for code, words in languages().items():
        drawn = filled(unit, words)
        assert drawn.email is not None
        assert (drawn.email.button, drawn.email.skip) == (words("unit.continue"), words("unit.no_thanks")), code
        assert drawn.done.title == words("unit.thanks")
        assert drawn.email.consent == unit.email.consent if unit.email else False
    assert examine(WELCOME + "\nlanguage: it\n")[1][0].warning


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("button: Get the code", "button: Get the code\n    required: true", "`required` is unknown here"),
        ("    purposes: [mark", "    required: true\n    purposes: [mark", "a phone number may not be required"),
        (
            "    consent:\n      text: Yes",
            "    consent:\n      ticked: true\n      text: Yes",
            "never ticked beforehand",
        ),
        ("sms: reply", "sms: none", "carriers let cart reminders go only to numbers that confirmed"),
        ("https://shop.example/privacy\n", "x\n", ""),
        ("keyword: JOIN", "keyword: STOP", "the keyword STOP already means STOP"),
        ("kind: popup", "kind: banner", "`kind` must be 'popup', 'flyout', 'embedded' or 'page'"),
        ("coupon: WELCOME10", "coupon: <b>10</b>", "`coupon`"),
        ("delay: 8s", "delay: soon", "'soon' is not a duration"),
        ("(https://shop.example/terms)", "(http://shop.example/terms)", "must begin with https://"),
        ("confirm:", "theme: {text: '#eeeeee'}\nconfirm:", "has a contrast of 1.2 to 1"),
        ("confirm:", "theme: {image: 'https://x/a.png);background:url(y'}\nconfirm:", "`image`"),
        ("- step: email", "- step: done", "`consent` is unknown here"),
    ],
)
def test_what_is_refused_is_said(old: str, new: str, wrong: str) -> None:
    assert old in WELCOME or not wrong
    found = problems(WELCOME.replace(old, new))
    assert not wrong or any(wrong in one for one in found), found


def test_canada_alone_needs_no_american_words() -> None:
    source = WELCOME.replace("show:", "countries: [CA]\nshow:").replace("Message frequency varies.", "")
    assert problems(source) == []


def test_links_in_consent_texts() -> None:
    assert with_links("See [Terms](https://a.example/t).") == [
        Piece("See "),
        Piece("Terms", "https://a.example/t"),
        Piece("."),
    ]
    assert spoken("{brand}: [Terms](https://a.example/t)", "<Ann>") == "<Ann>: Terms (https://a.example/t)"


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert on("#1d4ed8") == "#ffffff"
    assert on("#ffd400") == "#17181c"
