"""``antiphon catalogue``: what it answers, beyond what feeds and the catalogue do themselves."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from antiphon.cli.catalogue import bring_in, settings, show
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.db import Database

FEED = "Nr,title,price,stock\np1,Lamp,40 EUR,3\np2,Chair,cheap,3\n"


@pytest.fixture(autouse=True)
def _installation(db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    file = tmp_path / "feed.csv"
    file.write_text(FEED)
    return file


def answered(capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    return json.loads(capsysbinary.readouterr().out)


def test_a_feed_comes_in_and_a_refused_row_ends_with_1(
    db: Database, feed: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    with pytest.raises(AntiphonError, match="No column says which product"):
        bring_in(feed)
    with pytest.raises(AntiphonError, match="is not COLUMN=FIELD"):
        bring_in(feed, columns=["Number=id"])
    bring_in(feed, columns=["Nr=id"], dry_run=True, as_json=True)
    seen = answered(capsysbinary)
    assert (seen["products"], seen["new"], seen["refused"]) == (1, 1, 1)
    with db.read() as connection:
        assert not connection.execute(text("SELECT 1 FROM product")).all()
    with pytest.raises(SystemExit) as ended:
        bring_in(feed, columns=["Nr=id"], as_json=True)
    assert ended.value.code == 1
    told = answered(capsysbinary)
    assert (told["state"], told["added"], told["refused"]) == ("done", 1, 1)
    assert told["errors"] == [{"line": 3, "product": "p2", "error": "price: 'cheap' is no price"}]
    show("p1", as_json=True)
    found = answered(capsysbinary)
    assert (found["title"], found["price"], found["occasions"]) == ("Lamp", "40", [])
    show("p1")
    assert b"Lamp" in capsysbinary.readouterr().out
    with pytest.raises(NotFoundError, match="no product 'p9'"):
        show("p9")


def test_settings_are_shown_and_changed(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    settings(change=["drop_percent=10", "viewed=14d"], as_json=True)
    assert answered(capsysbinary)["viewed"] == "14d"
    settings(as_json=True)
    assert answered(capsysbinary)["drop_percent"] == "10"
    with pytest.raises(AntiphonError, match="is not NAME=VALUE"):
        settings(change=["percent=10"])
