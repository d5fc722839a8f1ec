"""The head of a table: its columns by name, each once, and what separates them. Pure."""

from typing import IO

from antiphon.intake.files.records import MAX_ROW, records
from antiphon.kit.errors import AntiphonError

MAX_COLUMNS = 500


def read_header(file: IO[bytes], start: int, stop: int, name: str) -> tuple[tuple[str, ...], int, int, str, list[str]]:
    """Columns, the byte and the line on which rows begin, the delimiter, and what is odd about them.

    Raises ``AntiphonError`` for a file without any.
    """
    file.seek(start)
    first = file.readline(min(stop - start, MAX_ROW))
    delimiter = max(",;\t|", key=lambda mark: first.count(mark.encode()))
    head = next(records(file, start, stop, 1, delimiter), None)
    if head is None:
        raise AntiphonError(f"{name} is empty.", "Export it again, with a first line that names its columns.")
    if head.fields is None:
        raise AntiphonError(
            f"The first line of {name} cannot be read: {head.error}.", "It must name the columns, one by one."
        )
    if len(head.fields) > MAX_COLUMNS:
        raise AntiphonError(
            f"{name} has {len(head.fields)} columns; at most {MAX_COLUMNS} are read.", "Leave some out."
        )
    if any("@" in cell and "." in cell for cell in head.fields):
        raise AntiphonError(
            f"The first line of {name} is a person, not the names of columns.", "Put a line with the names above it."
        )
    columns, notes = _unique(head.fields)
    return columns, head.stop, head.line + head.lines, delimiter, notes


def _unique(cells: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Each name once: a second “Email” becomes “Email (2)”, and is said."""
    found: dict[str, None] = {}
    notes = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.replace("\0", "").split())[:100] or f"Column {number}"
        if name in found:
            count = 2
            while f"{name} ({count})" in found:
                count += 1
            notes.append(f"The column “{name}” is there more than once; number {number} is called “{name} ({count})”.")
            name = f"{name} ({count})"
        found[name] = None
    return tuple(found), notes
