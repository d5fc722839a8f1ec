"""``antiphon campaigns``: every command for people and for programs."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.campaigns.says import campaign
from tests.integration.engine.shop import open_shop

from antiphon.cli.main import main
from antiphon.store.db import Database


def test_a_campaign_from_the_command_line(
    db: Database, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def says(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["antiphon", "campaigns", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfdbinary.readouterr()
        return int(ended.value.code or 0), (out + err).decode()

    def tells(*words: str) -> Any:
        return json.loads(says(*words, "--json")[1])

    for shop in open_shop(db):
        shop.reachable("ann", email="ann@shop.example")
        shop.settle()
    file = tmp_path / "sale.yaml"
    file.write_text(campaign())
    assert "campaign `sale` is good" in says("check", str(file))[1]
    code, words = says("review", str(file))
    assert code == 0, words
    assert "1 people" in words
    assert "antiphon campaigns launch sale" in words
    assert tells("review", "sale")["channels"]["email"]["n"] == 1
    assert "sale is planning" in says("launch", "sale")[1]
    assert "launched before" in says("launch", "sale")[1]
    assert "sale is planning" in says("show", "sale")[1]
    assert tells("show", "sale")["state"] == "planning"
    assert tells("pause", "sale")["state"] == "paused"
    assert tells("resume", "sale")["state"] == "planning"
    assert tells("cancel", "sale")["state"] == "cancelled"
    assert "cancelled" in says("list")[1]
    assert tells("list")["campaigns"][0]["campaign"] == "sale"
    assert json.loads(says("schema")[1])["title"] == "Antiphon campaign"
    file.write_text(campaign(windw="{}"))
    code, words = says("check", str(file))
    assert (code, "Did you mean `window`?" in words) == (1, True)
    code, words = says("launch", "other")
    assert (code, "There is no campaign `other`" in words) == (1, True)
    file.write_text(campaign("later", audience="vips"))
    code, words = says("check", str(file))
    assert (code, "There is no segment “vips”" in words) == (1, True)
    code, words = says("review", str(file))
    assert (code, "There is no segment “vips”" in words) == (1, True)
    code, words = says("launch", "later")  # the file was saved, but its review failed
    assert (code, "The review of `later` failed" in words, "There is no segment “vips”" in words) == (1, True, True)
    file.write_text(campaign("past", window="{from: '2025-01-01 09:00', to: '2025-01-01 10:00'}"))
    code, words = says("check", str(file))
    assert (code, "past.yaml" in words, "warning: The window of `past` closed" in words) == (0, False, True)
    assert "cannot be read: No such file or directory.\nCheck the path." in says("review", "nothere.yaml")[1]
    file.write_text(campaign("nobody", audience="{kind: not, of: {kind: all, of: []}}"))
    assert "nobody would get anything" in says("review", str(file))[1]
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, words = says("check", str(file))
    assert (code, "No database was found" in words) == (0, True)
