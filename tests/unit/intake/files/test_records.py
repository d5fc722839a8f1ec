"""Rows of tables that people have broken: what is wrong costs its own row and no other."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.intake.files.records import MAX_ROW, Record, records


def read(text: str | bytes, start: int = 0, line: int = 1, delimiter: str = ",") -> list[Record]:
    raw = text if isinstance(text, bytes) else text.encode()
    return list(records(io.BytesIO(raw), start, len(raw), line, delimiter))


def test_rows_with_their_places() -> None:
    text = 'a,b\n\n"x, y","two\nlines"\nlast,one'
    found = read(text)
    assert [each.fields for each in found] == [["a", "b"], ["x, y", "two\nlines"], ["last", "one"]]
    assert [each.line for each in found] == [1, 3, 5]
    assert [text.encode()[each.start : each.stop].decode().strip() for each in found] == [
        each.raw.strip() for each in found
    ]


@given(st.integers(0, 40), st.randoms(use_true_random=False))
def test_reading_goes_on_anywhere(cut: int, chance: random.Random) -> None:
    cells = ["a", '"b\nc"', "ü", '"d ""e"""', "", "f\r", '5" wide']
    text = "\n".join(",".join(chance.choice(cells) for _ in range(3)) for _ in range(40)).encode()
    whole = read(text)
    first = whole[:cut]
    rest = read(text, first[-1].stop, first[-1].line + first[-1].lines) if first else whole
    assert first + rest == whole


def test_a_quote_that_never_closes_costs_its_line() -> None:
    found = read('a,b\n1,"open\n2,fine\n3,5" wide\n4,"closed"\n')
    assert [each.fields for each in found if each.fields] == [
        ["a", "b"],
        ["2", "fine"],
        ["3", '5" wide'],
        ["4", "closed"],
    ]
    assert [(each.line, each.error) for each in found if not each.fields] == [(2, "a quote is opened and never closed")]


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("x" * 10_000_000, "a row of more than 256 KB"),
        ('"' + "x\n" * 5_000_000 + '"', "a row of more than 256 KB"),
        ('"' + "x" * 200_000 + '"', "a cell of more than 128 KB"),
    ],
    ids=["one line", "many lines", "a long cell"],
)
def test_a_giant_cell_costs_its_row(cell: str, error: str) -> None:
    found = read(f"a,b\n1,{cell}\n2,fine\n")
    assert [each.fields for each in found if each.fields] == [["a", "b"], ["2", "fine"]]
    (bad,) = [each for each in found if not each.fields]
    assert bad.error == error
    assert len(bad.raw) <= MAX_ROW


def test_a_giant_open_quote_costs_its_line() -> None:
    found = read('a,b\n1,"open\n' + "2,fine\n" * 200_000)
    assert len(found) == 200_002
    assert [each.line for each in found if not each.fields] == [2]
