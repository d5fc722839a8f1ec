"""Columns of CSV and Parquet files, by the names of their headers."""

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from antiphon.kit.errors import AntiphonError

#: Given names of columns, their values, a list each.
Read = Callable[[Sequence[str]], list[list[Any]]]


def open_table(path: Path) -> tuple[list[str], Read]:
    """The names of a file's columns, and what reads some of them; a .parquet file, or CSV by comma, semicolon or tab.

    Values of CSV are text. Raises :class:`AntiphonError` where the file is none of these or is damaged.
    """
    if not path.is_file():
        raise AntiphonError(f"There is no file {path}.", "Check the path.")
    return _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)


def _csv(path: Path) -> tuple[list[str], Read]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            rows = list(csv.reader(file, delimiter=max(",;\t", key=header.count)))
    except UnicodeDecodeError as error:
        raise AntiphonError(f"{path.name} is not UTF-8: {error.reason}.", "Save it as UTF-8 and try again.") from error
    names, body = (rows[0], rows[1:]) if rows else ([], [])
    short = next((number for number, row in enumerate(body, 2) if row and len(row) != len(names)), None)
    if short is not None:
        raise AntiphonError(f"Row {short} has not the header's {len(names)} fields.", "Mend the row.")
    places = {name: place for place, name in enumerate(names)}
    return names, lambda wanted: [[row[places[name]] for row in body if row] for name in wanted]


def _parquet(path: Path) -> tuple[list[str], Read]:
    try:
        from pyarrow import ArrowException  # noqa: PLC0415  # an extra that not every installation has
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError as error:
        raise AntiphonError("Parquet files need pyarrow.", "Run: pip install 'antiphon[parquet]'") from error
    try:
        with ParquetFile(path) as file:
            names = list(file.schema_arrow.names)

        def read(wanted: Sequence[str]) -> list[list[Any]]:
            with ParquetFile(path) as file:
                table = file.read(columns=list(wanted))
            return [table[name].to_pylist() for name in wanted]

    except ArrowException as error:
        raise AntiphonError(f"{path.name} is not Parquet: {error}.", "Was it written to the end?") from error
    return names, read


def columns_of(
    header: Sequence[str], known: Mapping[str, Sequence[str]], said: Mapping[str, str], *, without: Collection[str] = ()
) -> dict[str, str | None]:
    """Which column of a file is which of ours: the one that was ``said``, else the first that bears a ``known`` name.

    None for one of ``without`` that is not there. Raises ``AntiphonError`` for any other, and for a column that is said
    and not there.
    """
    return {
        ours: _column(header, ours, names, said.get(ours), needed=ours not in without) for ours, names in known.items()
    }


def _column(header: Sequence[str], ours: str, names: Sequence[str], said: str | None, *, needed: bool) -> str | None:
    if said is not None:
        if said not in header:
            raise AntiphonError(f"The file has no column {said}.", f"It has {', '.join(header)}.")
        return said
    found = next((name for known in names for name in header if name.strip().lower() == known), None)
    if found is None and needed:
        raise AntiphonError(
            f"Which column is {ours}? The file has {', '.join(header)}.", f"Name it: --map {ours}=COLUMN."
        )
    return found
