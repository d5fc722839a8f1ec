"""The segments of 55,835 real texts, as their corpus's metadata has them, against the counter.

    python tests/acceptance/texts/nus.py --data PATH/nus_sms_metadata.parquet

The words of the corpus (Chen & Kan 2013, the NUS SMS corpus) are private and not in the file: only how many signs and units
each text has, its encoding and its segments. A text of as many signs and units is made for each, its pairs where they cost least
and where they cost most: the corpus's number has to lie between the two, and where there are no pairs it has to be the counter's.
Leaves with 1 when one does not.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from antiphon.content.gsm import bound, segments

_NAMES = {"gsm7": ("GSM-7", "a", "€", (160, 153)), "ucs2": ("UCS-2", "ё", "📦", (70, 67))}


def made(encoding: str, signs: int, units: int) -> tuple[str, str]:
    """Two texts of so many signs and units: with its pairs in a row at the start, and with one at the end of each part."""
    _, single, pair, (_, part) = _NAMES[encoding]
    pairs = units - signs
    first = pair * pairs + single * (signs - pairs)
    last, left, alone = "", pairs, signs - pairs
    while left or alone:
        run = min(alone, part - 1)
        last += single * run
        alone -= run
        if left:
            last += pair
            left -= 1
        if not alone:
            last += pair * left
            left = 0
    return first, last


def flaw(row: dict[str, Any]) -> str:
    """What is wrong with a row's number; empty when nothing is."""
    name = _NAMES[row["encoding"]][0]
    texts = made(row["encoding"], row["n_chars"], row["n_units"])
    counted = [segments(text) for text in texts]
    if row["n_units"] and any((one.encoding, one.units) != (name, row["n_units"]) for one in counted):
        return f"{counted} is not of {row}"
    least, most = min(one.count for one in counted), max(one.count for one in counted)
    if row["n_units"] == row["n_chars"]:
        return "" if row["n_segments"] == least == most else f"{least} counted for {row}"
    room = _NAMES[row["encoding"]][3]
    fewest = 1 if row["n_units"] <= room[0] else -(-row["n_units"] // room[1])
    return "" if fewest <= row["n_segments"] <= bound(row["n_units"], name) else f"{least} to {most} counted for {row}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    columns = ["n_chars", "encoding", "n_units", "n_segments"]
    rows = pq.read_table(parser.parse_args().data, columns=columns).to_pylist()
    flaws = [found for row in rows if (found := flaw(row))]
    spread = Counter((row["encoding"], row["n_segments"]) for row in rows)
    report = {
        "texts": len(rows),
        "agree": len(rows) - len(flaws),
        "with_pairs": sum(row["n_units"] != row["n_chars"] for row in rows),
        "one_segment": round(sum(n for (_, count), n in spread.items() if count == 1) / len(rows), 4),
        "ucs2": round(sum(n for (encoding, _), n in spread.items() if encoding == "ucs2") / len(rows), 4),
        "segments_each": round(sum(row["n_segments"] for row in rows) / len(rows), 4),
        "spread": {f"{encoding} {count}": n for (encoding, count), n in sorted(spread.items())},
        "flaws": flaws[:10],
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
