"""Imports go on where they stopped, side by side, and change nothing when they are repeated."""

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import NOON
from tests.integration.intake.files.helpers import bring_in, kept, look, mapped
from tests.integration.intake.helpers import resolve_all, rows

from antiphon.engine.engine import Engine
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.files import running
from antiphon.intake.files.handed import KEEP_FILE, KEEP_REPORT
from antiphon.intake.files.managing import cancel, faults, remap, start, tidy
from antiphon.intake.files.running import carry_on, run_imports
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import Signer
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database


def table(count: int, first: int = 0) -> str:
    lines = (f"person{n}@example.com,P{n},subscribed,2024-01-02,form" for n in range(first, first + count))
    return "email,first name,email consent,consent at,consent method\n" + "\n".join(lines) + "\n"


def count(db: Database, what: str) -> int:
    found: int = rows(db, f"SELECT count(*) FROM {what}")[0][0]
    return found


def test_a_stop_between_any_two_statements_loses_and_doubles_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "ROWS", 7)
    number = kept(db, table(50))
    start(db, number, NOON, COMMAND_LINE)
    write, tries = write_arrivals, iter(range(1000))

    def breaks(*given: Any) -> Any:
        if next(tries) % 2:
            raise ConnectionError
        return write(*given)

    monkeypatch.setattr(running, "write_arrivals", breaks)
    for _ in range(40):
        with suppress(ConnectionError):
            carry_on(db, number, NOON)
    assert (look(db, number).state, look(db, number).rows) == ("done", 50)
    assert count(db, "arrival") == 100
    resolve_all(db, NOON)
    assert count(db, "person") == count(db, "consent WHERE state = 'subscribed'") == 50
    assert count(db, "file_import_chunk") == 0


def test_a_repeated_import_changes_nothing(db: Database) -> None:
    for _ in range(2):
        bring_in(db, table(20))
    assert (count(db, "person"), count(db, "consent_fact"), count(db, "event")) == (20, 20, 20)


def test_several_workers_and_several_files(db: Database) -> None:
    numbers = [kept(db, table(3_000, first)) for first in (0, 2_000)]
    for number in numbers:
        start(db, number, NOON, COMMAND_LINE)

    def work() -> None:
        for _ in range(12):
            run_imports(db, NOON)

    crew = [threading.Thread(target=work) for _ in range(3)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert [(look(db, number).state, look(db, number).rows) for number in numbers] == [("done", 3_000)] * 2
    assert count(db, "arrival") == 12_000
    resolve_all(db, NOON)
    assert count(db, "person") == 5_000


def test_an_import_starts_no_journeys(db: Database) -> None:
    engine = Engine(db, Signer(b"x" * 32))
    number = kept(db, table(5))
    start(db, number, NOON, COMMAND_LINE)
    reports = engine.settle(NOON)
    engine.close()
    assert reports[0].importing is False
    assert {row.backfill for row in rows(db, "SELECT backfill FROM event WHERE name = 'Email Subscribed'")} == {True}
    assert count(db, "event") == 5
    assert count(db, "entry") == 0


def test_cancelling_keeps_what_came_in_and_forgets_the_file(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ROWS", 10)
    number = kept(db, table(50))
    start(db, number, NOON, COMMAND_LINE)
    assert run_imports(db, NOON)
    cancel(db, number, NOON, COMMAND_LINE)
    assert not run_imports(db, NOON)
    assert (look(db, number).state, look(db, number).rows, count(db, "arrival")) == ("cancelled", 10, 20)
    assert count(db, "file_import_chunk") == 0
    for act in (cancel, start):
        with pytest.raises(AntiphonError):
            act(db, number, NOON, COMMAND_LINE)


def test_imports_wait_while_the_resolver_is_behind(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BACKLOG", 10)
    monkeypatch.setattr(running, "ROWS", 1_000)
    number = kept(db, table(2_000))
    start(db, number, NOON, COMMAND_LINE)
    assert run_imports(db, NOON)
    assert run_imports(db, NOON)
    assert look(db, number).rows == 1_000
    resolve_all(db, NOON)
    assert not run_imports(db, NOON)
    assert look(db, number).rows == 2_000


def test_a_mapping_that_reads_nothing_stops_the_import(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_HOPELESS", 100)
    number = kept(db, "a,b\n" + "x,y\n" * 3_000)
    with pytest.raises(AntiphonError, match="No column says who"):
        start(db, number, NOON, COMMAND_LINE)
    mapped(db, number, a="email")
    start(db, number, NOON, COMMAND_LINE)
    assert not run_imports(db, NOON)
    assert look(db, number).state == "failed"
    assert "were all refused" in (look(db, number).error or "")


def test_a_mapping_is_held_against_what_there_is(db: Database) -> None:
    number = kept(db, table(1))
    known = look(db, number).mapping
    for columns in (
        {"email": "nonsense"},
        {"first name": "email"},
        {"email": "external_id:"},
        {"email": "trait:a:shape"},
    ):
        with pytest.raises(AntiphonError):
            remap(db, number, known.model_copy(update={"columns": known.columns | columns}), NOON)


def test_what_holds_for_the_whole_file(db: Database) -> None:
    text = "email\nann@example.com\n"
    defaults = {
        "email.state": "subscribed",
        "email.at": "2024-05-06",
        "email.method": "checkout",
        "email.wording": "Yes",
    }
    bring_in(db, text, defaults=defaults)
    fact = rows(db, "SELECT state, method, wording FROM consent_fact")
    assert [tuple(each) for each in fact] == [("subscribed", "import: checkout", "Yes")]


def test_what_nobody_comes_back_to_is_forgotten(db: Database) -> None:
    left, done = kept(db, table(3)), bring_in(db, "email\nnonsense\nann@example.com\n").id
    tidy(db, NOON + KEEP_FILE / 2)
    assert (look(db, left).state, len(list(faults(db, done)))) == ("uploaded", 1)
    tidy(db, NOON + max(KEEP_FILE, KEEP_REPORT) + timedelta(seconds=1))
    assert (look(db, left).state, len(list(faults(db, done)))) == ("cancelled", 0)
    assert count(db, "file_import_chunk") == 0


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"ann@example.com,Ann\n", "is a person"),
        (b'"email\nann@example.com\n', "cannot be read"),
        (b"PK\x03\x04nonsense", "not an archive"),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(db: Database, raw: bytes, words: str) -> None:
    with pytest.raises(AntiphonError, match=words):
        kept(db, raw)
    assert count(db, "file_import") == count(db, "file_import_chunk") == 0


def test_hostile_cells(db: Database) -> None:
    raw = (
        "Email,Email,name,big\n"
        + "".join(
            f"p{n}@example.com,,{cell},\n"
            for n, cell in enumerate(["a\0b", "=cmd|' /C calc'!A0", '"quo""te"', "\\N", "\u202e", "x" * 9])
        )
        + "big@example.com,,,"
        + "x" * 10_000_000
        + "\nlast@example.com,,,\n"
    )
    done = bring_in(db, raw.encode("utf-16"))
    assert done.parts[0].header == ("Email", "Email (2)", "name", "big")
    assert any("more than once" in note for note in done.parts[0].notes)
    assert (done.counts["people"], done.rejected) == (7, 1)
    assert [(f.line, f.reason) for f in faults(db, done.id)] == [(8, "a row of more than 256 KB")]
    names = {row.name for row in rows(db, "SELECT traits->>'name' AS name FROM person")}
    assert {"ab", "=cmd|' /C calc'!A0", 'quo"te', "\\N"} <= names
