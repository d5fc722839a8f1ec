"""Consent texts: how they are written, what the United States ask of them, and their version.

Source of the list: CTIA Messaging Principles and Best Practices and Short Code Monitoring Handbook, 47 CFR 64.1200(f)(9),
carriers' terms for cart reminders (T-Mobile, from 1 May 2020).
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

_LINK = re.compile(r"\[([^\[\]\n]{1,80})\]\(([^()\s]{1,500})\)")


class Disclosure(NamedTuple):
    """Something that the words beside a phone field must say; ``found`` recognises it, ``example`` says it."""

    what: str
    found: re.Pattern[str]
    example: str


def _says(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_BRAND = Disclosure("who sends the texts", _says(r"\{brand\}"), "from {brand}")
_CART = Disclosure(
    "that cart reminders are among them", _says(r"cart remind|reminders? (about|of|for) (your )?cart"), "cart reminders"
)
DISCLOSURES = (
    _BRAND,
    Disclosure("that the texts are recurring", _says(r"\brecurring\b"), "recurring"),
    Disclosure("that they are automated", _says(r"\bautomated\b|\bautodial"), "automated"),
    Disclosure("that they are marketing", _says(r"\bmarketing\b|\bpromotion|\badvertis"), "marketing texts"),
    Disclosure(
        "that consent is not a condition of purchase",
        _says(r"not (a|required as a) condition (of|to|for) (any )?(purchas|buy)"),
        "Consent is not a condition of purchase.",
    ),
    Disclosure(
        "how often texts come",
        _says(
            r"(msg|message) freq(uency|\.)?\b|\b\d+ (msgs?|messages|texts)\s?(/|per |a |each )\s?(day|week|month|mo)"
        ),
        "Message frequency varies.",
    ),
    Disclosure(
        "that message and data rates may apply",
        _says(r"(msg|message)s?\s*(&|and)\s*data rates may apply"),
        "Message and data rates may apply.",
    ),
    Disclosure("how to stop them", re.compile(r"\bSTOP\b"), "Reply STOP to end"),
    Disclosure("how to get help", re.compile(r"\bHELP\b"), "HELP for help."),
    Disclosure("a link to the terms", _says(r"\[[^\]]*\bterms\b[^\]]*\]\(https://"), "[Terms](https://…)"),
    Disclosure(
        "a link to the privacy policy", _says(r"\[[^\]]*\bprivacy\b[^\]]*\]\(https://"), "[Privacy Policy](https://…)"
    ),
)


def missing(text: str, *, carts: bool) -> list[Disclosure]:
    """What the words beside a phone field leave unsaid, of what the United States ask for."""
    needed = (*DISCLOSURES, _CART) if carts else DISCLOSURES
    return [one for one in needed if not one.found.search(text)]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; with ``url`` it is a link."""

    words: str
    url: str = ""


def with_links(text: str) -> list[Piece]:
    """The text in pieces. Raises ``ValueError`` for a link that is not one to a secure page."""
    pieces: list[Piece] = []
    at = 0
    for match in _LINK.finditer(text):
        if not match[2].startswith("https://"):
            raise ValueError(f"the link of “{match[1]}” must begin with https://")
        pieces += [Piece(text[at : match.start()]), Piece(match[1], match[2])]
        at = match.end()
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.words]


def spoken(text: str, brand: str) -> str:
    """The words as a visitor sees them, links with their addresses behind them: what is kept as evidence."""
    words = "".join(f"{piece.words} ({piece.url})" if piece.url else piece.words for piece in with_links(text))
    return words.replace("{brand}", brand)
