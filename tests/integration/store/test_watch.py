"""The watch over statements sees what runs, in which stage, and says which rule it breaks."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.statements import Watch, stages

import antiphon
from antiphon.engine.commands import HANDLERS, stage_of
from antiphon.engine.tables import worker
from antiphon.store.db import Database, copy_rows

NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stage", "statement", "rule"),
    [
        ("dispatch", "DELETE FROM run", "stage 'dispatch' writes run"),
        ("read", "UPDATE brand SET name = name", "stage 'read' writes brand"),
        ("nowhere", "SELECT 1 FROM run", "stage 'nowhere' is not in docs/architecture.md"),
        ("tick", "SELECT 1 FROM run r JOIN person p ON p.id = r.person", "joins per-person tables without bucket"),
        ("tick", "UPDATE run SET wake_at = now()", "is not immutable"),
    ],
)
def test_a_planted_violation_is_found(db: Database, watch: Watch, stage: str, statement: str, rule: str) -> None:
    with db.begin(stage) as connection:
        connection.execute(text(statement))
    (found,) = watch.take()
    assert rule in found
    assert statement in found


def test_copies_are_seen_as_well(db: Database, watch: Watch) -> None:
    columns = ("id", "host", "pid", "started_at", "seen_at", "version")
    with db.begin("dispatch") as connection:
        copy_rows(connection, worker, columns, [("w", "h", 1, NOW, NOW, "1")])
    (found,) = watch.take()
    assert "stage 'dispatch' writes worker" in found


def test_writing_needs_a_stage(db: Database, watch: Watch) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM worker"))
    (found,) = watch.take()
    assert "writes worker outside of any stage" in found


def test_what_is_allowed_is_passed_over(db: Database, watch: Watch) -> None:
    with db.begin("worker") as connection:
        connection.execute(text("DELETE FROM worker"))
    with db.begin("test") as connection:
        connection.execute(text("DELETE FROM run"))
    assert watch.take() == []


def test_every_stage_of_the_product_is_documented_and_every_documented_one_used() -> None:
    sources = "\n".join(path.read_text() for path in Path(antiphon.__file__).parent.rglob("*.py"))
    used = set(re.findall(r'\.begin\(\s*"([\w-]+)"', sources)) | {stage_of(kind) for kind in HANDLERS}
    assert used <= set(stages())
    assert set(stages()) <= used
