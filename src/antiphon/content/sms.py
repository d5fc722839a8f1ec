# ruff: noqa: RUF001 - odd typography is what this file is about
"""Texts: what is added to a marketing text, and the most that it can cost."""

import re

from antiphon.content.gsm import bound, is_gsm, segments

#: 21 septets of every marketing text; the law wants the way out shown, a shop may word it itself.
OPT_OUT = "Reply STOP to opt out"

#: Longest value that a name or a product is taken to have when the cost of a text is estimated before rendering.
VALUE_UNITS = 30
#: Longest link: ours are base URL, ``/c/`` and a token of 26 characters.
LINK_UNITS = 70

_OUTPUT = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
_LINK = re.compile(r"url|link", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s{}]+")
_STOP = re.compile(r"\bSTOP\b", re.IGNORECASE)

#: Typography that word processors put in and that would turn a whole text to UCS-2: the same in GSM-7.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("«»“”ʺˮ‟❝❞〝〞＂„", '"'),
        **dict.fromkeys("‘’ʻˈʼʽʹ‛＇´ˊˋ❛❜`‚", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f\u3000\t", " "),
        **dict.fromkeys("\u200b\u2060\ufeff", None),
        "…": "...",
    }
)


def smart(text: str) -> str:
    """``text`` in plain typography where that saves a segment, else as it is."""
    now = segments(text)
    if now.count <= 1 and now.encoding == "GSM-7":
        return text
    plain = text.translate(_PLAIN)
    return plain if plain != text and segments(plain).count < now.count else text


def finish(text: str, brand: str, *, promotional: bool) -> str:
    """The words that go out: trimmed, and for a promotional text with the brand's name and the way out."""
    body = re.sub(r"\n{3,}", "\n\n", text.strip())
    if promotional and body:
        if brand.casefold() not in body.casefold():
            body = f"{brand}: {body}"
        if not _STOP.search(body):
            body = f"{body}\n{OPT_OUT}"
    return smart(body)


def upper_bound(text: str, brand: str = "x" * 20) -> int:
    """The most segments that a text's template can need for anyone, within the limits above.

    Every branch counts, each value at its longest; a value that is not a link may hold a letter outside of GSM-7, and
    one such letter turns the whole text to UCS-2.
    """
    outputs = _OUTPUT.findall(text)
    literal = _TAG.sub("", _OUTPUT.sub("", text)).strip()
    values = [name for name in outputs if not _LINK.search(name)]
    links = len(outputs) - len(values) + len(_URL.findall(literal))
    whole = finish(_URL.sub("", literal), brand, promotional=True)
    gsm = is_gsm(whole) and not values
    units = segments(whole).units + VALUE_UNITS * len(values) + LINK_UNITS * links
    return max(1, bound(units, "GSM-7" if gsm else "UCS-2"))
