"""Instants as other services write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.intake.files.moments import moment


@pytest.mark.parametrize(
    "raw",
    [
        "2024-03-05T14:30:00Z", "2024-03-05 14:30:00", "2024-03-05 14:30:00 UTC", "2024-03-05T09:30:00-05:00",
        "2024-03-05 14:30:00 +0000", "1709649000", "1709649000000", "03/05/2024 2:30 PM", "3/5/2024 14:30",
        "Mar 05, 2024 2:30 PM", "5 March 2024 14:30", " 2024-03-05  14:30 ",
    ],
)  # fmt: skip
def test_one_instant(raw: str) -> None:
    assert moment(raw, day_first=False) == datetime(2024, 3, 5, 14, 30, tzinfo=UTC)


def test_what_is_unclear_is_taken_so_that_no_consent_is_widened() -> None:
    assert moment("03/04/2024") == datetime(2024, 3, 4, tzinfo=UTC)
    assert moment("03/04/2024", latest=True) == datetime(2024, 4, 3, 23, 59, 59, tzinfo=UTC)
    assert moment("03/04/2024", day_first=True) == datetime(2024, 4, 3, tzinfo=UTC)
    assert moment("25/04/2024") == moment("25.04.2024", day_first=True) == datetime(2024, 4, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw", ["", "soon", "0000-00-00 00:00:00", "1900-01-00", "99/99/2024", "31/31/2024", "1970-01-01"]
)
def test_what_is_none(raw: str) -> None:
    assert moment(raw) is None


@given(st.text())
def test_nothing_breaks_it(raw: str) -> None:
    found = moment(raw)
    assert found is None or found.tzinfo is not None
