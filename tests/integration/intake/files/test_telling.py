"""What an import says of itself is what comes of it: by people and addresses, with what is known here already."""

import io
from collections import Counter

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.intake.files.helpers import bring_in, kept, look
from tests.integration.intake.helpers import one, resolve_all, rows

from antiphon.engine.commands import carry_out
from antiphon.intake.files import running
from antiphon.intake.files.checking import check_file
from antiphon.intake.files.managing import faults
from antiphon.intake.files.models import Mapping
from antiphon.intake.files.summary import sentences
from antiphon.kit.zones import zone_id
from antiphon.store.db import Database

HEAD = "email,phone,Consent,Opted in at,opt-in method,birthday\n"
OLD = "yes,2020-01-01,checkout,\n"


def as_it_is(mapping: Mapping) -> Mapping:
    return mapping


def dry(db: Database, raw: str) -> Counter[str]:
    return check_file(db, io.BytesIO(raw.encode()), "people.csv", NOON, None, as_it_is).counts


def told(counts: Counter[str]) -> set[str]:
    return set(sentences(counts)) - {""}


def test_people_and_addresses_are_counted_once_and_opt_outs_here_outweigh(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(db, "email,unsubscribed at,email consent\nann@example.com,2026-01-01,unsubscribed\n")
    bring_in(db, "email\nzed@example.com\n")
    person = one(db, "SELECT person FROM identifier WHERE value = 'zed@example.com'").person
    assert carry_out(db, "person.erase", {"person": person}, "test", NOON)["erased"]
    resolve_all(db, NOON)
    raw = HEAD + "".join(
        f"{who},{rest}"
        for who, rest in [
            ("ann@example.com,", OLD), ("zed@example.com,", OLD), ("bob@example.com,", OLD), ("BOB@example.com,", OLD),
            ("omar@example.com,", "no,,,\n"), ("cem@example.com,", "opted out,,,\n"), ("dan@example.com,", "yes,2024-01-01,,\n"),
            ("eve@example.com,", "yes,,,\n"), ("bob@example.com,+12125550101", ",,,\n"),
        ]
    )  # fmt: skip
    later = NOON.replace(year=NOON.year + 1)
    before = dry(db, raw)
    monkeypatch.setattr(running, "ROWS", 2)
    done = bring_in(db, raw, now=later)
    for counts in (before, done.counts):
        assert told(counts) == {
            "7 people come in, in 9 rows",
            "1 may be written to by email",
            "1 opted out here already by email; the opt-in does not count",
            "1 was erased here and stays barred by email; the opt-in does not count",
            "1 has not agreed by email: neither a consent nor an opt-out is recorded",
            "1 has opted out by email",
            "1 is said to have agreed by email at a known time, in an unknown way: they wait until they confirm it",
            "1 is said to have agreed by email, without evidence: they wait until they confirm it",
        }
    states = {row.address: row.marketing for row in rows(db, "SELECT address, marketing FROM person_address")}
    assert [who for who, state in states.items() if state == "subscribed"] == ["bob@example.com"]
    assert {row.address for row in rows(db, "SELECT address FROM suppression WHERE address LIKE 'omar%'")} == set()


def test_days_are_the_shops_and_the_sheet_names_file_import_and_line(db: Database) -> None:
    with db.begin("install") as connection:
        connection.execute(text("UPDATE brand SET zone = :zone"), {"zone": zone_id("America/New_York")})
    raw = HEAD + (
        "ann@example.com,,yes,2025-03-04,form,1990-02-03\n"
        "bob@example.com,,yes,2099-01-01,form,02/13/1985\n"
        "cem@example.com,,yes,03/04/2025,form,1985-02-03 00:00:00\n"
    )
    done = bring_in(db, raw, "list.csv")
    facts = {row.address: row for row in rows(db, "SELECT address, state, effective_at, detail FROM consent_fact")}
    ann = facts["ann@example.com"]
    assert ann.effective_at.isoformat() == "2025-03-04T05:00:00+00:00"
    assert (ann.detail["file"], ann.detail["import"], ann.detail["line"]) == ("list.csv", done.id, 2)
    assert facts["bob@example.com"].state == "pending"
    assert [(f.line, f.reason) for f in faults(db, done.id)] == [
        (3, "email.at '2099-01-01' lies in the future, so nothing shows when they opted in")
    ]
    # 02/13/1985 says of the whole file that the month comes first
    assert done.mapping.day_first is False
    assert facts["cem@example.com"].effective_at.isoformat() == "2025-03-04T05:00:00+00:00"
    born = [row.born for row in rows(db, "SELECT traits->>'birthday' AS born FROM person ORDER BY 1")]
    assert born == ["1985-02-03", "1985-02-13", "1990-02-03"]


def test_a_date_that_is_two_days_is_asked_for(db: Database) -> None:
    number = kept(db, "email,consent,consent date\nann@example.com,yes,03/04/2025\n")
    assert look(db, number).mapping.day_first is None
    assert dry(db, "email,consent,consent date\nann@example.com,yes,03/04/2025\n")["unclear"] == 1
