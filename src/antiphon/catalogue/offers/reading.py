"""Files of codes as shops have them, line by line. Pure."""

import codecs
import csv
import io
from collections.abc import Iterator

from antiphon.kit.errors import AntiphonError

#: What an upload may hold.
MAX_BYTES = 32 * 2**20
#: What the column with the codes is called. Compared in small letters.
_HEADERS = frozenset(
    {
        "code", "codes", "coupon", "coupons", "coupon_code", "couponcode", "discount_code", "discountcode", "voucher",
        "vouchers", "voucher_code", "vouchercode", "promo_code", "promocode", "name", "gutschein", "gutscheine",
        "gutscheincode", "gutschein_code", "rabattcode",
    }
)  # fmt: skip
_DELIMITERS = (";", "\t", ",")
#: How archives, workbooks and pictures begin.
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")
#: A text has no zero bytes; a line or two that have them are forgiven.
_ZEROS = 0.02
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def codes_in(data: bytes) -> Iterator[tuple[int, str]]:
    """The codes of a file with their lines: a text with one a line, or a CSV, whose column ``code`` counts, else the first.

    A single line of several is taken for that many codes. Lines without anything are passed over. What is no text in a line
    stands there as U+FFFD, which no code may have, so that it costs its own line. Raises :class:`AntiphonError` at once for
    what is too large or no text at all.
    """
    if len(data) > MAX_BYTES:
        raise AntiphonError(f"The file is larger than {MAX_BYTES // 2**20} MB.", "Split it and bring the pieces.")
    wide = data.startswith(_WIDE)
    if data.startswith(_BINARY) or (not wide and data[:4096].count(0) > len(data[:4096]) * _ZEROS):
        raise AntiphonError("The file is no text.", "Save the codes as UTF-8 text or CSV, one a line.")
    encoding = "utf-16" if wide else "utf-8-sig"
    return _cells(io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace"))


def _cells(text: Iterator[str]) -> Iterator[tuple[int, str]]:
    lines = ((number, row.rstrip("\r\n")) for number, row in enumerate(text, 1) if row.strip())
    first, head = next(lines, (0, ""))
    delimiter = next((mark for mark in _DELIMITERS if mark in head), ",")
    cells = _split(head, delimiter)
    place = next((n for n, cell in enumerate(cells) if cell.lower().replace(" ", "_") in _HEADERS), None)
    if place is not None:
        yield from ((number, _cell(row, delimiter, place)) for number, row in lines)
        return
    second = next(lines, None)
    if second is None:
        yield from ((first, cell) for cell in cells if cell)
        return
    yield first, cells[0]
    yield second[0], _cell(second[1], delimiter, 0)
    yield from ((number, _cell(row, delimiter, 0)) for number, row in lines)


def _cell(row: str, delimiter: str, place: int) -> str:
    cells = _split(row, delimiter)
    return cells[place] if place < len(cells) else ""


def _split(row: str, delimiter: str) -> list[str]:
    if '"' not in row:
        return [cell.strip() for cell in row.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([row], delimiter=delimiter))]
    except csv.Error:  # a cell of more than 128 KB
        return [cell.strip().strip('"') for cell in row.split(delimiter)]
