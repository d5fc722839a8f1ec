"""Rows in COPY's text format, several times faster than a driver that adapts value by value (measured: docs/benchmarks.md).

What a table takes here are plain values; the format is PostgreSQL's: fields by tabs, rows by newlines, ``\\N`` for null.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Any
from uuid import UUID

from orjson import dumps
from psycopg.types.json import Jsonb

#: Characters of a block: large enough that sending costs little, small enough that the server works meanwhile.
_BLOCK = 1 << 16

_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def blocks(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[bytes, int]]:
    """Blocks of COPY text, each with how many rows it holds. Raises ``TypeError`` for a value that has no text."""
    lines: list[str] = []
    size = 0
    for row in rows:
        line = _line(row)
        lines.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield _joined(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield _joined(lines), len(lines)


def block_of(columns: Sequence[Sequence[Any]]) -> tuple[bytes, int]:
    """A block of rows that are given by columns of equal length, and how many they are."""
    lines = list(map("\t".join, zip(*map(_fields, columns), strict=True)))
    return (_joined(lines) if lines else b""), len(lines)


def _fields(values: Sequence[Any]) -> Iterable[str]:
    """A column's texts. What it is made of is looked at once for all of them."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return map(str, values)
    if kinds <= {str, NoneType}:
        plain = _plain([value for value in values if value is not None])
        return [_NULL if value is None else value if plain else value.translate(_ESCAPES) for value in values]
    return [_NULL if value is None else _field(value).translate(_ESCAPES) for value in values]


def _field(value: Any) -> str:
    return value if type(value) is str else str(value) if type(value) is int else _text(value)


def _plain(texts: Sequence[str]) -> bool:
    """Whether none holds a character that must be escaped: one look at all of them."""
    whole = "".join(texts)
    return not any(special in whole for special in "\\\t\n\r")


def _joined(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _line(row: Sequence[Any]) -> str:
    # texts, whole numbers and nulls are nearly all there is: no call for them (5.5 µs a row of 29 instead of 7.4)
    fields = [
        value
        if (kind := type(value)) is str
        else str(value)
        if kind is int
        else _NULL
        if value is None
        else _text(value)
        for value in row
    ]
    line = "\t".join(fields)
    # one look at the whole line: hardly any holds a character that must be escaped
    if (
        line.count("\\") == row.count(None)
        and "\n" not in line
        and "\r" not in line
        and line.count("\t") == len(row) - 1
    ):
        return line
    written = ((value is None, field) for value, field in zip(row, fields, strict=True))
    return "\t".join(field if null else field.translate(_ESCAPES) for null, field in written)


def _text(value: Any) -> str:
    write = _TEXTS.get(type(value))
    if write is None:
        raise TypeError(f"COPY has no text for {type(value).__name__} {value!r}")
    return write(value)


def _array(values: list[int]) -> str:
    if not all(type(value) is int for value in values):
        raise TypeError(f"COPY takes lists of integers, not {values!r}")
    return "{" + ",".join(map(str, values)) + "}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "t" if value else "f",
    float: repr,
    # the rows of a batch share their instants, and writing one takes longer than all else of a row
    datetime: lru_cache(maxsize=10_000)(datetime.isoformat),
    Decimal: str,
    UUID: str,
    list: _array,
    Jsonb: lambda value: dumps(value.obj).decode(),
}
