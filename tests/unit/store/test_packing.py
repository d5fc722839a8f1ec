"""Fields of COPY's binary format; that the server reads them as meant is for tests/integration/intake/test_strangers.py."""

from datetime import UTC, datetime

import pytest

from antiphon.store import packing


@pytest.mark.parametrize("write", [packing.smallint, packing.bigint])
def test_a_number_that_does_not_fit_is_refused(write: object) -> None:
    assert callable(write)
    with pytest.raises(OverflowError, match="out of range"):
        write(2**63)


def test_instants_are_microseconds_since_2000() -> None:
    assert packing.instant(datetime(2000, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == b"\0\0\0\x08" + (1_000_005).to_bytes(
        8, "big"
    )


def test_lengths_are_of_bytes_and_may_be_long() -> None:
    assert packing.string("ë") == b"\0\0\0\2\xc3\xab"
    assert packing.string("x" * 5_000)[:4] == (5_000).to_bytes(4, "big")


def test_rows_stand_between_header_and_trailer() -> None:
    row = packing.row_of(1) + packing.NULL
    blocks = list(packing.packed([row] * 1_300))
    assert b"".join(blocks) == packing.HEADER + row * 1_300 + packing.TRAILER
    assert len(blocks) > 3
