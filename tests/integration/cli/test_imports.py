"""``antiphon import``: what it answers, beyond what the import itself does."""

from pathlib import Path

import pytest
from sqlalchemy import text

from antiphon.cli.files import import_file
from antiphon.cli.imports import events, people
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database


@pytest.fixture(autouse=True)
def _installation(db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize("written", ["", "customer_id,email\n"])
def test_a_file_without_rows_is_bad_input(tmp_path: Path, written: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(written)
    for command in (people, events):
        with pytest.raises(AntiphonError, match="holds no rows") as caught:
            command(file)
        assert caught.value.exit_code == 1


def test_a_file_with_rows_is_told_in_figures(tmp_path: Path, db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "people.csv"
    file.write_text("customer_id,email\n7,ann@example.com\n")
    people(file)
    assert "1 row read, 1 taken in, 0 with errors" in capsys.readouterr().out
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM person")).scalar_one() == 1


def test_a_dry_run_asks_with_what_to_add(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "list.csv"
    file.write_text("email,Consent,Opted in at,Birthday\nann@example.com,yes,03/04/2025,\n")
    import_file(file, dry_run=True)
    told = capsys.readouterr().out
    assert "Birthday → trait:birthday:date" in told
    assert "--set email.method=checkout" in told
    assert "--dates day, or --dates month" in told
    import_file(file, dates="day", defaults=["email.method=checkout"], dry_run=True)
    told = capsys.readouterr().out
    assert "begin with the day; --dates month for the other way" in told
    assert "1 may be written to by email" in told
    assert "?" not in told
    with pytest.raises(AntiphonError, match="neither day nor month"):
        import_file(file, dates="year", dry_run=True)
