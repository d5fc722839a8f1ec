"""Why, in full: of messages of journeys and campaigns and of those not written, on pages, as data and by command."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.campaigns.says import campaign, launched
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.cli.main import main

HOUR = timedelta(hours=1)


def answer_of(browser: TestClient, key: str) -> Any:
    return browser.get(f"/messages/{key}/why.json").json()


def test_what_was_decided_is_explained_in_full_and_decided_again_the_same(
    shop: ShopUnderTest,
    site: Site,
    owner: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", email="ann@shop.example", phone="+12125550101")
    shop.reachable("bea")
    for who in ("ann", "bea"):
        shop.leaves_cart(who, f"{who}-1")
    shop.settle()
    shop.passes(2 * HOUR)
    launched(shop, campaign())
    shop.passes(HOUR / 4)
    site.now = shop.now
    written = shop.rows("SELECT abucket, id, journey, channel FROM outbox")
    assert {row.journey > 0 for row in written} == {True, False}  # of a journey, and of a campaign
    barred = []
    for row in written:
        told = answer_of(owner, f"{row.abucket}.{row.id}")
        assert told["replay"] == {
            "outcome": "same", "words": "the same", "problem": "", "differences": [], "changed": {}
        }  # fmt: skip
        assert told["candidates"][0]["chosen"]
        barred += told["bars"]
        assert told["by"]["Laws on hours"] == told["decision"]["versions"]["quiet_hours"]
    bars = {(bar["rule"], bar["version"]) for bar in barred}
    laws = told["decision"]["versions"]["quiet_hours"]
    assert bars >= {("channel.not_allowed", "1"), ("spacing.email", "1"), ("quiet_hours.sms", laws)}
    text_ = next(row for row in written if row.journey > 0 and row.channel == "sms")
    page = owner.get(f"/messages/{text_.abucket}.{text_.id}").text
    assert "In full" in page
    assert "Decided again: the same" in page

    (none, *_) = shop.rows("SELECT bucket, id FROM decision WHERE channel IS NULL")
    key = f"d{none.bucket}.{none.id}"
    told = answer_of(owner, key)
    assert (told["state"], told["replay"]["outcome"], told["candidates"]) == ("not written", "same", [])
    assert {(bar["channel"], bar["rule"]) for bar in told["bars"]} == {
        ("email", "address.missing"), ("sms", "address.missing")
    }  # fmt: skip
    assert f"/messages/{key}" in owner.get("/messages?state=not-written").text
    assert "Not written to Bea" in owner.get(f"/messages/{key}").text
    for strange in ("d1.1", "1.1", "x", "d", f"d{text_.abucket}.{text_.id}"):
        assert owner.get(f"/messages/{strange}").status_code == 404
        assert owner.get(f"/messages/{strange}/why.json").status_code == 404

    monkeypatch.setenv("ANTIPHON_DATABASE_URL", shop.db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def says(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["antiphon", "why", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfdbinary.readouterr()
        return int(ended.value.code or 0), (out + err).decode()

    message = f"{text_.abucket}.{text_.id}"
    code, words = says(message)
    assert (code, "Replayed: the same." in words, "channel.not_allowed" in words) == (0, True, True), words
    assert says(f"https://shop.example/messages/{key}")[1].startswith("No message. ")
    assert "Replayed" not in says(message, "--no-replay")[1]
    code, words = says("12.34")
    assert (code, "There is no such message" in words) == (1, True)
    with shop.db.begin("test") as connection:
        connection.execute(
            text("UPDATE decision_basis SET value = jsonb_set(value, '{sms,response}', '0.5') WHERE value ? 'spacing'")
        )
    code, words = says(message)
    assert (code, "Replayed: not the same." in words, "chosen.score" in words) == (3, True, True), words
    assert "not the same" in owner.get(f"/messages/{message}").text
    with shop.db.begin("test") as connection:
        connection.execute(text("UPDATE decision SET inputs = NULL"))
    code, words = says(message, "--json")
    assert (code, json.loads(words)["replay"]["outcome"]) == (0, "not kept")
    assert "decided before what it was made from was kept" in owner.get(f"/messages/{message}").text
