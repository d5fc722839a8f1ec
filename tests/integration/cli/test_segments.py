"""``antiphon segments``: every command for people and for programs, bad files, exit codes."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.engine.shop import open_shop

from antiphon.cli.main import main
from antiphon.journeys.segments.ready import ready
from antiphon.store.db import Database

GOLD = "segment: gold\ntitle: Gold\nwho: {kind: trait, trait: plan, value: gold}\n"
OUTER = "segment: outer\ntitle: Outer\nwho: {kind: segment, segment: gold}\n"


class Line:
    """The command line, as a person or a program calls it: exit code, standard output, standard error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes]) -> None:
        self._monkeypatch, self._capture = monkeypatch, capture

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["antiphon", "segments", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capture.readouterr()
        return int(ended.value.code or 0), out.decode(), err.decode()

    def json(self, *words: str, code: int = 0) -> Any:
        ended, out, err = self(*words, "--json")
        assert (ended, err) == (code, ""), out
        return json.loads(out)


@pytest.fixture
def line(
    db: Database, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Line:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Line(monkeypatch, capfdbinary)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "gold.yaml"
    found.write_text(GOLD)
    return found


def test_from_a_file_to_its_members(line: Line, file: Path, db: Database) -> None:
    path = str(file)
    assert line("list")[:2] == (0, "No segments yet. `antiphon segments ready` lists those that ship with Antiphon.\n")
    assert line.json("list") == {"segments": []}
    assert line.json("check", path) == {"file": path, "segment": "gold", "problems": []}
    code, out, _ = line("check", path)
    assert code == 0
    assert "segment `gold` is good" in out
    assert "Everybody " in out
    shop = next(open_shop(db))
    for who, plan in (("ann", "gold"), ("bob", "basic"), ("cas", "gold")):
        shop.knows(who, plan=plan)
    shop.settle()
    assert line("count", path)[:2] == (0, "2 people\n")
    counted = line.json("count", path)
    assert (counted["n"], counted["low"], counted["high"], counted["exact"]) == (2, 2, 2, True)
    assert shop.one("SELECT count(*) FROM segment") == 0
    assert line("apply", path)[:2] == (0, "gold: added; members come with the next ticks\n")
    again = line.json("apply", path)
    assert again == {"segment": "gold", "revision": 1, "changed": False, "rebuilt": False, "held": False}
    assert line("apply", path)[1] == "gold: unchanged\n"
    shop.settle()
    (listed,) = line.json("list")["segments"]
    assert (listed["segment"], listed["members"], listed["state"], listed["built"]) == ("gold", 2, "live", 1.0)
    assert "gold" in line("list")[1]
    members = line.json("members", "gold", "--limit", "1")["members"]
    rest = line.json("members", "gold", "--after", str(members[0]["person"]))["members"]
    assert {one["person"] for one in (*members, *rest)} == set(counted["sample"])
    assert str(members[0]["person"]) in line("members", "gold")[1]
    file.write_text(GOLD.replace("title: Gold", "title: Golden"))
    assert line("apply", path)[1] == "gold: changed\n"
    file.write_text(GOLD.replace("value: gold", "value: basic"))
    changed = line.json("apply", path)
    assert (changed["changed"], changed["rebuilt"], changed["revision"]) == (True, True, 2)
    shop.engine.close()


def test_use_keeps_it_and_archived_ones_come_back(line: Line, file: Path) -> None:
    outer = file.with_name("outer.yaml")
    outer.write_text(OUTER)
    refused = line.json("apply", str(outer), code=1)
    assert "There is no segment “gold”" in refused["error"]
    line("apply", str(file))
    line("apply", str(outer))
    shown = line.json("show", "gold")
    assert shown["used_by"] == [{"kind": "segment", "name": "outer", "title": "Outer", "version": None}]
    code, out, _ = line("show", "gold")
    assert (code, "Gold (live): 0 members" in out, "used by segment “Outer” (outer)" in out) == (0, True, True)
    code, _, err = line("archive", "gold")
    assert (code, "is used by segment “Outer” (outer)" in err) == (1, True)
    assert "is used by" in line.json("archive", "gold", code=1)["error"]
    assert line("archive", "outer")[:2] == (0, "outer is archived\n")
    assert line.json("archive", "gold") == {"segment": "gold", "state": "archived", "changed": True}
    assert line.json("archive", "gold")["changed"] is False
    assert "There is no segment “gold”" in line.json("restore", "outer", code=1)["error"]
    assert line("restore", "gold")[:2] == (0, "gold is live\n")
    assert line.json("restore", "gold")["changed"] is False


def test_a_held_one_is_told_and_released(line: Line, file: Path, db: Database) -> None:
    line("apply", str(file))
    with db.begin("segments") as connection:
        connection.execute(text("UPDATE segment SET held_at = created_at, held_error = 'everybody: division by zero'"))
    assert "division by zero" in line("list")[1]
    assert "its members stay as they are: everybody: division by zero" in line("show", "gold")[1]
    assert "antiphon segments release gold" in line("apply", str(file))[1]
    assert line.json("apply", str(file))["held"] is True
    assert line.json("list")["segments"][0]["held_error"] == "everybody: division by zero"
    assert line.json("release", "gold") == {"segment": "gold", "changed": True}
    assert line("release", "gold")[:2] == (0, "gold was not held\n")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "Start with `segment: its-name`"),
        ("segment: [", "this is not YAML"),
        ("segment: gold\ntitle: Gold\nwho: {kind: horoscope}\n", "horoscope"),
        ("segment: Gold!\ntitle: Gold\nwho: {kind: all, of: []}\n", "segment"),
        ("segment: gold\ntitle: Gold\nwhom: {kind: all, of: []}\n", "whom"),
        ("segment: gold\ntitle: Gold\nwho: {kind: event, event: Segment Entered}\n", "Ask for membership"),
        ("segment: gold\ntitle: Gold\nwho: {kind: event, event: X, since: occasion}\n", "occasion"),
        ("segment: gold\ntitle: Gold\nwho: {kind: segment, segment: gold}\n", "go round"),
        (
            "segment: gold\ntitle: Gold\nwho: " + "{kind: not, of: " * 50 + "{kind: all, of: []}" + "}" * 50,
            "more than 16 deep",
        ),
    ],
)
def test_bad_files(line: Line, tmp_path: Path, source: str, said: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(source)
    code, out, _ = line("check", str(path))
    assert (code, out.startswith(f"{path}:")) == (1, True)
    problems = line.json("check", str(path), code=1)["problems"]
    assert said in json.dumps(problems, ensure_ascii=False)
    assert all(one["level"] == "error" and one["problem"] for one in problems)
    for command in ("apply", "count"):
        assert said in line.json(command, str(path), code=1)["error"]
        code, out, err = line(command, str(path))
        assert (code, out, said in err) == (1, "", True)


def test_what_is_not_there(line: Line, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for path in (str(tmp_path / "nowhere.yaml"), str(tmp_path), str(tmp_path / "bytes")):
        for command in ("check", "apply", "count"):
            assert "cannot be read" in line.json(command, path, code=1)["error"]
    for command in ("show", "members", "archive", "restore", "release"):
        assert "There is no segment “gold”" in line.json(command, "gold", code=1)["error"]
        code, out, err = line(command, "gold")
        assert (code, out, "antiphon segments list" in err) == (1, "", True)


def test_ready_ones_and_the_schema(line: Line) -> None:
    assert line("ready")[:2] == (0, "\n".join(ready()) + "\n")
    assert line.json("ready")["segments"] == list(ready())
    assert line("ready", "lapsing")[1] == ready()["lapsing"]
    assert "There is no ready segment `lapsng`" in line.json("ready", "lapsng", code=1)["error"]
    assert line.json("ready", "lapsing", "--on")["changed"] is True
    assert line("ready", "lapsing", "--on")[1] == "lapsing: unchanged\n"
    code, out, _ = line("schema")
    assert (code, json.loads(out)["title"]) == (0, "Antiphon segment")
    assert "There is no segment" in line.json("members", "x", "--limit", "10000", code=1)["error"]
    assert line("members", "x", "--limit", "0")[0] == 2
