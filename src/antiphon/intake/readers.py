"""Rows of files, one at a time: CSV, JSON Lines, Parquet."""

import csv
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from antiphon.kit.errors import AntiphonError

Row = dict[str, Any]
#: A line number and what stands there; a text instead of a row says why it cannot be read.
Line = tuple[int, Row | str]
Reader = Callable[[Path], Iterator[Line]]

_CHUNK = 10_000


def read_rows(path: Path) -> Iterator[Line]:
    """The rows of a file by its suffix, streamed. Line 1 of a CSV file is its header."""
    readers: dict[str, Reader] = {
        ".csv": read_csv,
        ".tsv": read_csv,
        ".jsonl": read_jsonl,
        ".ndjson": read_jsonl,
        ".parquet": read_parquet,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise AntiphonError(
            f"{path.name} is of no kind that can be imported.", f"Name it {', '.join(readers)} after what it holds."
        )
    if not path.is_file():
        raise AntiphonError(f"There is no file {path}.", "Check the path.")
    return reader(path)


def read_csv(path: Path) -> Iterator[Line]:
    """Comma, semicolon or tab, whichever the header has most of; UTF-8."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            rows = csv.DictReader(file, delimiter=max(",;\t", key=header.count), restkey="", restval=None)
            for row in rows:
                if "" in row:
                    yield rows.line_num, f"more fields than the header's {len(rows.fieldnames or ())}"
                else:
                    yield rows.line_num, {name.strip(): value or None for name, value in row.items()}
    except UnicodeDecodeError as error:
        raise AntiphonError(f"{path.name} is not UTF-8: {error.reason}.", "Save it as UTF-8 and try again.") from error
    except csv.Error as error:
        raise AntiphonError(f"{path.name} is not CSV: {error}.", "Are its quotes closed?") from error


def read_jsonl(path: Path) -> Iterator[Line]:
    """One JSON object a line; empty lines are left out."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                yield number, f"not JSON: {error}"
            else:
                yield number, row if isinstance(row, dict) else "not a JSON object"


def read_parquet(path: Path) -> Iterator[Line]:
    """Rows of all row groups; needs the ``parquet`` extra."""
    try:
        from pyarrow import ArrowException  # noqa: PLC0415  # an extra that not every installation has
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError as error:
        raise AntiphonError("Parquet files need pyarrow.", "Run: pip install 'antiphon[parquet]'") from error
    number = 0
    try:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(_CHUNK):
                for row in batch.to_pylist():
                    number += 1
                    yield number, {name: plain(value) for name, value in row.items()}
    except ArrowException as error:
        raise AntiphonError(
            f"{path.name} is not Parquet: {str(error).rstrip('.')}.", "Was it written to the end?"
        ) from error


def plain(value: Any) -> Any:
    """A value as JSON has it: times in ISO 8601 (UTC where nothing else is said), no NaN."""
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        value = value.replace(tzinfo=value.tzinfo or UTC)
    if isinstance(value, date):
        return value.isoformat()
    return value.decode(errors="replace") if isinstance(value, bytes) else value
