"""What COPY is given comes back as it was, whatever stands in it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Float, Integer, MetaData, Numeric, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from antiphon.store import copying
from antiphon.store.db import Database, copy_rows

TABLE = Table(
    "copied",
    MetaData(),
    Column("place", Integer),
    Column("words", Text),
    Column("number", BigInteger),
    Column("share", Float),
    Column("money", Numeric(12, 2)),
    Column("at", TIMESTAMP(timezone=True)),
    Column("yes", Boolean),
    Column("many", ARRAY(Integer)),
    Column("id", Uuid),
    Column("told", JSONB),
    prefixes=["TEMPORARY"],
)

FIRST_LAST = [datetime(year, 1, 2, tzinfo=UTC).replace(tzinfo=None) for year in (1, 9999)]

words = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])) | st.text("\\\t\n\r.N")
rows = st.tuples(
    st.none() | words,
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False),
    st.none() | st.decimals(-(10**9), 10**9, places=2),
    st.none() | st.datetimes(*FIRST_LAST, timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])),
    st.none() | st.booleans(),
    st.none() | st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3),
    st.none() | st.uuids(),
    st.none() | st.dictionaries(words, words, max_size=3),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_rows=st.lists(rows, max_size=20), block=st.sampled_from([1, 50, 1 << 16]))
def test_rows_come_back_as_they_were(db: Database, given_rows: list[tuple[object, ...]], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch, db.begin("test") as connection:
        patch.setattr(copying, "_BLOCK", block)
        TABLE.drop(connection, checkfirst=True)
        TABLE.create(connection)
        written = [
            (place, *row[:-1], None if row[-1] is None else Jsonb(row[-1])) for place, row in enumerate(given_rows)
        ]
        count = copy_rows(connection, TABLE, [column.name for column in TABLE.c], written)
        found = [tuple(row)[1:] for row in connection.execute(select(TABLE).order_by(TABLE.c.place))]
        TABLE.drop(connection)
    assert count == len(given_rows)
    assert found == given_rows


@given(given_rows=st.lists(rows, max_size=20))
def test_columns_are_written_as_rows_are(given_rows: list[tuple[object, ...]]) -> None:
    written = [(*row[:-1], None if row[-1] is None else Jsonb(row[-1])) for row in given_rows]
    block, count = copying.block_of(list(zip(*written, strict=True)))
    assert count == len(given_rows)
    assert block == b"".join(each for each, _ in copying.blocks(written))


@pytest.mark.parametrize("value", [object(), timedelta(1), [1.5], b"bytes"])
def test_a_value_without_a_text_is_named(value: object) -> None:
    with pytest.raises(TypeError, match="COPY"):
        list(copying.blocks([(1, value)]))
    with pytest.raises(TypeError, match="COPY"):
        copying.block_of([(1,), (value,)])


def test_what_was_copied_before_an_unusable_value_is_not_kept(db: Database) -> None:
    with db.begin("test") as connection:
        TABLE.create(connection)
        with pytest.raises(TypeError), connection.begin_nested():
            copy_rows(connection, TABLE, ["place"], [(1,), (object(),)])
        assert connection.execute(select(TABLE)).all() == []
        TABLE.drop(connection)


def test_everyday_values() -> None:
    now = datetime(2026, 3, 3, 12, tzinfo=UTC)
    number = UUID(int=1)
    [(block, count)] = copying.blocks([(1, "a", None, now, True, [1, 2], Decimal("1.50"), number)])
    assert block == b"1\ta\t\\N\t2026-03-03T12:00:00+00:00\tt\t{1,2}\t1.50\t00000000-0000-0000-0000-000000000001\n"
    assert count == 1
