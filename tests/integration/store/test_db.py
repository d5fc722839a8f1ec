"""The way to the database: COPY raises what every other statement would raise, reads cannot write."""

import pytest
from sqlalchemy import column, func, insert, literal, select, table, text
from sqlalchemy.exc import IntegrityError, InternalError
from tests.statements import Watch

from antiphon.store.db import Database, copy_rows
from antiphon.store.tables import zone


def test_copy_raises_what_an_insert_would(db: Database) -> None:
    with pytest.raises(IntegrityError, match="pk_zone"), db.begin("install") as connection:
        copy_rows(connection, zone, ("id", "name"), [(0, "again")])


def test_a_read_cannot_write(db: Database, watch: Watch) -> None:
    with pytest.raises(InternalError, match="read-only"), db.read() as connection:
        connection.execute(text("DELETE FROM zone"))
    assert "stage 'read' writes zone" in watch.take()[0]


def test_an_insert_built_with_core_tells_how_many_rows_it_made(db: Database) -> None:
    columns = ("id", "name")
    some = select(func.generate_series(1, 3), literal("name"))
    with db.begin("test") as connection:
        connection.execute(text("CREATE TEMPORARY TABLE made (id int, name text) ON COMMIT DROP"))
        assert (
            connection.execute(insert(table("made", column("id"), column("name"))).from_select(columns, some)).rowcount
            == 3
        )


def test_a_transaction_that_is_not_durable_says_so_to_itself_alone(db: Database) -> None:
    with db.begin("tick", durable=False) as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "off"
    with db.begin("tick") as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
