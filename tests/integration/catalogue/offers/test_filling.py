"""Pools filled from bad files: good lines come in, each other one is named, and memory stays bounded."""

import tracemalloc
from collections import Counter

from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import given, made, people

from antiphon.catalogue.offers import filling
from antiphon.catalogue.offers.filling import TOLD, bring, bring_codes, preview
from antiphon.catalogue.offers.managing import give
from antiphon.catalogue.offers.read import offer
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

MEGABYTE = 2**20


def hostile() -> bytes:
    """Five megabytes with a mark at its beginning: 20,000 good codes, each followed by something that is none."""
    lines = ["\ufeffnumber;code;note"]
    for n in range(20_000):
        lines.append(f'{n};"GOOD-{n:05}";x')
        match n % 8:
            case 0:
                lines.append(f"{n};good-{n:05};again")
            case 1:
                lines.append("")
            case 2:
                lines.append(";;")
            case 3:
                lines.append(f"{n};TWO WORDS;")
            case 4:
                lines.append(f"{n};{'L' * 65};")
            case 5:
                lines.append(f"{n}")
            case 6:
                lines.append(f"{n};OLD-1;")
            case _:
                lines.append(f"{n};NUL\0;")
    for place in (3, 9_001, 20_001):
        lines.insert(place, f"1;{'M' * MEGABYTE};")
    lines += [f"0;EVERYBODY;;{'n' * 1_000}"] * 1_400
    data = "\n".join(lines).encode()
    assert len(data) > 5 * MEGABYTE
    return data.replace(b"TWO WORDS", b"W\xf6rter", 1)


def test_a_bad_file_of_five_megabytes(db: Database) -> None:
    made(db, "other", codes=0)
    bring(db, "other", b"OLD-1", NOON, COMMAND_LINE)
    made(db, "all", kind="static", code="everybody")
    made(db, "pool")
    data = hostile()
    with db.read() as connection:
        looked = preview(connection, "pool", data)
    tracemalloc.start()
    report = bring(db, "pool", data, NOON, COMMAND_LINE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 * MEGABYTE
    assert (report.added, report.left) == (looked.added, looked.left) == (20_000, 20_000)
    assert report.rejected == looked.rejected == 7 * 2_500 + 3 + 1_400
    assert len(report.faults) == TOLD
    reasons = Counter(one.reason for one in report.faults)
    assert set(reasons) == {
        "it stands in the file twice", "it is empty", "a space cannot stand in it", "it is not UTF-8 text",
        "it has 65 characters; 64 are the most", "it has 1,048,576 characters; 64 are the most",
        "it is in the pool of other", "'\\x00' cannot stand in it",
    }  # fmt: skip
    assert [one.line for one in report.faults[:4]] == [3, 4, 8, 10]
    assert max(len(one.raw) for one in report.faults) == 80
    assert bring(db, "pool", data, NOON, COMMAND_LINE).added == 0


def test_nobody_waits_for_a_file_to_its_end(db: Database) -> None:
    """Each portion is a transaction of its own: between two of them codes are given."""
    made(db, "pool")
    _, person = people(db, range(1, 2))[0]

    def codes() -> object:
        for n in range(1, 3 * filling.PORTION):
            if n == 2 * filling.PORTION + 1:
                give(db, "pool", person, NOON, COMMAND_LINE)
            yield n, f"C-{n}"

    report = bring_codes(db, "pool", codes(), NOON, COMMAND_LINE)  # type: ignore[arg-type]
    assert [row.code for row in given(db)] == ["C-1"]
    assert (report.added, report.left) == (3 * filling.PORTION - 1, 3 * filling.PORTION - 2)
    with db.read() as connection:
        assert offer(connection, "pool").left == report.left
        gaps = connection.execute(text("SELECT count(*), max(seq), min(seq) FROM coupon WHERE offer = 'pool'")).one()
    assert tuple(gaps) == (report.added, report.added, 1)
