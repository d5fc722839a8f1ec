"""Files of codes as shops have them: whatever is wrong with a line costs that line."""

import pytest

from antiphon.catalogue.offers.models import flaw
from antiphon.catalogue.offers.reading import MAX_BYTES, codes_in
from antiphon.kit.errors import AntiphonError


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"A\n\n B \r\nC", [(1, "A"), (3, "B"), (4, "C")]),
        (b'\xef\xbb\xbfid;"Code"\n1;"A"\n2;B', [(2, "A"), (3, "B")]),
        (b"id,Discount code\n1,A\n2\n", [(2, "A"), (3, "")]),
        (b'value\tcode\n"1\t2"\tA\n', [(2, "A")]),
        (b"A;1\nB;2\n", [(1, "A"), (2, "B")]),
        (b"A, B , ,C\n", [(1, "A"), (1, "B"), (1, "C")]),
        (b"A\rB\r", [(1, "A"), (2, "B")]),
        ("Code\nA1\n".encode("utf-16"), [(2, "A1")]),
        (b"A\nB\xff\nC", [(1, "A"), (2, "B\ufffd"), (3, "C")]),
        (b'code\n"A\n"B"\n', [(2, "A"), (3, "B")]),
        (b"", []),
        (b"\n \n", []),
    ],
)
def test_codes_by_line(data: bytes, codes: list[tuple[int, str]]) -> None:
    assert list(codes_in(data)) == codes


def test_a_line_that_is_no_text_says_so() -> None:
    assert flaw("B\ufffd") == "it is not UTF-8 text"


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0", b"A\0B", pytest.param(b"A\n" * (MAX_BYTES // 2 + 1), id="large")]
)
def test_what_is_no_list_of_codes_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(AntiphonError, match=r"no text|larger than 32 MB"):
        codes_in(data)
