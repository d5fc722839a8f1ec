"""Rows of a table, one at a time, with where they begin and end, so that reading can go on anywhere. Pure."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

#: Bytes of a row that is read; a longer one is refused, and the rows after it are not.
MAX_ROW = 256 * 1024
_PLAIN = 100 * 1024
#: How far the end of a quoted cell is looked for.
_FAR = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """A row: ``fields``, or what is wrong with it. ``raw`` is its text, the beginning of it when it is too long."""

    start: int
    stop: int
    line: int
    lines: int
    raw: str
    fields: list[str] | None
    error: str = ""


def records(file: IO[bytes], start: int, stop: int, line: int, delimiter: str) -> Iterator[Record]:
    """The rows between two bytes of ``file``; ``line`` is the number of the first one. Empty lines are passed over.

    A cell whose quotes never close costs its own line only: the next lines are read as rows of their own.
    """
    file.seek(start)
    while start < stop:
        record = _next(file, start, stop, line, delimiter)
        if record.fields != []:
            yield record
        if record.stop != file.tell():
            file.seek(record.stop)
        start, line = record.stop, record.line + record.lines


def _next(file: IO[bytes], start: int, stop: int, line: int, delimiter: str) -> Record:
    first, size = _line(file, stop - start)
    text = first.decode("utf-8", "replace")
    if size > MAX_ROW:
        return _long(file, start, stop, line, first, size, delimiter)
    fields, wrong = _fields(text, delimiter)
    if not wrong or first.count(b'"') % 2 == 0:
        return Record(start, start + size, line, 1, text, fields, wrong)
    # a quoted cell with line breaks: as many lines as it takes for its quotes to close
    block, lines, end, closed = bytearray(first), 1, start + size, False
    while end < stop and end - start <= MAX_ROW:
        more, size = _line(file, stop - end)
        end, lines = end + size, lines + 1
        block += more
        if more.count(b'"') % 2:
            closed = True
            break
    if not closed and end < stop:
        return _long(file, start, stop, line, first, len(first), delimiter)
    if end - start > MAX_ROW:
        return Record(start, end, line, lines, _short(bytes(block[:2000])), None, _TOO_LONG)
    text = block.decode("utf-8", "replace")
    fields, wrong = _fields(text, delimiter)
    if not wrong:
        return Record(start, end, line, lines, text, fields)
    return _alone(start, line, first)


_TOO_LONG = f"a row of more than {MAX_ROW // 1024} KB"


def _alone(start: int, line: int, first: bytes) -> Record:
    return Record(start, start + len(first), line, 1, _short(first), None, "a quote is opened and never closed")


def _long(file: IO[bytes], start: int, stop: int, line: int, first: bytes, size: int, delimiter: str) -> Record:
    """A row too long to be held: only where it ends is found out."""
    end, closed, lines = _end(file, start, min(stop, start + _FAR))
    if end is None or (lines > 1 and not _closes(file, closed, delimiter)):
        error = _TOO_LONG if size > MAX_ROW else "a quote is opened and never closed"
        return Record(start, start + size, line, 1, _short(first), None, error)
    return Record(start, end, line, max(lines, 1), _short(first), None, _TOO_LONG)


def _end(file: IO[bytes], start: int, stop: int) -> tuple[int | None, int, int]:
    """Where the row that begins at ``start`` ends, its last quote, and its lines; ``None``: a quote stays open."""
    file.seek(start)
    at, lines, quoted, closed = start, 0, False, start
    while at < stop:
        block = file.read(min(MAX_ROW, stop - at))
        i = 0
        while i < len(block):
            quote = block.find(b'"', i)
            newline = -1 if quoted else block.find(b"\n", i, quote if quote >= 0 else len(block))
            if newline >= 0:
                return at + newline + 1, closed, lines + block.count(b"\n", 0, newline + 1)
            if quote < 0:
                break
            quoted, closed, i = not quoted, at + quote, quote + 1
        lines += block.count(b"\n")
        at += len(block)
    return (None if quoted else at), closed, lines


def _closes(file: IO[bytes], quote: int, delimiter: str) -> bool:
    """Whether a quote ends a cell."""
    file.seek(quote + 1)
    return file.read(1) in {b"", b"\n", delimiter.encode()}


def _line(file: IO[bytes], left: int) -> tuple[bytes, int]:
    """A line, or the beginning of one that is too long, and the size of the whole."""
    line = file.readline(min(left, MAX_ROW + 1))
    size = len(line)
    while size < left and not line.endswith(b"\n"):
        more = file.readline(min(left - size, MAX_ROW))
        if not more:
            break
        size += len(more)
        if more.endswith(b"\n"):
            break
    return line, size


def _fields(text: str, delimiter: str) -> tuple[list[str] | None, str]:
    """The cells of a row, none of them for an empty one; or what is wrong."""
    if '"' not in text and "\r" not in text and len(text) < _PLAIN:  # what the reader would do, in a third of the time
        fields = text.rstrip("\n").split(delimiter)
    else:
        try:
            rows = list(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error as error:
            return None, _WORDS.get(str(error), str(error))
        fields = rows[0] if rows else []
    return ([] if not any(field.strip("\0 ") for field in fields) else fields), ""


_WORDS = {
    "unexpected end of data": "a quote is opened and never closed",
    "field larger than field limit (131072)": "a cell of more than 128 KB",
}


def _short(raw: bytes) -> str:
    return raw[:2000].decode("utf-8", "replace")
