"""Texts in the one form in which they are compared: small letters and digits of any script, single spaces.

Linear in the length of the text, idempotent, and total: no text makes it fail.
"""

import re
import string
import unicodedata
from functools import cache

from antiphon.rules.replies.data import table

#: Apostrophes, and what phones and people put in their place.
_APOSTROPHES = "'’‘‛ʼʹ′`´＇"  # noqa: RUF001
#: Letters that show nothing.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5")

#: "don't" is one word, "m'envoyez" and 'stop' are more.
_INSIDE = re.compile(r"'(?=(?:t|s|m|re|ve|ll|d)(?![^\W_]))")
#: No language that is read here has three of a letter in a row.
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_TRIPLES = tuple(3 * letter for letter in string.ascii_lowercase)
_SPACES = re.compile(r"[' ]+")


class _Folded(dict[int, str]):
    """What each character becomes, found when it is first met."""

    def __missing__(self, code: int) -> str:
        found = _fold(chr(code))
        if found.strip():  # what becomes a space is not kept: there are a million such
            self[code] = found
        return found


def _fold(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    if unicodedata.category(character) in {"Cf", "Mn", "Me"} or character in _BLANK:
        return ""
    before, after = "", character
    while after != before:
        before, after = after, unicodedata.normalize("NFKD", after).casefold()
    if len(after) > 1 or after != character:
        return "".join(map(_fold, after))
    return character if character.isalnum() else " "


_FOLDED = _Folded()


def normalise(text: str) -> str:
    """Small letters and digits, words apart by one space.

    Case, accents, full-width and mathematical letters, punctuation, emoji and invisible characters make no difference;
    neither does a letter that is drawn out ("stoooop").
    """
    plain = _INSIDE.sub("", text.translate(_FOLDED))
    plain = _SPACES.sub(" ", plain).strip()
    # the search for runs is slow, and hardly any text has one
    return _DRAWN_OUT.sub(r"\1", plain) if any(triple in plain for triple in _TRIPLES) else plain


@cache
def _letters(*names: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for name in names:
        for letter, others in table("lookalikes")[name].items():
            found.update((ord(other), letter) for other in others)
    return found


@cache
def _boxes() -> dict[int, str]:
    """Letters in boxes, discs and flags, which Unicode does not decompose."""
    rows = (0x1F150, 0x1F170, 0x1F1E6)
    return {first + number: chr(ord("a") + number) for first in rows for number in range(26)}


def latin(text: str) -> str:
    """The text with letters of other scripts that pass for Latin ones put right; before :func:`normalise`."""
    return text.translate(_letters("upper", "lower") | _boxes())


def spelt_out(text: str) -> str:
    """The text with digits and signs read as the letters that they stand for ("st0p"); before :func:`normalise`."""
    return text.translate(_letters("digits"))
