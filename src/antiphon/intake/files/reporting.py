"""The report of an import: each row that was refused or taken in part, as CSV; and the refused ones to mend."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from antiphon.intake.files.models import Import
from antiphon.kit.sheets import sheet

_HEAD = ("file", "line", "came in", "reason", "row")


def report_csv(found: Import, faults: Iterable[Any]) -> Iterator[str]:
    """Blocks of text. ``came in``: ``partly`` where the rest of the row did, ``no`` where nothing did."""
    rows = (
        (found.parts[fault.part].name, fault.line, "partly" if fault.kept else "no", fault.reason, fault.raw)
        for fault in faults
    )
    return sheet(_HEAD, rows)


#: Beside the columns of the file. An import leaves it out.
WHY = "why refused"


def refused_csv(found: Import, faults: Iterable[Any]) -> Iterator[str]:
    """Blocks of text: the rows of which nothing came in, under the file's own columns, with the reason. To mend and import.

    A row that cannot be taken apart stands in the first column as it was. Of somebody who was erased nothing is kept.
    """
    columns = list(dict.fromkeys(column for part in found.parts for column in part.header))
    rows = (_mendable(found, fault, columns) for fault in faults if not fault.kept and fault.raw)
    return sheet([*columns, WHY], rows)


def _mendable(found: Import, fault: Any, columns: list[str]) -> list[object]:
    part = found.parts[fault.part]
    try:
        cells = next(csv.reader([fault.raw], delimiter=part.delimiter, strict=True), [])
    except csv.Error:
        cells = [fault.raw]
    named = dict(zip(part.header, cells, strict=False))
    lost = cells[len(part.header) :]
    why = f"line {fault.line}: {fault.reason}" + (f"; beyond the columns: {' | '.join(lost)}" if lost else "")
    return [*(named.get(column, "") for column in columns), why]
