"""Two engines on the same buckets: together they do everything once."""

import threading
from datetime import timedelta

from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.engine import Engine
from antiphon.kit.signing import Signer

PEOPLE = 40


def test_two_engines_on_one_database_do_everything_once(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    for number in range(PEOPLE):
        shop.consents(f"u{number}", "email", f"u{number}@example.com")
        shop.leaves_cart(f"u{number}", f"c{number}")
    moments = [shop.now + timedelta(minutes=minutes) for minutes in (5, 31, 35, 40, *range(260, 420, 20))]
    failures: list[BaseException] = []
    together = threading.Barrier(2)

    def run(name: str) -> None:
        engine = Engine(shop.db, Signer(b"x" * 32), base_url="https://shop.example", worker=name)
        try:
            for moment in moments:
                together.wait(60)  # one clock for both
                engine.settle(moment)
        except BaseException as error:  # noqa: BLE001  # a thread's error must reach the test
            failures.append(error)
            together.abort()
        finally:
            engine.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    shop.engine.settle(moments[-1])  # what one held while the other looked
    assert shop.one("SELECT count(*) FROM entry") == PEOPLE
    sent = shop.rows("SELECT address, step, count(*) AS n FROM outbox WHERE state = 'accepted' GROUP BY address, step")
    assert len(sent) == 2 * PEOPLE
    assert {row.n for row in sent} == {1}
    assert shop.one("SELECT count(*) FROM sandbox_message") == 2 * PEOPLE
    twice = "SELECT count(*) FROM (SELECT run, seq FROM move GROUP BY run, seq HAVING count(*) > 1) t"
    assert shop.one(twice) == 0
