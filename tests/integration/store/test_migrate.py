"""A database of an earlier release, carried forward with what it holds."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.engine import make_url

from antiphon.store import migrate
from antiphon.store.db import Database


@pytest.fixture
def empty(server: str) -> Iterator[Database]:
    """A database without a schema, beside the one of the other tests."""
    whole = Database(server)
    with whole.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS antiphon_earlier WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE antiphon_earlier"))
    found = Database(make_url(server).set(database="antiphon_earlier").render_as_string(hide_password=False))
    yield found
    found.dispose()
    with whole.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE antiphon_earlier WITH (FORCE)"))
    whole.dispose()


def test_the_keys_of_the_first_release_may_send_everything(empty: Database) -> None:
    with empty.begin("migrate") as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text("INSERT INTO source (name, key_prefix, key_sha256, created_at) VALUES ('shop', 'ak_', 'x', now())")
        )
    assert migrate.current(empty) == "0001"
    assert migrate.upgrade(empty)
    with empty.read() as connection:
        assert connection.execute(text("SELECT scope FROM source")).scalar_one() == "server"
    assert migrate.current(empty) == migrate.head()
    assert not migrate.upgrade(empty)
