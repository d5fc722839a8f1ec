"""Merges and splits in the middle of ticks lose nothing and repeat nothing."""

from datetime import timedelta
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.commands import CommandFailedError, carry_out
from antiphon.engine.engine import Engine
from antiphon.kit.signing import Signer

JOURNEY = """\
journey: kept
name: Kept
trigger: {event: Kept, key: key}
reentry: {mode: each_key}
steps:
  - {id: rest, type: wait, for: 1h}
  - {id: write, type: message, channels: [email], content: {email: {subject: Hi, mjml: "<mj-section/>"}}}
"""

#: Rounds at least, and at most until the human, who waits for the same locks, has said enough.
PEOPLE, ROUNDS, MOST, ENOUGH = 6, 12, 60, 3


def _says(shop: ShopUnderTest, chance: Random, stop: Event, said: list[Any]) -> None:
    """A human who merges, splits and takes it back all the while."""
    while not stop.is_set():
        one, other = (f"c{n}" for n in chance.sample(range(PEOPLE), 2))
        persons = [shop.one("SELECT person FROM identifier WHERE value = :v", v=value) for value in (one, other)]
        try:
            done = carry_out(shop.db, "people.merge", {"person": persons[0], "other": persons[1]}, "robin", shop.now)
            said.append(done)
            if chance.random() < 0.5:
                carry_out(shop.db, "people.undo", {"act": done["act"]}, "robin", shop.now)
            else:
                own = [["customer_id", other], ["device", f"d{other[1:]}"]]
                carry_out(shop.db, "people.split", {"person": done["person"], "identifiers": own}, "robin", shop.now)
        except CommandFailedError:
            continue


@pytest.mark.parametrize("seed", [1, 2])
def test_merges_in_the_middle_of_ticks_lose_and_repeat_nothing(shop: ShopUnderTest, seed: int) -> None:
    shop.publish(JOURNEY)
    chance = Random(seed)
    for n in range(PEOPLE):
        shop.arrive("identify", {"userId": f"c{n}", "anonymousId": f"d{n}", "traits": {"timezone": "America/New_York"}})
        shop.consents(f"c{n}", "email", f"p{n}@example.com")
    shop.settle()
    stop, said, keys = Event(), list[Any](), 0
    human = Thread(target=_says, args=(shop, Random(seed + 100), stop, said))
    second = Engine(shop.db, Signer(b"x" * 32), base_url="https://shop.example", worker="second")
    human.start()
    try:
        for number in range(MOST):
            if number >= ROUNDS and len(said) >= ENOUGH:
                break
            for _ in range(4):
                who, keys = chance.randrange(PEOPLE), keys + 1
                by = {"userId": f"c{who}"} if chance.random() < 0.5 else {"anonymousId": f"d{who}"}
                shop.arrive("track", {**by, "event": "Kept", "properties": {"key": f"k{keys}"}})
            ticking = Thread(target=second.cycle, args=(shop.now,))
            ticking.start()
            shop.engine.cycle(shop.now)
            ticking.join()
            shop.now += timedelta(minutes=20)
    finally:
        stop.set()
        human.join()
        second.close()
    shop.passes(timedelta(hours=3), timedelta(minutes=20))
    assert len(said) >= ENOUGH
    assert shop.one("SELECT count(*) FROM fresh") == 0
    assert shop.one("SELECT count(*) FROM event WHERE name = 'Kept'") == keys
    assert shop.one("SELECT sum(n) FROM event_total WHERE name = 'Kept'") == keys
    runs = shop.rows(
        "SELECT run_key, person, id, bucket FROM run_done UNION ALL SELECT run_key, person, id, bucket FROM run"
    )
    assert sorted(row.run_key for row in runs) == sorted(f"k{n + 1}" for n in range(keys))
    entries = {(row.run_key, row.person, row.run) for row in shop.rows("SELECT run_key, person, run FROM entry")}
    assert entries == {(row.run_key, row.person, row.id) for row in runs}
    lost = text(
        "SELECT count(*) FROM event e WHERE name = 'Kept' "
        "AND NOT EXISTS (SELECT FROM person p WHERE p.bucket = e.bucket AND p.id = e.person)"
    )
    with shop.db.read() as connection:
        assert connection.execute(lost).scalar_one() == 0
    sent = shop.rows("SELECT run, person, state FROM outbox")
    assert len(sent) == len({row.run for row in sent})
    owner = {row.id: row.person for row in runs}
    assert all(owner[row.run] == row.person for row in sent)
