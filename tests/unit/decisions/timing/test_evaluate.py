"""What the evaluation says of people whose hours are known, and of files that say nothing."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from antiphon.decisions.timing.evaluate import evaluate, hit
from antiphon.decisions.timing.reading import Acts, acts, read_acts
from antiphon.decisions.timing.sessions import sessions
from antiphon.kit.errors import AntiphonError

DAY = 86_400


def draws(people: int, hours: NDArray[np.int64]) -> Acts:
    """60 days of each person, one act a day around an hour of theirs."""
    draw = np.random.default_rng(2)
    person = np.repeat(np.arange(people), 60)
    near = np.round(draw.normal(hours[person], 1.5)).astype(int) % 24
    at = np.tile(np.arange(60), people) * DAY + near * 3600 + DAY * 15_000
    return acts([f"{each:04}" for each in person], at.tolist(), [0] * len(at))


def test_people_with_hours_of_their_own_are_found_at_them() -> None:
    hours = np.random.default_rng(1).integers(0, 24, 120)
    found = evaluate(draws(120, hours))
    last = found["stages"][-1]
    assert (found["people"], found["sessions"], last["first"]) == (120, 7200, "all")
    assert last["share"]["ours"] > 0.55
    assert last["share"]["global"] < 0.25
    assert last["over_global"]["interval"][0] > 0.3
    assert found["stages"][0]["over_raw"]["interval"][0] > 0


def test_people_who_are_all_alike_lose_nothing() -> None:
    found = evaluate(draws(120, np.full(120, 19)))
    for stage in found["stages"]:
        assert stage["over_global"]["interval"][1] >= 0
        assert stage["kappa"][0] > 100


def test_a_window_as_good_as_others_counts_by_halves() -> None:
    curves = np.zeros((1, 24))
    curves[0, [3, 15]] = 1
    later = np.zeros((1, 2, 24))
    later[0, 0, 3] = 1
    assert hit(curves, later) == pytest.approx([0.5])
    assert hit(np.zeros((1, 24)), later) == pytest.approx([3 / 24])


def test_days_of_a_kind_have_windows_of_their_own() -> None:
    curves, later = np.zeros((1, 2, 24)), np.zeros((1, 2, 24))
    curves[0, 0, 8] = curves[0, 1, 20] = 1
    later[0, 0, 8], later[0, 1, 20], later[0, 1, 8] = 2, 1, 1
    assert hit(curves, later) == pytest.approx([0.75])


def test_a_session_is_what_follows_without_an_hours_pause() -> None:
    week = 7 * DAY  # 1970-01-08, a Thursday
    at = [week, week + 3599, week + 7100, week + 10_700, week + 2 * DAY + 3600]
    found = sessions(acts(["a"] * 5 + ["b"], [*at, 0], [0] * 6), 3)
    assert (found.at - week).tolist() == [0, 10_700, 2 * DAY + 3600]
    assert (found.slot.tolist(), found.rank.tolist(), found.cut.tolist()) == ([0, 2, 24 + 1], [0, 1, 2], [2])


def test_rows_that_are_there_twice_change_nothing() -> None:
    random = np.random.default_rng(3)
    people = [f"p{place % 12}" for place in range(12 * 60)]
    at = [place // 12 * DAY + int(hour) * 3600 for place, hour in enumerate(random.integers(8, 20, len(people)))]
    once, twice = (evaluate(acts(people * times, at * times, [-300] * len(at) * times)) for times in (1, 2))
    assert once == twice


def test_what_is_left_out_is_told_where_too_little_is_there() -> None:
    with pytest.raises(AntiphonError, match=r"Rows left out: 2 \(no person\). Rows left out: 1 \(no time\)."):
        evaluate(acts(["", None, "a"], [1, 2, None], [0, 0, 0]))


@pytest.mark.parametrize("rows", ["", "1,5,0\n", "1,5,0\n" * 1000], ids=["nothing", "one act", "one instant"])
def test_too_little_is_said(tmp_path: Path, rows: str) -> None:
    file = tmp_path / "acts.csv"
    file.write_text("person,ts_utc,tz_offset_min\n" + rows)
    with pytest.raises(AntiphonError, match="0 people have 50 sessions or more"):
        evaluate(read_acts(file, {}))
