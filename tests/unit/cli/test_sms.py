"""``antiphon sms classify``."""

import json
import sys
from pathlib import Path

import pytest

from antiphon.cli.main import main


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["antiphon", "sms", "classify", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


@pytest.mark.parametrize(
    ("text", "intent", "sure"),
    [
        ("STOP", "stop", True),
        ("Stop!!! 🛑", "stop", True),
        ("I want to cancel my order", "stop", False),
        ("unstoppable deals!", "none", True),
        ("", "none", True),
        ("UNSTOP", "start", True),
        ("\udcff\udcfe", "none", True),  # bytes of the command line that are no text
    ],
)
def test_one_text(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], text: str, intent: str, sure: bool
) -> None:
    assert run(monkeypatch, "--json", "--", text) == 0
    (line,) = capfdbinary.readouterr().out.splitlines()
    answer = json.loads(line)
    assert answer == {"text": text.encode("utf-8", "replace").decode(), "intent": intent, "sure": sure}


def test_a_file_has_one_answer_a_line(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    file = tmp_path / "texts.txt"
    file.write_bytes("\ufeffSTOP\r\n\nno m\u00e1s\n\u2028is it red?\u0085ok".encode())
    assert run(monkeypatch, "--file", str(file), "--json") == 0
    answers = [json.loads(line) for line in capfdbinary.readouterr().out.decode().split("\n") if line]
    assert [(a["text"], a["intent"]) for a in answers] == [
        ("STOP", "stop"),
        ("", "none"),
        ("no más", "stop"),
        ("\u2028is it red?\u0085ok", "none"),
    ]


def test_without_json_it_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(monkeypatch, "cancel my order") == 0
    assert b"opts out, and is listed for a human" in capfdbinary.readouterr().out


def test_bad_input_is_said(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    assert run(monkeypatch, "--json") == 2
    assert run(monkeypatch, "STOP", "--file", __file__, "--json") == 2
    file = tmp_path / "latin.txt"
    file.write_bytes(b"STOP\nno m\xe1s\n")
    capfdbinary.readouterr()
    assert run(monkeypatch, "--file", str(file), "--json") == 1
    assert b"Line 2 of" in capfdbinary.readouterr().out
