"""The keywords, however they are typed, and the plainest other words for STOP."""

import pytest

from antiphon.rules.optout import Meaning, meaning_of


@pytest.mark.parametrize(
    "body",
    [
        "STOP",
        "stop",
        " Stop! ",
        "STOP.",
        "stop 🛑",
        "Stop all",
        "STOPALL",
        "Opt-Out",
        "OPT  OUT",
        "optout",
        "REVOKE",
        "unsubscribe",
        "Cancel",
        "END",
        "quit",
        "Remove",
        "ARRÊT",
        "arret",
        "TD",
        "“Stop”",
        "Stop please",
        "Please stop!",
        "please STOP texting me",
        "Wrong number, take me off",
        "\N{FULLWIDTH LATIN CAPITAL LETTER S}top",
    ],
)
def test_stop(body: str) -> None:
    assert meaning_of(body) == "stop"


@pytest.mark.parametrize(
    ("body", "meaning"),
    [("START", "start"), ("Unstop", "start"), ("yes", "yes"), ("Y", "yes"), ("help?", "help"), ("INFO", "help")],
)
def test_start_and_help(body: str, meaning: Meaning) -> None:
    assert meaning_of(body) == meaning


@pytest.mark.parametrize(
    "body", ["", "🎉", "is it in stock?", "the end is near", "stopwatch", "I will stop by tomorrow", "yes please", "no"]
)
def test_conversation(body: str) -> None:
    assert meaning_of(body) is None
