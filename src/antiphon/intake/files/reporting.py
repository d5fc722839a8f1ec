"""The report of an import: each row that was refused or taken in part, as CSV."""

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
