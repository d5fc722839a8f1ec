"""The goals of send-time learning on real people, where their data are at hand."""

from pathlib import Path

import pytest

from antiphon.decisions.timing.evaluate import evaluate
from antiphon.decisions.timing.reading import read_acts

RHYTHMS = Path(__file__).parents[5] / "shared" / "data" / "git_rhythms.parquet"


@pytest.mark.skipif(not RHYTHMS.is_file(), reason="the commits of 802 people are not at hand in ../shared/data")
def test_real_people() -> None:
    found = evaluate(read_acts(RHYTHMS, {}))
    assert (found["people"], found["sessions"]) == (592, 153_129)
    stages = {stage["first"]: stage for stage in found["stages"]}
    assert all(stage["over_global"]["interval"][1] >= 0 for stage in stages.values())
    assert stages[20]["over_global"]["share"] >= 0.010
    assert stages["all"]["over_global"]["share"] >= 0.035
    assert stages[5]["over_raw"]["share"] >= 0.010
