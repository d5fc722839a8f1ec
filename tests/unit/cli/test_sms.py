"""``antiphon sms``: what a text means, and what it costs."""

import json
import sys
from pathlib import Path

import pytest

from antiphon.cli.main import main


def run(monkeypatch: pytest.MonkeyPatch, *words: str, command: str = "classify") -> int:
    monkeypatch.setattr(sys, "argv", ["antiphon", "sms", command, *words])
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


def inspected(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], *words: str, code: int = 0
) -> tuple[list[bytes], bytes]:
    assert run(monkeypatch, *words, command="inspect") == code
    said = capfdbinary.readouterr()
    return said.out.splitlines(), said.err


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", b'{"encoding": "gsm7", "units": 0, "segments": 0}'),
        ("Hi €", b'{"encoding": "gsm7", "units": 5, "segments": 1}'),
        ("a" * 161, b'{"encoding": "gsm7", "units": 161, "segments": 2}'),
        ("it’s 👋", b'{"encoding": "ucs2", "units": 7, "segments": 1}'),
    ],
)
def test_a_text_is_inspected(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], text: str, line: bytes
) -> None:
    assert inspected(monkeypatch, capfdbinary, "--json", "--", text)[0] == [line]


def test_the_long_answer_says_what_forces_ucs_2_and_what_smart_encoding_saves(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines, _ = inspected(monkeypatch, capfdbinary, "it’s " + "a" * 70, "--json", "--long")
    assert json.loads(lines[0]) == {
        "encoding": "ucs2", "units": 75, "segments": 2,
        "outside": ["’"], "smart": {"encoding": "gsm7", "units": 75, "segments": 1},
    }  # fmt: skip
    assert list(json.loads(lines[0]))[:3] == ["encoding", "units", "segments"]
    said, _ = inspected(monkeypatch, capfdbinary, "it’s " + "a" * 70)
    assert said == ["UCS-2, 75 UTF-16 units, 2 segments; outside of GSM-7: ’; in plain typography 1".encode()]


def test_a_file_of_json_strings_is_inspected_line_by_line(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_bytes('\ufeff"Hi\\n"\r\n"\\ud83d"\n"\\ud83d\\ude00"\n"\u2028"\n""\n\n'.encode())
    lines, _ = inspected(monkeypatch, capfdbinary, "--file", str(file))
    assert [tuple(json.loads(line).values()) for line in lines] == [
        ("gsm7", 3, 1), ("ucs2", 1, 1), ("ucs2", 2, 1), ("ucs2", 1, 1), ("gsm7", 0, 0),
    ]  # fmt: skip


def test_malformed_lines_are_named_and_the_others_answered_in_their_places(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_bytes(b'"a"\nb\n\n7\n"\xff"\n' + b"[" * 100_000 + b'\nx\n"c"\n')
    lines, error = inspected(monkeypatch, capfdbinary, "--file", str(file), "--json", code=1)
    answers = [json.loads(line) for line in lines]
    assert [answer.get("segments") for answer in answers] == [1, None, None, None, None, None, None, 1]
    assert [answer.get("error", "") for answer in answers][1:5] == [
        "line 2 is refused: it is not JSON",
        "line 3 is refused: it is empty",
        "line 4 is refused: it is JSON, but no string",
        "line 5 is refused: it is not UTF-8",
    ]
    assert b"line 2 is refused" in error
    assert b"and 1 more" in error.replace(b"\n", b" ")


def test_what_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    _, error = inspected(monkeypatch, capfdbinary, "\udcff", code=1)
    assert b"not UTF-8" in error
    assert run(monkeypatch, command="inspect") == 2
