"""Files and erasures: what a running import does not bring back, what its report does not keep, what an export says."""

import csv
import io
import threading

import pytest
from tests.conftest import NOON
from tests.integration.intake.files.helpers import bring_in, kept, look
from tests.integration.intake.helpers import one, resolve_all, rows

from antiphon.engine.commands import carry_out
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.files import running
from antiphon.intake.files.exporting import export_people
from antiphon.intake.files.forgotten import REASON
from antiphon.intake.files.managing import faults, start
from antiphon.intake.files.running import carry_on, run_imports
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database

ANN, PHONE = "ann@example.com", "+12125550101"
HEAD = "email,phone,first name\n"


def erase(db: Database, address: str = ANN) -> None:
    person = one(db, "SELECT person FROM identifier WHERE value = :v", v=address).person
    assert carry_out(db, "person.erase", {"person": person}, "test", NOON)["erased"]


def report(db: Database, number: int) -> list[tuple[int, bool, str, str]]:
    return [(each.line, each.kept, each.reason, each.raw) for each in faults(db, number)]


def test_a_running_import_does_not_bring_back_who_was_erased(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ROWS", 2)
    lines = [
        f"{ANN},{PHONE},Ann",
        "bob@example.com,,Bob",
        f"{ANN.upper()},,Ann",
        "new@example.com,(212) 555-0101,Annie",
    ]
    lines += ["cem@example.com,12,Cem", f"{ANN},,Ann,too,many,cells", '"open,,Dan', "eve@example.com,,Eve"]
    number = kept(db, HEAD + "\n".join(lines) + "\n")
    start(db, number, NOON, COMMAND_LINE)
    carry_on(db, number, NOON)
    resolve_all(db, NOON)
    erase(db)
    while run_imports(db, NOON):
        pass
    resolve_all(db, NOON)
    values = {row.value for row in rows(db, "SELECT value FROM identifier")}
    assert values == {"bob@example.com", "cem@example.com", "eve@example.com"}
    told = report(db, number)
    assert [(line, whole) for line, whole, _, _ in told] == [(4, False), (5, False), (6, True), (7, False), (8, False)]
    assert [(reason, raw) for line, _, reason, raw in told if line in {4, 5, 7}] == [(REASON, "")] * 3
    assert all("12" in raw or "open" in raw for line, _, _, raw in told if line in {6, 8})
    done = look(db, number)
    assert (done.state, done.rows, done.counts["people"], done.counts["rejected"]) == ("done", 8, 4, 4)
    assert rows(db, "SELECT 1 FROM file_import_fault WHERE raw ILIKE '%ann@%' OR raw LIKE '%0101%'") == []


def test_a_later_file_brings_them_in_again_barred_and_the_export_says_so(db: Database) -> None:
    bring_in(db, HEAD + f"{ANN},{PHONE},Ann\n")
    erase(db)
    bring_in(db, HEAD + f"{ANN},{PHONE},Annie\nbob@example.com,,Bob\n", now=NOON.replace(year=2027))
    found = list(csv.DictReader(io.StringIO("".join(export_people(db)).lstrip("\ufeff"))))
    by_email = {row["email"]: row for row in found}
    assert by_email[ANN]["email_suppressed"] == by_email[ANN]["sms_suppressed"] == "erased"
    assert by_email[ANN]["email_suppressed_at"]
    assert by_email["bob@example.com"]["email_suppressed"] == ""


def test_an_erasure_waits_for_a_portion_that_is_under_way(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The portion has asked who was erased, and has not yet committed what it brings: the erasure finds it."""
    bring_in(db, HEAD + f"{ANN},,Ann\n")
    person = one(db, "SELECT person FROM identifier WHERE value = :v", v=ANN).person
    number = kept(db, HEAD + f"{ANN},,Ann\nbob@example.com,,Bob\n")
    start(db, number, NOON, COMMAND_LINE)
    write = write_arrivals
    eraser = threading.Thread(target=carry_out, args=(db, "person.erase", {"person": person}, "test", NOON))

    def meanwhile(*given: object) -> object:
        eraser.start()
        eraser.join(0.5)
        assert eraser.is_alive(), "it did not wait"
        return write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "write_arrivals", meanwhile)
    carry_on(db, number, NOON)
    eraser.join()
    monkeypatch.undo()
    resolve_all(db, NOON)
    assert {row.value for row in rows(db, "SELECT value FROM identifier")} == {"bob@example.com"}
