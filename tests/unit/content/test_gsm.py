"""Segment counts, at every boundary that providers bill by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.content.gsm import BASIC, EXTENDED, bound, segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 0),
        ("a", "GSM-7", 1, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        # 152 septets, then a pair: the 153rd place stays empty
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("a" * 153 + "€" + "a" * 151, "GSM-7", 306, 2),
        ("€" * 153, "GSM-7", 306, 3),  # 76 pairs a part, not 76.5
        ("§ñÇ@", "GSM-7", 4, 1),
        ("ç", "UCS-2", 1, 1),  # lower case is not in GSM-7
        ("é", "GSM-7", 1, 1),
        ("á", "UCS-2", 1, 1),
        ("it’s", "UCS-2", 4, 1),
        ("`", "UCS-2", 1, 1),
        ("\u00a0", "UCS-2", 1, 1),
        ("…", "UCS-2", 1, 1),
        ("ё" * 70, "UCS-2", 70, 1),
        ("ё" * 71, "UCS-2", 71, 2),
        ("ё" * 134, "UCS-2", 134, 2),
        ("ё" * 135, "UCS-2", 135, 3),
        ("📦" * 35, "UCS-2", 70, 1),
        ("📦" * 36, "UCS-2", 72, 2),
        # 66 units, then a surrogate pair: it moves whole to the next part
        ("ё" * 66 + "📦" + "ё" * 66, "UCS-2", 134, 3),
        ("ё" * 67 + "📦" + "ё" * 65, "UCS-2", 134, 2),
        ("📦" * 67, "UCS-2", 134, 3),  # 33 pairs a part
        ("👨‍👩‍👧", "UCS-2", 8, 1),
        ("line\nline\r", "GSM-7", 10, 1),
        ("[x]", "GSM-7", 5, 1),
    ],
)
def test_segments(text: str, encoding: str, units: int, count: int) -> None:
    counted = segments(text)
    assert (counted.encoding, counted.units, counted.count) == (encoding, units, count)


def test_the_alphabet_has_all_of_its_places() -> None:
    assert len(BASIC) == 127  # 128 less the escape itself
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@given(st.text(alphabet=sorted(BASIC | EXTENDED) + list("ёç📦"), max_size=700))
def test_no_count_lies_above_its_bound_or_below_the_division(text: str) -> None:
    counted = segments(text)
    single, part = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    least = 1 if 0 < counted.units <= single else -(-counted.units // part)
    assert least <= counted.count <= bound(counted.units, counted.encoding)
