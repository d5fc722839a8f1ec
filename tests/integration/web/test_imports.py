"""Imports through the pages: upload, columns, start, watch, report; and everybody as a file."""

import csv
import io
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from tests.integration.intake.files.helpers import bring_in, kept
from tests.integration.intake.helpers import resolve_all, rows
from tests.integration.web.conftest import Site, csrf, post

from antiphon.intake.files.running import run_imports

TABLE = (
    "E-mail,Shoe size,Email consent,Consent at,Consent method\n"
    "ann@example.com,38,subscribed,2024-01-02,web form\n"
    "bob@example.com,41,subscribed,,\n"
    "cem@example.com,=1+1,unsubscribed,,\n"
    "nonsense,1,subscribed,,\n"
)


def send(owner: TestClient, raw: bytes, name: str = "people.csv", **headers: str) -> Any:
    token = csrf(owner.get("/people/imports").text)
    return owner.post("/people/imports", data={"csrf": token}, files={"file": (name, raw)}, headers=headers)


def test_the_main_path(site: Site, owner: TestClient) -> None:
    assert "Nothing was imported yet" in owner.get("/people/imports").text
    answer = send(owner, TABLE.encode())
    assert answer.status_code == 303
    where = answer.headers["location"]
    shown = owner.get(where).text
    for words in (
        "3 people come in",
        "1 may be written to by email",
        "without evidence",
        "has opted out by email",
        "1 row is refused",
        "When or how they agreed by email is not known",
        "Email: subscribed, 2024-01-02",
    ):
        assert words in shown, words
    changed = post(owner, where, f"{where}/mapping", shape="csv", **{"field-1": "trait:size:number"})
    assert "no number; kept as text" in changed.text
    wrong = post(owner, where, f"{where}/mapping", shape="csv", **{"field-1": "email"})
    assert (wrong.status_code, "cannot both be" in wrong.text) == (422, True)
    assert post(owner, where, f"{where}/start", shape="csv").status_code == 303
    assert site.woken == 1
    assert 'hx-trigger="every 1s"' in owner.get(where).text
    run_imports(site.db, site.now)
    resolve_all(site.db, site.now)
    done = owner.get(where).text
    assert "hx-trigger" not in done.split('id="import"')[1][:200]
    assert "email &#39;nonsense&#39; cannot be used" in done
    mend = list(csv.reader(io.StringIO(owner.get(f"{where}/refused.csv").text.lstrip("\ufeff"))))
    assert mend[1:] == [["nonsense", "1", "subscribed", "", "", "line 5: email 'nonsense' cannot be used"]]
    assert f"{where}/refused.csv" in done
    report = list(csv.reader(io.StringIO(owner.get(f"{where}/report.csv").text.lstrip("\ufeff"))))
    assert [row[1:4] for row in report[1:]] == [
        ["4", "partly", "size '=1+1' is no number; kept as text"],
        ["5", "no", "email 'nonsense' cannot be used"],
    ]
    assert "Done" in owner.get("/people/imports").text
    assert {row.what for row in rows(site.db, "SELECT what FROM audit WHERE area = 'people'")} == {
        "file uploaded for import",
        "import started",
    }


def test_what_is_no_table_is_told_at_the_field(site: Site, owner: TestClient) -> None:
    for raw, words in (
        (b"", "is empty"),
        (b"ann@example.com,Ann\n", "is a person"),
        (b"PK\x03\x04x", "not an archive"),
    ):
        answer = send(owner, raw)
        assert (answer.status_code, words in answer.text) == (422, True)
    token = csrf(owner.get("/people/imports").text)
    assert "Choose a file first" in owner.post("/people/imports", data={"csrf": token}).text
    huge = owner.post("/people/imports", content=b"x", headers={"content-length": str(2**31)})
    assert (huge.status_code, "larger than" in huge.text) == (400, True)
    assert owner.post("/people/imports", files={"file": ("a.csv", b"email\na@example.com\n")}).status_code != 303
    assert send(owner, TABLE.encode(), **{"hx-request": "true"}).headers["hx-redirect"] == "/people/imports/4"


def test_an_import_is_cancelled_and_a_failed_one_goes_on(site: Site, owner: TestClient) -> None:
    number = kept(site.db, TABLE)
    where = f"/people/imports/{number}"
    assert post(owner, where, f"{where}/cancel").status_code == 303
    assert "Cancelled" in owner.get(where).text
    assert post(owner, "/people/imports", f"{where}/start").status_code == 422
    assert owner.get("/people/imports/999").status_code == 404


def test_only_those_who_are_signed_in_see_raw_rows(site: Site, owner: TestClient) -> None:
    assert owner.get("/people/imports").status_code == 200
    assert site.browser().get("/people/imports").status_code == 303


def test_everybody_as_a_file(site: Site, owner: TestClient) -> None:
    bring_in(site.db, TABLE + 'dan@example.com,"@SUM(1)",,,\n')
    bring_in(site.db, "email,phone,customer id\nann@example.com,+12125550101,c1\nann@example.com,+12125550102,c1\n")
    text = owner.get("/people/export.csv").text
    found = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    by_email = {row["email"]: row for row in found}
    ann = by_email["ann@example.com"]
    assert ann["more_traits"] == ""
    assert (ann["customer_id"], ann["email_marketing"], ann["email_method"]) == ("c1", "subscribed", "import: web form")
    assert {row["phone"] for row in found if row["person"] == ann["person"]} == {"+12125550101", "+12125550102"}
    assert (by_email["bob@example.com"]["email_marketing"], by_email["bob@example.com"]["email_method"]) == (
        "pending",
        "import: claimed",
    )
    assert by_email["cem@example.com"]["email_suppressed"] == "import"
    assert (by_email["cem@example.com"]["Shoe size"], by_email["dan@example.com"]["Shoe size"]) == ("'=1+1", "'@SUM(1)")
    assert rows(site.db, "SELECT what FROM audit WHERE area = 'privacy'")[0].what == "everybody exported"


def test_an_export_comes_back_as_it_was(site: Site, owner: TestClient) -> None:
    bring_in(site.db, TABLE)
    before = rows(site.db, "SELECT address, marketing FROM person_address ORDER BY address")
    text = owner.get("/people/export.csv").text
    bring_in(site.db, text, now=site.now + timedelta(days=1))
    assert rows(site.db, "SELECT address, marketing FROM person_address ORDER BY address") == before
