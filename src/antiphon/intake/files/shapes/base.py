"""What a shape is: how the export of a service is recognised and read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Row = dict[str, str]


def _as_it_is(row: Row, part: str, header: Sequence[str]) -> Row:
    del part, header
    return row


@dataclass(frozen=True, slots=True)
class Shape:
    """``marks``: plain names of columns that only this service writes, any two of which it is recognised by.

    ``columns``: plain names of columns with the field of each. ``defaults``: fields that hold for every row.
    ``prepare(row, part, header)`` adds columns that our fields need and the export says otherwise, such as the state that
    stands in the file's name; what it adds is named in ``adds``, with the field of each.
    """

    name: str
    title: str
    source: str
    marks: frozenset[str]
    columns: Mapping[str, str]
    defaults: Mapping[str, str] = field(default_factory=dict)
    adds: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Row, str, Sequence[str]], Row] = _as_it_is
    needs: int = 2
