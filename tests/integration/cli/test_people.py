"""``antiphon people``: who is who from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.integration.intake.helpers import come_in, identify, one, rows

from antiphon.cli import people
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.db import Database


@pytest.fixture(autouse=True)
def _installation(db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTIPHON_DATABASE_URL", db.url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    come_in(
        db, identify(0, user="1", email="ann@x.com", phone="+12125550101"), identify(1, user="2", email="bob@x.com")
    )
    come_in(db, identify(2, user="2", phone="+12125550101"))


def who(db: Database, value: str) -> int:
    found: int = one(db, "SELECT person FROM identifier WHERE value = :v", v=value).person
    return found


def said(capture: pytest.CaptureFixture[bytes]) -> Any:
    return json.loads(capture.readouterr().out)


def test_people_are_merged_shown_split_and_taken_back(db: Database, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    ann, bob = who(db, "1"), who(db, "2")
    people.merge("ann@x.com", "customer_id=2", why="A call", as_json=True)
    done = said(capsysbinary)
    assert (done["person"], done["merged"]) == (str(ann), [str(ann), str(bob)])
    people.show(str(bob), as_json=True)
    shown = said(capsysbinary)
    assert (shown["person"], shown["said"][0]["why"]) == (str(ann), "A call")
    people.split(str(ann), ["email=BOB@x.com"], as_json=True)
    split = said(capsysbinary)
    assert who(db, "bob@x.com") == int(split["split"]) != ann
    people.undo(split["act"], as_json=True)
    people.undo(done["act"], as_json=True)
    assert who(db, "1") == ann != who(db, "2") == who(db, "bob@x.com")
    told = rows(db, "SELECT DISTINCT kind, who FROM audit WHERE area = 'people'")
    assert [tuple(row) for row in told] == [("process", "command line")]


def test_what_is_left_to_decide_is_listed_and_decided(db: Database, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    people.conflicts(as_json=True)
    listed = said(capsysbinary)["conflicts"]
    assert {person for each in listed for person in each["people"]} == {str(who(db, "1")), str(who(db, "2"))}
    people.keep_apart("customer_id=1", "customer_id=2", why="Two colleagues")
    assert b"antiphon people undo" in capsysbinary.readouterr().out
    assert one(db, "SELECT DISTINCT says, why FROM verdict") == ("different", "Two colleagues")
    people.conflicts(as_json=True)
    for each in said(capsysbinary)["conflicts"]:
        first, second = ("=".join(each[end].values()) if each[end] else "" for end in ("one", "other"))
        people.dismiss(first, second)
    people.conflicts()
    assert b"Nothing to decide" in capsysbinary.readouterr().out


def test_people_are_shown_in_tables(db: Database, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    people.conflicts()
    people.show("+1 212 555 0101")
    out = capsysbinary.readouterr().out
    assert b"ann@x.com" in out
    assert b"refused" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["email"], "'email' is neither a person's number nor an address."),
        (["email=nobody"], "'nobody' is not a value of 'email'."),
        (["customer_id=99"], "1 of these are not identifiers of this person."),
        (["customer_id=1", "email=ann@x.com", "phone=+12125550101"], "leave at least one where it is"),
    ],
)
def test_what_cannot_be_split_says_why(db: Database, words: list[str], says: str) -> None:
    with pytest.raises(AntiphonError) as caught:
        people.split(str(who(db, "1")), words)
    assert says in str(caught.value)
    with pytest.raises(AntiphonError, match=r"There is no person 4711\."):
        people.show("4711")
    with pytest.raises(AntiphonError, match="longer than 500 characters"):
        people.merge("customer_id=1", "customer_id=2", why="x" * 501)
    with pytest.raises(NotFoundError, match="Nobody is known by email"):
        people.show("eve@x.com")
