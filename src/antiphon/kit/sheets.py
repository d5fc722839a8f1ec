"""CSV that spreadsheets open without running anything in it. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

#: What a cell must not begin with: Excel and its like would take it for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BLOCK = 32 * 1024


def cell(value: object) -> object:
    """A cell as text that stays text. Numbers, and phone numbers in international form, stay as they are."""
    if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value):
        return "'" + value
    return value


def _is_number(value: str) -> bool:
    return value[0] in "+-" and value[1:].replace(".", "", 1).isdigit() and value.isascii()


def sheet(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """CSV in blocks of text: UTF-8's mark first, because Excel takes the file for another encoding without it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(head)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if buffer.tell() > _BLOCK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
