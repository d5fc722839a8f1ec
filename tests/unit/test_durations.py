from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit.durations import duration_words, format_duration, parse_duration


@given(st.integers(min_value=0, max_value=10**8))
def test_what_is_written_is_read_again(seconds: int) -> None:
    value = timedelta(seconds=seconds)
    assert parse_duration(format_duration(value)) == value


@pytest.mark.parametrize("text", ["", "4", "h", "-4h", "4 h", "1.5h", 4, None])
def test_anything_else_is_refused_with_how_to_write_it(text: object) -> None:
    with pytest.raises(ValueError, match="write it as 30m, 4h, 2d"):
        parse_duration(text)


def test_words() -> None:
    assert duration_words(timedelta(hours=36)) == "1 day 12 hours"
    assert duration_words(timedelta()) == "no time"
