"""Acts from files, good and bad."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from antiphon.decisions.timing.reading import acts, read_acts
from antiphon.kit.errors import AntiphonError


def test_parquet_by_person_and_time_with_local_clocks(tmp_path: Path) -> None:
    file = tmp_path / "acts.parquet"
    table = {"author": ["b", "a", "a", None], "ts_utc": [7200, 3600, 0, 5], "tz_offset_min": [-60, 90, 90, 0]}
    pq.write_table(pa.table(table), file)
    found = read_acts(file, {})
    assert (found.person.tolist(), found.at.tolist()) == ([0, 0, 1], [0, 3600, 7200])
    assert (found.local.tolist(), found.left_out) == ([5400, 9000, 3600], {"no person": 1})


def test_csv_with_names_that_are_told_and_times_in_words(tmp_path: Path) -> None:
    file = tmp_path / "acts.csv"
    file.write_text("who,when\n7,1970-01-01T01:00:00+01:00\n7,1970-01-01 00:00:09\n")
    found = read_acts(file, {"person": "who", "ts_utc": "when"})
    assert (found.at.tolist(), found.local.tolist(), found.unknown_zones) == ([0, 9], [0, 9], 2)


def test_unknown_zones_are_the_persons_usual_one() -> None:
    found = acts([1, 1, 1, 1, 2, 2], [0, 1, 2, 3, 0, 1], [60, 60, -120, None, 100_000, ""])
    assert found.local.tolist() == [3600, 3601, -7198, 3603, 0, 1]
    assert found.unknown_zones == 3


def test_clocks_that_are_decades_off_are_left_out_and_told() -> None:
    now = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    found = acts(["x"] * 5, [now, now + 1, now + 2, 0, now + 30 * 365 * 86400], [0] * 5)
    assert (len(found.at), found.left_out) == (3, {"clock decades off": 2})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "Which column is person"),
        ("person,tz_offset_min\n1,2\n", "Which column is ts_utc"),
        ("person,ts_utc\n1,yesterday\n", "Row 1: 'yesterday' is no time"),
        ("person,ts_utc\n1,inf\n", "'inf' is no time"),
        ("person,ts_utc\n1,9e999\n", "'9e999' is no time"),
        ("person,ts_utc,ts_utc\n1,5,6\n", "the column ts_utc more than once"),
        ("person,ts_utc\n1,1700000000000\n", "no second since 1970"),
        ("person,ts_utc,tz_offset_min\n1,5,east\n", "'east' is no offset"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "acts.csv"
    file.write_text(text)
    with pytest.raises(AntiphonError, match=says):
        read_acts(file, {})


def test_columns_that_are_told_and_not_there(tmp_path: Path) -> None:
    file = tmp_path / "acts.csv"
    file.write_text("person,ts_utc\n1,5\n")
    with pytest.raises(AntiphonError, match="no column who"):
        read_acts(file, {"person": "who"})


@pytest.mark.parametrize("nothing", [None, float("nan"), "", " NaN ", "NULL"])
def test_rows_without_a_time_are_left_out_and_told(nothing: object) -> None:
    found = acts(["a", "a", "b"], [5, nothing, "6"], [0, 0, 0])
    assert (found.at.tolist(), found.people, found.left_out) == ([5, 6], 2, {"no time": 1})
    assert acts(["a"], [nothing], [0]).left_out == {"no time": 1}


def test_offsets_that_no_clock_has_are_unknown() -> None:
    found = acts(["a"] * 6, [0] * 6, [-721, 841, float("inf"), float("nan"), -1e300, 60])
    assert found.unknown_zones == 5
    assert found.local.tolist() == [3600] * 6


def test_nothing_but_a_header_is_nobody() -> None:
    found = acts([], [], [])
    assert (found.people, len(found.at), found.left_out) == (0, 0, {})
