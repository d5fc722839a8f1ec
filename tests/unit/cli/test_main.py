"""The command line itself: what it answers before any command runs."""

import json
import subprocess
import sys

import pytest

from antiphon.cli.commands import COMMANDS, load
from antiphon.cli.main import main

HEAVY = {"alembic", "fastapi", "liquid", "numpy", "psycopg", "pydantic", "sqlalchemy", "structlog", "uvicorn"}


def test_no_command_is_imported_before_it_is_called() -> None:
    code = "import sys, antiphon.cli.main; print(*{name.split('.')[0] for name in sys.modules})"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "typer" in imported
    assert HEAVY & set(imported) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = load(name)
    assert command.name == name
    assert (command.help or "").split("\n\n")[0].strip() == COMMANDS[name][1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["key", "list", "--jsn"], "No such option: --jsn"),
        (["journeys", "playbok"], "Did you mean 'playbook'?"),
        (["chek"], "Did you mean 'check'?"),
        (["import", "people", "/nowhere.csv"], "does not exist"),
        (["demo", "--days", "many"], "days"),
    ],
)
def test_with_json_a_wrong_call_is_answered_with_a_document(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], words: list[str], said: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["antiphon", *words, "--json"])
    with pytest.raises(SystemExit) as caught:
        main()
    out, err = capfdbinary.readouterr()
    assert caught.value.code == 2
    assert said in json.loads(out)["error"]
    assert err == b""


def test_the_import_of_events_says_how_long_it_may_be_repeated() -> None:
    said = " ".join(load("import").commands["events"].help.split())
    assert "may be imported again within a week" in said
