"""Imports: whatever can be read is kept, whatever cannot is named by its line, and a repeat changes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conftest import NOON
from tests.integration.intake.helpers import one, resolve_all, rows

from antiphon.engine.commands import carry_out
from antiphon.intake.files.forgotten import REASON
from antiphon.intake.imports import import_events, import_people
from antiphon.intake.readers import Line, read_rows
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database

PEOPLE = """customer_id,E-mail,phone,first_name,timezone,email_consent,sms_consent,cart_consent,double_opt_in,consent_at,\
shoe_size,consent_source
c1,Ann@X.com,(212) 555-0100,Ann,America/Chicago,subscribed,yes,yes,true,2025-05-05T10:00:00Z,38,checkout
c2,bob@x.com,,Bob,,unsubscribed,,,,2025-05-05T10:00:00Z,
c3,nonsense,,Cem,Mars/Olympus,subscribed,,,,,
,,,Nobody,,,,,,,
c4,dan@x.com,,Dan,,perhaps,,,,,
c5,eve@x.com,,Eve,,,,,,,,,too many
c6,,+12125550111,Fay,,,unsubscribed,,,,
"""


def test_people(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8-sig")
    told: list[int] = []
    report = import_people(db, path, NOON, mapping={"E-mail": "email"}, progress=told.append)
    assert (report.rows, told) == (7, [7])
    assert [(e.line, e.error.split(";")[0]) for e in report.errors] == [
        (4, "email 'nonsense' cannot be used"),
        (4, "timezone 'Mars/Olympus' is not known"),
        (5, "no usable identifier: userId, anonymousId, email, phone or externalIds"),
        (6, "email_consent is 'perhaps', not subscribed, unsubscribed, pending or never"),
        (7, "more fields than the header's 12"),
    ]
    resolve_all(db)
    assert len(rows(db, "SELECT 1 FROM person")) == 4
    ann = one(db, "SELECT traits FROM person WHERE traits->>'first_name' = 'Ann'").traits
    assert ann == {
        "email": "Ann@X.com",
        "phone": "(212) 555-0100",
        "first_name": "Ann",
        "timezone": "America/Chicago",
        "shoe_size": "38",
    }
    held = rows(db, "SELECT address, marketing, marketing_at, cart, cart_double FROM person_address ORDER BY address")
    agreed = datetime(2025, 5, 5, 10, tzinfo=UTC)
    assert [tuple(h) for h in held if h.address != "+12125550111"] == [
        ("+12125550100", "subscribed", agreed, "subscribed", True),
        ("ann@x.com", "subscribed", agreed, "never", False),
        ("bob@x.com", "unsubscribed", agreed, "unsubscribed", False),
    ]
    barred = rows(db, "SELECT address, reason FROM suppression ORDER BY address")
    assert [tuple(b) for b in barred] == [("+12125550111", "import"), ("bob@x.com", "import")]
    assert {f.backfill for f in rows(db, "SELECT backfill FROM fresh")} == {True}


def test_a_repeated_import_changes_nothing(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    for _ in range(2):
        import_people(db, path, NOON, mapping={"E-mail": "email"})
        resolve_all(db)
    assert len(rows(db, "SELECT 1 FROM consent_fact WHERE address = 'ann@x.com'")) == 1
    assert len(rows(db, "SELECT 1 FROM event")) == 4  # two sign-ups of Ann's, two opt-outs


EVENTS = [
    b'{"type":"track","userId":"c1","event":"Product Viewed","timestamp":"2025-01-02T00:00:00Z","properties":{"sku":"x"}}',
    b'{"customer_id":"c1","event":"Order Completed","timestamp":"2025-01-03T00:00:00Z","order_id":"0017","revenue":"12.50"}',
    b"{oops",
    b"[]",
    b"",
    b'{"customer_id":"c1","timestamp":"2025-01-03T00:00:00Z"}',
    b'{"email":"ann@x.com","event":"Product Reviewed","timestamp":"2025-01-04T00:00:00Z","properties":"{\\"stars\\": 5}"}',
]


def test_events_as_json_lines(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(EVENTS))
    report = import_events(db, path, NOON)
    assert (report.rows, report.arrivals, report.error_count) == (6, 3, 3)
    assert [e.line for e in report.errors] == [3, 4, 6]
    resolve_all(db)
    found = [tuple(e) for e in rows(db, "SELECT name, props, backfill FROM event ORDER BY at")]
    assert found == [
        ("Product Viewed", {"sku": "x"}, True),
        ("Order Completed", {"order_id": "0017", "revenue": 12.5}, True),
        ("Product Reviewed", {"stars": 5}, True),
    ]


def test_events_may_start_journeys_when_asked(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user_id;at;what\nc1;2026-03-03T10:00:00;x\n")
    import_events(db, path, NOON, event="Visited", backfill=False, mapping={"what": "kind"}, virtual=True)
    arrival = one(db, "SELECT backfill, at, received_at, body->'properties' AS props FROM arrival")
    assert arrival == (False, datetime(2026, 3, 3, 10, tzinfo=UTC), NOON, {"kind": "x"})


def test_lines_of_a_parquet_file_become_orders_by_a_reader_of_ones_own(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "lines.parquet"
    lines = [("o1", 7, 2, 1.5), ("o1", 7, 1, 4.0), ("o2", 8, 3, float("nan"))]
    table = pa.table(
        {
            "invoice": [line[0] for line in lines],
            "customer": [line[1] for line in lines],
            "at": [datetime(2011, 1, 1 + i, 8, 26) for i in range(3)],  # noqa: DTZ001  # files have naive times
            "quantity": [line[2] for line in lines],
            "price": [line[3] for line in lines],
        }
    )
    pq.write_table(table, path, row_group_size=2)

    def orders(source: Path) -> Iterator[Line]:
        found: dict[str, dict[str, Any]] = {}
        for number, line in read_rows(source):
            assert isinstance(line, dict)
            order = found.setdefault(
                line["invoice"], {"userId": line["customer"], "timestamp": line["at"], "line": number, "products": []}
            )
            order["products"].append({"quantity": line["quantity"], "price": line["price"]})
        for invoice, order in found.items():
            revenue = sum(p["quantity"] * (p["price"] or 0) for p in order["products"])
            yield order.pop("line"), {**order, "event": "Order Completed", "order_id": invoice, "revenue": revenue}

    report = import_events(db, path, NOON, reader=orders)
    assert (report.rows, report.error_count) == (2, 0)
    resolve_all(db)
    found = rows(db, "SELECT at, via, props FROM event ORDER BY at")
    assert found[0].props == {
        "order_id": "o1",
        "revenue": 7.0,
        "products": [{"quantity": 2, "price": 1.5}, {"quantity": 1, "price": 4.0}],
    }
    assert (found[1].at, found[1].via) == (datetime(2011, 1, 3, 8, 26, tzinfo=UTC), "customer_id:8")
    assert found[1].props["products"] == [{"quantity": 3, "price": None}]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("people.xlsx", b"", "no kind that can be imported"),
        ("people.csv", b"customer_id\n\xff\xfe\n", "not UTF-8"),
        ("people.parquet", b"PAR1", "not Parquet"),
    ],
)
def test_files_that_cannot_be_read(db: Database, tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AntiphonError, match=words):
        import_people(db, path, NOON)


def test_a_missing_file(db: Database, tmp_path: Path) -> None:
    with pytest.raises(AntiphonError, match="no file"):
        import_people(db, tmp_path / "people.csv", NOON)


def test_who_is_erased_while_the_file_is_read_does_not_come_back(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,first_name\nann@x.com,Ann\n")
    import_people(db, path, NOON, virtual=True)
    resolve_all(db, NOON)
    person = one(db, "SELECT person FROM identifier WHERE value = 'ann@x.com'").person

    def reader(_: Path) -> Iterator[Line]:
        yield 2, {"email": "Ann@X.com", "first_name": "Ann"}
        assert carry_out(db, "person.erase", {"person": person}, "test", NOON)["erased"]
        yield 3, {"email": "bob@x.com", "first_name": "Bob"}

    report = import_people(db, path, NOON, reader=reader, virtual=True)
    assert (report.arrivals, [(e.line, e.error) for e in report.errors]) == (1, [(2, REASON)])
    resolve_all(db, NOON)
    assert [row.value for row in rows(db, "SELECT value FROM identifier")] == ["bob@x.com"]
