"""Texts: what is added to a marketing text, and plain typography where it saves money."""

import re
import unicodedata
from functools import lru_cache

from antiphon.content.gsm import is_gsm, segments
from antiphon.content.languages import DEFAULT, words_of
from antiphon.rules.texts.data import instead

_URL = re.compile(r"https?://\S+")
#: The way out in a shop's own words: somebody is told to send STOP, or STOP is said to do something. "Non-stop fun" is neither.
_STOP = re.compile(
    r"(?i:\b(?:reply|text|txt|send|answer|respon\w+|env[ií]\w+|envoy\w+|répond\w+|antwort\w+|send\w*|schreib\w*|sms)\W{1,3}"
    r"(?:with\W|back\W|mit\W|con\W|avec\W)?stop\b)"
    r"|\bSTOP\W{1,3}(?:to|2|for|zum|um|pour|para|=|end\w*|ends|quit|cancel|opt|unsub\w*|abmeld\w*)(?!\w)"
    r"|(?i:(?:opt[ -]?out|unsubscribe|unsub|end|quit|cancel)\W{1,3})STOP\b"
)
_BLANK_LINES = re.compile(r"\n{3,}")
_MIXED_FRACTION = re.compile("(?<=[0-9])(?=[¼½¾])")
_PLAIN = instead()


def plain(text: str) -> str:
    """``text`` composed (NFC), its typography in signs of GSM-7 where there are some that stand for it."""
    return unicodedata.normalize("NFC", _MIXED_FRACTION.sub(" ", text)).translate(_PLAIN)


def smart(text: str) -> str:
    """``text`` in plain typography where that turns it to GSM-7 and saves a segment, else as it is."""
    if is_gsm(text):
        return text
    now, found = segments(text), plain(text)
    return found if is_gsm(found) and segments(found).count < now.count else text


@lru_cache(maxsize=256)
def _spelled(brand: str) -> str:
    return plain(brand).casefold()


def names_brand(text: str, brand: str) -> bool:
    """Whether a text says the brand's name; an address that holds it says nothing."""
    said = _URL.sub(" ", text) if "://" in text else text
    return _spelled(brand) in (said if said.isascii() and "`" not in said else plain(said)).casefold()


def shows_way_out(text: str) -> bool:
    """Whether a text says how to leave."""
    return "stop" in text.casefold() and _STOP.search(_URL.sub(" ", text)) is not None


def opt_out_words(language: str) -> str:
    """How to leave, in the language of a brand; in English 21 septets of every marketing text.

    The law wants the way out shown; a shop may word it itself.
    """
    return words_of(language).raw("service.opt_out")


def completed(text: str, brand: str, *, promotional: bool, language: str = DEFAULT) -> str:
    """A text trimmed, and a promotional one with the brand's name and the way out, each once."""
    body = text.strip()
    if "\n\n\n" in body:
        body = _BLANK_LINES.sub("\n\n", body)
    if promotional and body:
        if not names_brand(body, brand):
            body = f"{brand}: {body}"
        if not shows_way_out(body):
            body = f"{body}\n{opt_out_words(language)}"
    return body
