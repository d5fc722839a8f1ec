"""The goals of send-time learning on real people: when 802 of them committed to git.

    python tests/acceptance/git_rhythms/run.py PATH/git_rhythms.parquet

Not part of ``make test``: the file is not ours to ship. Prints what the goals ask for; leaves with 1 when one is missed.
"""

import sys
from pathlib import Path

from antiphon.decisions.timing.evaluate import evaluate
from antiphon.decisions.timing.reading import read_acts


def main(path: str) -> int:
    found = evaluate(read_acts(Path(path), {}))
    stages = {stage["first"]: stage for stage in found["stages"]}
    goals = {
        "592 people, 153,129 sessions": (found["people"], found["sessions"]) == (592, 153_129),
        "never below the global window": all(one["over_global"]["interval"][1] >= 0 for one in stages.values()),
        "one point over it from 20 sessions": stages[20]["over_global"]["share"] >= 0.010,
        "three and a half from all": stages["all"]["over_global"]["share"] >= 0.035,
        "one point over counting alone from 5": stages[5]["over_raw"]["share"] >= 0.010,
    }
    for goal, reached in goals.items():
        sys.stdout.write(f"{'reached' if reached else 'MISSED '}  {goal}\n")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
