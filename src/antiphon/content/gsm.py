"""The GSM 03.38 alphabet and the exact number of segments of a text.

Source: GSM 03.38 / 3GPP TS 23.038, basic set and extension table; 160 and 153 septets, 70 and 67 UTF-16 units. A
segment never ends inside an escape pair or a surrogate pair, so the count is not a division.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")

_outside = re.compile(f"[^{re.escape(''.join(sorted(BASIC | EXTENDED)))}]").search
_wide = re.compile(f"[{re.escape(''.join(sorted(EXTENDED)))}]").search
_astral = re.compile("[\U00010000-\U0010ffff]").search

_SINGLE = {"GSM-7": 160, "UCS-2": 70}
_PART = {"GSM-7": 153, "UCS-2": 67}


@dataclass(frozen=True, slots=True)
class Segments:
    """``units`` are septets (GSM-7) or UTF-16 code units (UCS-2); ``count`` is what a provider bills."""

    encoding: str
    units: int
    count: int


def is_gsm(text: str) -> bool:
    return _outside(text) is None


def segments(text: str) -> Segments:
    """How a text is encoded and into how many segments it falls; an empty one needs none."""
    if is_gsm(text):
        if not _wide(text):
            return _even("GSM-7", len(text))
        return _packed("GSM-7", [2 if char in EXTENDED else 1 for char in text])
    if not _astral(text):
        return _even("UCS-2", len(text))
    return _packed("UCS-2", [2 if ord(char) > 0xFFFF else 1 for char in text])


def bound(units: int, encoding: str) -> int:
    """Most segments that ``units`` can need: each part may lose one unit to a pair that is not split."""
    if units <= _SINGLE[encoding]:
        return 1 if units else 0
    return -(-units // (_PART[encoding] - 1))


def _even(encoding: str, units: int) -> Segments:
    """No character is a pair, so that parts are full."""
    single = units <= _SINGLE[encoding]
    return Segments(encoding, units, (1 if units else 0) if single else -(-units // _PART[encoding]))


def _packed(encoding: str, sizes: Iterable[int]) -> Segments:
    sizes = list(sizes)
    units = sum(sizes)
    if units <= _SINGLE[encoding]:
        return Segments(encoding, units, 1 if units else 0)
    count, room = 1, _PART[encoding]
    for size in sizes:
        if size > room:
            count, room = count + 1, _PART[encoding]
        room -= size
    return Segments(encoding, units, count)
