"""An old backup that is restored must not send again what was sent after it was made."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import BASE_URL, Shop, content_of

from antiphon.delivery.dispatch import Dispatcher
from antiphon.delivery.release import release, waiting
from antiphon.kit.buckets import abucket_of
from antiphon.kit.signing import Signer
from antiphon.store.db import Database

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.from_file(tmp_path / "key")


@pytest.fixture
def shop(db: Database) -> Shop:
    shop = Shop(db)
    shop.react(NOON + timedelta(days=9))
    shop.subscribe(*(f"p{n}@example.com" for n in range(5)))
    return shop


def worker(shop: Shop, signer: Signer) -> Dispatcher:
    return Dispatcher(shop.db, content_of, "w", signer, BASE_URL)


def dump(shop: Shop) -> list[tuple[object, ...]]:
    """What a backup keeps of delivery: the rows of the outbox as they are now."""
    with shop.db.begin("test") as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS backup_outbox (LIKE outbox)"))
        connection.execute(text("TRUNCATE backup_outbox"))
        connection.execute(text("INSERT INTO backup_outbox SELECT * FROM outbox"))
        return [tuple(row) for row in connection.execute(text("SELECT last_value, is_called FROM message_log_seq_seq"))]


def restore(shop: Shop, sequence: list[tuple[object, ...]]) -> None:
    with shop.db.begin("test") as connection:
        connection.execute(text("TRUNCATE outbox, message_log, message_key, text_key"))
        connection.execute(text("INSERT INTO outbox SELECT * FROM backup_outbox"))
        connection.execute(text("DROP TABLE backup_outbox"))
        value, called = sequence[0]
        connection.execute(
            text("SELECT setval('message_log_seq_seq', :value, :called)"), {"value": value, "called": called}
        )


def test_what_was_due_before_a_restored_backup_is_held(shop: Shop, signer: Signer) -> None:
    sent, early, late = (
        shop.plan("p0@example.com"),
        shop.plan("p1@example.com"),
        shop.plan("p2@example.com", due_at=LATER),
    )
    sequence = dump(shop)
    worker(shop, signer).run_once(NOON)
    assert shop.states() == {sent: "accepted", early: "accepted", late: "planned"}
    restore(shop, sequence)
    again = worker(shop, signer)
    again.run_once(NOON)
    assert shop.states() == {sent: "held", early: "held", late: "planned"}
    assert shop.log(sent) == [("planned", "held", "backup.restored")]
    assert len(shop.sandbox()) == 2, "nobody was written to twice"
    planned_anew = shop.plan("p3@example.com", due_at=NOON)
    worker(shop, signer).run_once(LATER)
    assert shop.states() == {sent: "held", early: "held", late: "accepted", planned_anew: "held"}
    where = (abucket_of("p3@example.com"), planned_anew)
    with shop.db.read() as connection:
        assert waiting(connection, NOON - timedelta(days=30)) == [("backup.restored", 3)]
        assert waiting(connection, LATER + timedelta(days=1)) == []
    assert release(shop.db, LATER, [where, (where[0], 12345)], "ann") == 1
    again.run_once(LATER)
    assert shop.states()[planned_anew] == "accepted", "a human let it go"


def test_a_database_that_went_on_is_no_backup(shop: Shop, signer: Signer) -> None:
    for number in range(3):
        message = shop.plan(f"p{number}@example.com")
        worker(shop, signer).run_once(NOON)
        assert shop.states()[message] == "accepted"


def test_another_installation_is_no_backup(shop: Shop, signer: Signer) -> None:
    shop.plan("p0@example.com")
    worker(shop, signer).run_once(NOON)
    with shop.db.begin("test") as connection:
        connection.execute(text("TRUNCATE outbox, message_log, message_key RESTART IDENTITY"))
        connection.execute(text("UPDATE setting SET value = '\"another\"' WHERE key = 'installation'"))
    message = shop.plan("p1@example.com")
    worker(shop, signer).run_once(NOON)
    assert shop.states() == {message: "accepted"}
