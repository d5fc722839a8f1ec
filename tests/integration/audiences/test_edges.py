"""Conditions at the edges of what may be written are answered for everybody, or refused where they are written."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import text
from tests.integration.audiences.world import END

from antiphon.audiences.evaluate import evaluate, parameters
from antiphon.audiences.models import Condition
from antiphon.store.db import Database

ADAPTER: TypeAdapter[Any] = TypeAdapter(Condition)
ORDER = {"kind": "event", "event": "Order Completed"}
MANY = [str(n) for n in range(1_000)]
ANSWERED: dict[str, tuple[dict[str, Any], bool]] = {
    "more parts than a function has values": (
        {"kind": "any", "of": [{"kind": "trait", "trait": "city", "value": str(n)} for n in range(198, -1, -1)]},
        True,
    ),
    "a path of more names than a function has values": (
        {"kind": "trait", "trait": ".".join("a" * 100), "op": "exists"},
        False,
    ),
    "more values than a statement has room for": (
        {"kind": "any", "of": [{"kind": "trait", "trait": "city", "op": "in", "value": MANY}] * 40},
        True,
    ),
    "more products than a statement has room for": (
        {"kind": "all", "of": [{"kind": "product", "relation": "viewed", "product": MANY[:200]}] * 120},
        False,
    ),
    "the most often that can be asked": (ORDER | {"within": "9d", "at_least": 1_000_000}, False),
    "the longest window": (ORDER | {"within": "36525d"}, False),
    "the oldest order": ({"kind": "purchase", "age_of": "last", "older_than": "36525d"}, False),
    "the last date": ({"kind": "date", "after": "9998-12-31T23:59:59-12:00"}, False),
    "digits of another script": ({"kind": "date", "anniversary": "birthday", "within": "3d"}, False),
}
REFUSED: dict[str, dict[str, Any]] = {
    "a window of more than a hundred years": ORDER | {"within": "36526d"},
    "a window that no calendar holds": ORDER | {"within": "9" * 300 + "d"},
    "a date that ends in another millennium": {"kind": "date", "before": "9999-12-31T23:59:59-12:00"},
    "more often than anybody does anything": ORDER | {"at_least": 2**31},
    "a bound that is no number of the database": ORDER | {"within": "9d", "at_most": 10**20},
}


@pytest.mark.parametrize("edge", ANSWERED)
def test_what_may_be_written_is_answered(db: Database, edge: str) -> None:
    condition, expected = ANSWERED[edge]
    with db.begin("install") as connection:
        connection.execute(
            text("""
                INSERT INTO person (bucket, id, die, traits, first_seen_at, last_seen_at)
                VALUES (0, 256, 1, '{"city": "7", "birthday": "05-1\\u0667"}', :at, :at)
            """),
            {"at": END},
        )
    with db.read() as connection:
        asked = evaluate(ADAPTER.validate_python(condition), END, given=True)
        told = asked.selected_columns
        row = connection.execute(asked.with_only_columns(told.truth, told.evidence), parameters([(0, 256)])).one()
        assert row.truth is expected
        assert row.evidence


@pytest.mark.parametrize("edge", REFUSED)
def test_what_cannot_be_answered_is_refused(edge: str) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(REFUSED[edge])
