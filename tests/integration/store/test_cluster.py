"""What can be told without a cluster; ``tests/acceptance/citus/run.py`` has the rest."""

from antiphon.store.cluster import distribute
from antiphon.store.db import Database


def test_one_server_is_left_as_it_is(db: Database) -> None:
    assert distribute(db) is False
