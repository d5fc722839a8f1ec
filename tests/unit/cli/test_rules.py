"""``antiphon rules hours``."""

import json
import sys
from typing import Any

import pytest

from antiphon.cli.main import main


def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, Any]:
    monkeypatch.setattr(sys, "argv", ["antiphon", "rules", "hours", *words, "--json"])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0), json.loads(capfdbinary.readouterr().out)


def test_an_answer(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    said = ("+12125550100", "--state", "tx", "--at", "2026-03-08T11:30:00-05:00")
    code, answer = run(monkeypatch, capfdbinary, *said)
    assert code == 0
    assert answer["allowed"] is False
    assert answer["next"] == "2026-03-08T18:00:00+00:00"  # noon in El Paso, on a Sunday
    assert set(answer["zones"]) == {"America/New_York", "America/Chicago", "America/Denver"}
    assert answer["rules"] == ["us", "us-tx"]
    assert answer["barred_by"] == ["us-tx"]


def test_what_is_allowed_is_next(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code, answer = run(monkeypatch, capfdbinary, "(212) 555-0100", "--at", "2026-03-03T20:59:59-05:00")
    assert (code, answer["allowed"], answer["next"]) == (0, True, "2026-03-04T01:59:59+00:00")


def test_without_json_it_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "argv", ["antiphon", "rules", "hours", "+13055550100", "--at", "2026-03-04T01:00:00Z"])
    with pytest.raises(SystemExit):
        main()
    said = capfdbinary.readouterr().out.decode()
    assert "may not go to +13055550100 at 2026-03-04T01:00:00Z (us-fl), but at 2026-03-04T13:00:00+00:00: Wed" in said
    assert "us-fl: Florida, 08:00–20:00 (Fla. Stat. 501.616(6)" in said


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (("12", "--at", "2026-03-03T12:00:00Z"), "'12' is not a phone number.", "+12125550100"),
        (("+12125550100", "--at", "soon"), "'soon' is not an instant.", "2026-11-23T20:30:00-05:00"),
        (("+12125550100", "--at", "2026-03-03T12:00:00"), "does not say in which time zone", "2026-03-03T12:00:00Z"),
        (("+12125550100", "--at", "1999-03-03T12:00:00Z"), "outside of the years", "2010 to 2039"),
        (("+12125550100", "--at", "2026-03-03T12:00:00Z", "--state", "ZZ"), "'ZZ' is no state", "TX"),
    ],
)
def test_bad_input_names_the_thing_and_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    words: tuple[str, ...],
    error: str,
    hint: str,
) -> None:
    code, answer = run(monkeypatch, capfdbinary, *words)
    assert code == 1
    assert error in answer["error"]
    assert hint in answer["hint"]
