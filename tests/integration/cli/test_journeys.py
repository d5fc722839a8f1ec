"""``antiphon journeys``: checks, publishes and shows; every problem is told, and names of events are looked up."""

import json
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import NOON

from antiphon.cli.main import main
from antiphon.store.db import Database

FILE = """\
journey: tea
name: Tea
trigger: {event: Chekout Started}
exits: [{event: Loyalty Joined}]
steps:
  - {id: rest, type: wait, for: 1h}
  - {id: bye, type: exit}
"""


@pytest.fixture(autouse=True)
def _installed(db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


def test_a_journey_is_checked_published_and_shown_by_its_group(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def line(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["antiphon", "journeys", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    files = tmp_path / "files"
    files.mkdir()
    (files / "a.yaml").write_bytes(b"\xff\xfe")
    (files / "b.yaml").write_text(FILE.replace("1h", "soon"))
    tea = files / "tea.yaml"
    tea.write_text(FILE)
    code, out, _ = line("check", str(files))
    assert code == 1
    for expected in (
        "a.yaml cannot be read",
        "'soon' is not a duration",
        "“Chekout Started” is no event that Antiphon",
    ):
        assert expected in out
    for one in ("a.yaml", "b.yaml"):
        (files / one).write_text(FILE.replace("1h", one))
    code, _, err = line("publish", str(files))
    assert code == 1
    assert "'a.yaml' is not" in err
    assert "'b.yaml' is not" in err
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO event_total (bucket, person, name, n, first_at, last_at)"
                " VALUES (1, 1, 'Loyalty Joined', 1, :at, :at)"
            ),
            {"at": NOON},
        )
    code, out, err = line("publish", str(tea))
    assert (code, out) == (0, "tea: version 1 published, active\n")
    assert err == "tea: no event “Chekout Started” has been seen here. Did you mean “Checkout Started”?\n"
    code, out, _ = line("show", "tea")
    assert out.splitlines()[0] == "Tea (tea), version 1, is active"
    assert "rest: Waits 1 hour" in out
    assert line("show", "tea", "--source")[1] == FILE
    told = json.loads(line("show", "tea", "--json")[1])
    assert [(step["id"], step["ways"], step["here"]) for step in told["steps"]] == [
        ("rest", {"then": "bye"}, 0),
        ("bye", {}, 0),
    ]
    for words in (("show", "coffee"), ("show", "tea", "--version", "7")):
        code, _, err = line(*words)
        assert code
        assert "There is no" in err
