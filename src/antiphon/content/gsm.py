"""How a text is encoded, and the exact number of segments that it falls into.

Source: 3GPP TS 23.038 and TS 23.040 (``rules/texts/gsm.toml``). A segment never ends inside an escape pair or a surrogate pair,
so the count is not a division: a part may end one place early.
"""

import re
from dataclasses import dataclass
from typing import Literal

from antiphon.rules.texts.data import table

GSM, UCS = "GSM-7", "UCS-2"
#: Bits of the number that parts of one text share; most networks use 8.
Reference = Literal[8, 16]

_ESCAPE = "\x1b"
BASIC = frozenset("".join(table("gsm")["basic"])) - {_ESCAPE}
EXTENDED = frozenset(table("gsm")["extended"])

_SINGLE: dict[str, int] = table("gsm")["single"]
_PARTS: dict[str, dict[str, int]] = table("gsm")["part"]
_GSM_SINGLE, _GSM_PART = _SINGLE[GSM], _PARTS["8"][GSM]

_outside = re.compile(f"[^{re.escape(''.join(sorted(BASIC | EXTENDED)))}]")
_wide = re.compile(f"[{re.escape(''.join(sorted(EXTENDED)))}]")
#: Signs of ASCII that take one septet, and those that take two: most texts hold nothing else.
_NARROW_ASCII = "".join(sorted(char for char in BASIC if char.isascii())).encode()
_ASCII = _NARROW_ASCII + "".join(sorted(char for char in EXTENDED if char.isascii())).encode()


@dataclass(frozen=True, slots=True)
class Segments:
    """``units`` are septets (GSM-7) or UTF-16 code units (UCS-2); ``count`` is what a provider bills."""

    encoding: str
    units: int
    count: int


def is_gsm(text: str) -> bool:
    """Whether all of ``text`` is in GSM-7; an empty one is."""
    if text.isascii():
        return not text.encode().translate(None, _ASCII)
    return _outside.search(text) is None


def outside(text: str) -> list[str]:
    """The signs that keep ``text`` out of GSM-7, each once, in their order."""
    return list(dict.fromkeys(_outside.findall(text)))


def segments(text: str, reference: Reference = 8) -> Segments:
    """How ``text`` is encoded and into how many segments it falls; an empty one needs none.

    A lone surrogate is one unit of UCS-2; two that make a pair are that pair.
    """
    if text.isascii() and reference == 8:
        units = len(text)
        left = text.encode().translate(None, _NARROW_ASCII)
        if not left:
            return Segments(GSM, units, -(-units // _GSM_PART) if units > _GSM_SINGLE else (1 if units else 0))
    encoding, packed, units = _packed(text)
    if units <= _SINGLE[encoding]:
        return Segments(encoding, units, 1 if units else 0)
    return Segments(encoding, units, len(_ends(encoding, packed, _PARTS[str(reference)][encoding])))


def parts(text: str, reference: Reference = 8) -> list[str]:
    """``text`` as it is cut into segments; joined they are the text again."""
    encoding, packed, units = _packed(text)
    if units <= _SINGLE[encoding]:
        return [text] if text else []
    ends = _ends(encoding, packed, _PARTS[str(reference)][encoding])
    return [_unpacked(packed, start, end) for start, end in zip([0, *ends], ends, strict=False)]


def bound(units: int, encoding: str) -> int:
    """Most segments that ``units`` can need: each part may lose one unit to a pair that is not split."""
    if units <= _SINGLE[encoding]:
        return 1 if units else 0
    return -(-units // (_PARTS["8"][encoding] - 1))


#: GSM-7 as text with each escape written out, UCS-2 as bytes, two a unit.
_Packed = str | bytes


def _packed(text: str) -> tuple[str, _Packed, int]:
    """The encoding, the text in its units, and their number."""
    if is_gsm(text):
        marked = _wide.sub(lambda found: _ESCAPE + found[0], text)
        return GSM, marked, len(marked)
    raw = text.encode("utf-16-be", "surrogatepass")
    return UCS, raw, len(raw) // 2


def _ends(encoding: str, packed: _Packed, part: int) -> list[int]:
    """Where each part ends, in units: one early where it would end inside a pair."""
    total, end, found = len(packed) // (1 if encoding == GSM else 2), 0, []
    while end < total:
        end += part
        if end < total and _inside_a_pair(packed, end):
            end -= 1
        found.append(min(end, total))
    return found


def _inside_a_pair(packed: _Packed, end: int) -> bool:
    if isinstance(packed, str):
        return packed[end - 1] == _ESCAPE
    leads, follows = packed[2 * end - 2], packed[2 * end]
    return leads & 0xFC == 0xD8 and follows & 0xFC == 0xDC


def _unpacked(packed: _Packed, start: int, end: int) -> str:
    if isinstance(packed, str):
        return packed[start:end].replace(_ESCAPE, "")
    return packed[2 * start : 2 * end].decode("utf-16-be", "surrogatepass")
