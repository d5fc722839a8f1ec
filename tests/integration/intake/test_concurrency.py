"""Many writers beside the resolver: nothing is lost, nothing comes twice, the horizon tells the truth."""

from threading import Event, Thread
from time import sleep

from tests.integration.intake.helpers import groups, one, resolve_all, rows, track

from antiphon.intake.arrivals import store_arrivals, write_arrivals
from antiphon.intake.resolve import resolve
from antiphon.store.db import Database


def test_nothing_is_lost_between_writers_and_resolvers(db: Database) -> None:
    done = Event()

    def write(writer: int) -> None:
        for batch in range(12):
            store_arrivals(
                db,
                [
                    track(i, "X", f"{writer}-{batch}-{i}", userId=f"u{i}", anonymousId=f"d{writer}-{i}")
                    for i in range(20)
                ],
            )

    def keep_resolving() -> None:
        while not done.is_set():
            resolve(db, limit=70)

    writers = [Thread(target=write, args=(n,)) for n in range(4)]
    resolvers = [Thread(target=keep_resolving) for _ in range(2)]
    for thread in writers + resolvers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in resolvers:
        thread.join()
    resolve_all(db)
    assert one(db, "SELECT count(*) AS n FROM event").n == 4 * 12 * 20
    assert one(db, "SELECT count(*) AS n, count(DISTINCT event) AS ids FROM fresh") == (960, 960)
    assert groups(db) == {frozenset({f"customer_id:u{i}", *(f"device:d{w}-{i}" for w in range(4))}) for i in range(20)}
    assert rows(db, "SELECT 1 FROM arrival") == []


def test_the_horizon_never_passes_an_arrival_that_is_still_being_stored(db: Database) -> None:
    """The slow transaction read the clock first and commits last; no horizon may lie between the two."""
    with db.begin("intake") as slow:
        received_at = write_arrivals(slow, [track(0, "Slow", userId="7")])
        store_arrivals(db, [track(1, "Quick", userId="8")])
        report = resolve(db)
        assert report.events == 1  # what is visible is worked on
        assert report.horizon is None
        state = one(db, "SELECT nullif(horizon, '-infinity') AS horizon FROM resolve_state")
        assert state.horizon is None
    after = resolve_all(db)
    assert after.events == 1
    assert after.horizon is not None
    assert after.horizon > received_at


def test_intake_does_not_stand_still_behind_a_waiting_resolver(db: Database) -> None:
    with db.begin("intake") as slow:
        write_arrivals(slow, [track(0, "Slow", userId="7")])
        resolver = Thread(target=resolve, args=(db,))
        resolver.start()
        sleep(0.1)
        store_arrivals(db, [track(1, "Quick", userId="8")])  # waits at most for the resolver's patience
        resolver.join()
    assert resolve_all(db).arrivals + len(rows(db, "SELECT 1 FROM event")) >= 2
