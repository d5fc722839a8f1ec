"""The worker's learner looks when it is time, and learns beside the cycles."""

from datetime import timedelta

from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.catalogue.recommend.test_learning import buyer

from antiphon.engine.learning import FIRST, LOOK, Learner
from antiphon.store.db import Database


def finished(db: Database) -> list[object]:
    with db.read() as connection:
        return list(connection.execute(text("SELECT finished_at FROM learned")).scalars())


def test_it_learns_a_while_after_the_worker_began(db: Database) -> None:
    buyer(db, 1, [("Order Completed", NOON - timedelta(days=3), ["a1"])])
    learner = Learner(db)
    learner.carry_on(NOON)
    learner.carry_on(NOON + FIRST / 2)
    assert learner._thread is None
    learner.carry_on(NOON + FIRST)
    assert learner._thread is not None
    learner._thread.join()
    assert finished(db) == [NOON + FIRST]
    first = learner._thread
    learner.carry_on(NOON + FIRST + LOOK / 2)
    assert learner._thread is first
    learner.carry_on(NOON + FIRST + LOOK)
    assert learner._thread is not first
    learner.stop()
    assert finished(db) == [NOON + FIRST]  # nothing new had happened


def test_stopped_it_breaks_off(db: Database) -> None:
    buyer(db, 1, [("Order Completed", NOON - timedelta(days=3), ["a1"])])
    learner = Learner(db)
    learner.carry_on(NOON)
    learner.stop()
    learner.carry_on(NOON + FIRST)
    learner.stop()
    assert finished(db) == [None]
