"""What an installation needs is filled in once, and again where a release brings other data."""

from datetime import UTC, datetime

from sqlalchemy import text

from antiphon.kit.zones import spans
from antiphon.store.db import Database
from antiphon.store.install import prepare

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def offsets(db: Database) -> set[int]:
    with db.read() as connection:
        return set(connection.execute(text("SELECT utc_offset FROM zone_span WHERE zone = 7")).scalars())


def test_spans_of_another_release_are_written_anew_those_of_this_one_are_not(db: Database) -> None:
    spoiled = text("UPDATE zone_span SET utc_offset = 1 WHERE zone = 7")
    with db.begin("install") as connection:
        connection.execute(spoiled)
    prepare(db, NOW)
    assert offsets(db) == {1}  # this release's already: nothing is looked at
    with db.begin("install") as connection:
        connection.execute(text("""UPDATE setting SET value = '["2020a 2009-2041 519"]' WHERE key = 'zones'"""))
    prepare(db, NOW)
    assert offsets(db) == {span.utc_offset for span in spans(7)}
