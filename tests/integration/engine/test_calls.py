"""Calls of other programs in journeys, over real HTTP: answered, refused, tried again, and never to where they may not go."""

import hmac
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from tests.conftest import NOON
from tests.integration.engine.callee import Callee, Reply, listening
from tests.integration.engine.shop import ShopUnderTest

from antiphon.engine.commands import carry_out
from antiphon.engine.engine import Engine
from antiphon.engine.errands import queries, wire
from antiphon.engine.errands.calling import secret_of
from antiphon.engine.health import examine
from antiphon.intake.resolve import resolve
from antiphon.journeys.errands.addresses import Allowed, allowed_of
from antiphon.journeys.errands.hosts import allow, forbid
from antiphon.journeys.source import JourneyError
from antiphon.kit.signing import Signer
from antiphon.store.audit import COMMAND_LINE

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

JOURNEY = """\
journey: calls
name: Calls
trigger: {{event: Started, key: key, max_lateness: 2d}}
reentry: {{mode: each_key}}
steps:
  - {{id: tell, type: call, url: "{url}", next: good, otherwise: bad{more}}}
  - {{id: good, type: wait, for: 30d}}
  - {{id: bad, type: wait, for: 30d}}
"""


@pytest.fixture
def callee() -> Iterator[Callee]:
    with listening() as found:
        yield found


def begin(shop: ShopUnderTest, callee: Callee, more: str = "", *, allowed: bool = True) -> None:
    if allowed:
        allow(shop.db, allowed_of(callee.host), shop.now, COMMAND_LINE)
    shop.publish(JOURNEY.format(url=callee.url, more=more))
    shop.knows("ann", first_name="Ann")
    shop.does("ann", "Started", key="k", total=12.5)


def at(shop: ShopUnderTest) -> list[tuple[str, timedelta]]:
    rows = shop.rows("SELECT to_step, at FROM move ORDER BY at, run")
    return [(row.to_step, row.at - NOON) for row in rows]


def why(shop: ShopUnderTest) -> Any:
    return shop.one("SELECT why FROM move WHERE from_step = 'tell'")


def asked(shop: ShopUnderTest) -> None:
    """As far as the errand: the tick has asked, and nobody has called yet."""
    resolve(shop.db, shop.now)
    shop.engine.ticker.tick(shop.now)


def due(shop: ShopUnderTest) -> list[Any]:
    return shop.rows(str(queries.DUE_STEPS), now=shop.now, look=100)


def test_a_call_tells_of_the_person_and_the_occasion_and_keeps_the_answer(shop: ShopUnderTest, callee: Callee) -> None:
    callee.replies = [Reply(body=b'{"ticket": 17, "queue": "gold"}')]
    begin(shop, callee, more=', headers: {X-Key: "abc"}')
    shop.settle()
    assert at(shop) == [("good", timedelta())]
    assert why(shop) == {"called": callee.host, "status": 200, "answer": {"ticket": 17, "queue": "gold"}}
    (heard,) = callee.heard
    assert (heard.method, heard.path, heard.headers["x-key"]) == ("POST", "/hook", "abc")
    assert heard.headers["host"] == callee.host
    said = heard.said
    run, person = shop.one("SELECT id FROM run"), shop.one("SELECT person FROM run")
    assert said == {
        "journey": "calls",
        "step": "tell",
        "run": str(run),
        "at": NOON.isoformat(),
        "person": {"id": str(person), "customer_ids": ["ann"], "traits": {"first_name": "Ann"}},
        "occasion": {"event": "Started", "at": NOON.isoformat(), "properties": {"key": "k", "total": 12.5}},
    }
    assert shop.one("SELECT count(*) FROM errand") == 0


def test_the_other_side_can_tell_that_a_call_is_ours(shop: ShopUnderTest, callee: Callee) -> None:
    """As Standard Webhooks says, by the secret that `antiphon calls secret` shows."""
    begin(shop, callee)
    shop.settle()
    heard = callee.heard[0]
    secret = b64decode(secret_of(Signer(b"x" * 32)).removeprefix("whsec_"))
    assert len(secret) == 32
    signed = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    mac = b64encode(hmac.new(secret, signed, sha256).digest()).decode()
    assert heard.headers["webhook-signature"] == f"v1,{mac}"
    assert int(heard.headers["webhook-timestamp"]) == int(NOON.timestamp())


def test_a_body_of_its_own_is_liquid(shop: ShopUnderTest, callee: Callee) -> None:
    begin(
        shop, callee,
        more=', method: PUT, body: {name: "{{ person.first_name }}", total: "{{ event.total }}", by: "{{ brand.name }}"}',
    )  # fmt: skip
    shop.settle()
    assert callee.heard[0].method == "PUT"
    assert callee.heard[0].said == {"name": "Ann", "total": "12.5", "by": "Lamps"}


def test_a_body_that_names_what_does_not_exist_is_refused_before_anybody_enters(
    shop: ShopUnderTest, callee: Callee
) -> None:
    with pytest.raises(JourneyError, match="persn"):
        begin(shop, callee, more=', body: {name: "{{ persn.first_name }}"}')


def test_a_body_that_fails_on_a_person_fails_at_once(shop: ShopUnderTest, callee: Callee) -> None:
    begin(shop, callee, more=', body: {n: "{{ event.total | divided_by: 0 }}"}')
    shop.settle()
    assert at(shop) == [("bad", timedelta())]
    assert "failed on this person" in why(shop)["error"]
    assert callee.heard == []


def test_an_error_of_the_server_is_tried_again(shop: ShopUnderTest, callee: Callee) -> None:
    callee.replies = [Reply(500), Reply(429, headers={"Retry-After": "240"}), Reply(200)]
    begin(shop, callee)
    shop.passes(HOUR, MINUTE)
    assert [step for step, _ in at(shop)] == ["good"]
    assert at(shop)[0][1] == 6 * MINUTE  # 0:01, a pause below a minute, 0:02, and four minutes as asked
    assert why(shop) == {"called": callee.host, "status": 200, "attempts": 3}
    assert len({heard.headers["webhook-id"] for heard in callee.heard}) == 1
    assert len({heard.headers["webhook-timestamp"] for heard in callee.heard}) == 3


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(404), "answered 404"),
        (Reply(302, headers={"Location": "http://169.254.169.254/"}), "answered with a redirection, which is not followed"),
    ],
)  # fmt: skip
def test_a_refusal_is_final(shop: ShopUnderTest, callee: Callee, reply: Reply, error: str) -> None:
    callee.replies = [reply]
    begin(shop, callee)
    shop.settle()
    assert at(shop) == [("bad", timedelta())]
    assert why(shop) == {"called": callee.host, "status": reply.status, "error": error}
    assert len(callee.heard) == 1


def test_after_the_timeout_the_run_goes_the_other_way(shop: ShopUnderTest, callee: Callee) -> None:
    callee.replies = [Reply(503)]
    begin(shop, callee, more=", timeout: 30m")
    shop.passes(HOUR, MINUTE)
    assert at(shop) == [("bad", 30 * MINUTE)]
    assert why(shop)["attempts"] == len(callee.heard) > 4


def test_who_hangs_up_is_called_again(shop: ShopUnderTest, callee: Callee) -> None:
    with listening() as gone:
        url = gone.url
        allow(shop.db, allowed_of(gone.host), shop.now, COMMAND_LINE)
    shop.publish(JOURNEY.format(url=url, more=", timeout: 5m"))
    shop.does("ann", "Started", key="k")
    shop.passes(10 * MINUTE, MINUTE)
    assert at(shop) == [("bad", 5 * MINUTE)]
    assert "ConnectError" in why(shop)["error"]


def test_who_answers_slowly_counts_as_nobody(
    shop: ShopUnderTest, callee: Callee, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_all, over = wire.call_all, threading.Event()
    monkeypatch.setattr(wire, "call_all", lambda requests, hosts: call_all(requests, hosts, total=0.3))
    callee.replies = [Reply(first=lambda: over.wait(5)), Reply(200)]
    begin(shop, callee)
    shop.passes(5 * MINUTE, MINUTE)
    over.set()
    assert at(shop) == [("good", 2 * MINUTE)]
    assert len(callee.heard) == 2


def test_an_answer_without_an_end_is_not_read(shop: ShopUnderTest, callee: Callee) -> None:
    callee.replies = [Reply(body=b'{"a": "' + b"x" * 50_000_000 + b'"}')]
    begin(shop, callee)
    shop.settle()
    assert why(shop) == {"called": callee.host, "status": 200}


@pytest.mark.parametrize("body", [b"[1]", b'{"a": {"b": 1}}', b"\xff", b'{"a": "\\u0000"}', b"", b'{"a": 1'])
def test_an_answer_that_is_no_plain_object_is_not_kept(shop: ShopUnderTest, callee: Callee, body: bytes) -> None:
    callee.replies = [Reply(body=body)]
    begin(shop, callee)
    shop.settle()
    assert why(shop) == {"called": callee.host, "status": 200}


def test_a_host_that_is_not_allowed_is_not_called_until_it_is(shop: ShopUnderTest, callee: Callee) -> None:
    begin(shop, callee, allowed=False)
    shop.passes(20 * MINUTE, MINUTE)
    assert at(shop) == []
    assert callee.heard == []
    with shop.db.read() as connection:
        found = [one for one in examine(connection, shop.now) if one.name == "calls"]
    assert [one.level for one in found] == ["warning"]
    assert f"calls allow {callee.host}" in found[0].what
    allow(shop.db, allowed_of(callee.host), shop.now, COMMAND_LINE)
    shop.passes(20 * MINUTE, MINUTE)
    assert [step for step, _ in at(shop)] == ["good"]
    with shop.db.read() as connection:
        assert [one.level for one in examine(connection, shop.now) if one.name == "calls"] == ["good"]


def test_a_host_that_is_forbidden_meanwhile_is_called_no_more(shop: ShopUnderTest, callee: Callee) -> None:
    callee.replies = [Reply(500)]
    begin(shop, callee, more=", timeout: 10m")
    shop.settle()
    forbid(shop.db, callee.host, shop.now, COMMAND_LINE)
    shop.passes(20 * MINUTE, MINUTE)
    assert len(callee.heard) == 1
    assert "is not allowed" in why(shop)["error"]


def test_a_name_that_leads_into_the_network_is_refused(shop: ShopUnderTest, callee: Callee) -> None:
    """The name is allowed, and somebody has it point at an address inside."""
    allow(shop.db, Allowed(host="localhost", port=callee.port), shop.now, COMMAND_LINE)
    url = f"https://localhost:{callee.port}/hook"
    shop.publish(JOURNEY.format(url=url, more=", timeout: 1m"))
    shop.does("ann", "Started", key="k")
    shop.passes(5 * MINUTE, MINUTE)
    assert why(shop)["error"] == "localhost lies in a private network, for which it is not allowed"
    assert callee.heard == []


def test_who_dies_between_the_call_and_its_mark_calls_again_under_the_same_id(
    shop: ShopUnderTest, callee: Callee
) -> None:
    begin(shop, callee)
    asked(shop)
    calls = shop.engine.errands.claim(due(shop), shop.now)
    wire.call_all([request for _, request in calls.requests], [allowed_of(callee.host)])
    assert len(callee.heard) == 1
    shop.settle()
    assert len(callee.heard) == 1, "the claim holds"
    shop.passes(5 * MINUTE, MINUTE)
    assert [step for step, _ in at(shop)] == ["good"]
    assert len(callee.heard) == 2
    assert len({heard.headers["webhook-id"] for heard in callee.heard}) == 1
    assert callee.heard[0].body == callee.heard[1].body


def test_an_old_claim_says_nothing_any_more(shop: ShopUnderTest, callee: Callee) -> None:
    """A worker that slept through its lease comes back with an answer; another one has called since."""
    callee.replies = [Reply(500), Reply(200)]
    begin(shop, callee)
    asked(shop)
    late = shop.engine.errands.claim(due(shop), shop.now)
    shop.now += 2 * MINUTE
    again = shop.engine.errands.claim(due(shop), shop.now)
    shop.engine.errands.finish(late, lambda: shop.now)
    assert shop.one("SELECT state FROM errand") == "open"
    shop.engine.errands.finish(again, lambda: shop.now)
    assert shop.one("SELECT state FROM errand") == "done"


def test_of_two_workers_one_calls(shop: ShopUnderTest, callee: Callee) -> None:
    allow(shop.db, allowed_of(callee.host), shop.now, COMMAND_LINE)
    shop.publish(JOURNEY.format(url=callee.url, more=""))
    for number in range(40):
        shop.does(f"u{number}", "Started", key="k")
    asked(shop)
    workers = [Engine(shop.db, Signer(b"x" * 32), worker=name) for name in ("one", "two")]
    for worker in workers:
        with shop.db.read() as connection:
            worker.registry.refresh(connection)
    start = threading.Barrier(2)

    def work(worker: Engine) -> None:
        start.wait()
        worker.errands.carry_on(shop.now)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in workers:
        worker.close()
    shop.settle()
    assert len(callee.heard) == len({heard.headers["webhook-id"] for heard in callee.heard}) == 40
    assert [step for step, _ in at(shop)] == ["good"] * 40


def test_beside_the_cycles_nobody_waits_for_a_slow_server(shop: ShopUnderTest, callee: Callee) -> None:
    """On the real clock: the stage comes back at once, and rings when the answer is there."""
    answering, rung = threading.Event(), threading.Event()
    callee.replies = [Reply(first=lambda: answering.wait(5))]
    begin(shop, callee)
    asked(shop)
    shop.engine.errands.ring = rung.set
    ran = shop.engine.errands.carry_on(shop.now, clock=lambda: shop.now)
    assert (ran.called, ran.more, rung.is_set()) == (1, False, False)
    assert shop.engine.errands.carry_on(shop.now, clock=lambda: shop.now).called == 0
    answering.set()
    assert rung.wait(5)
    assert shop.one("SELECT state FROM errand") == "done"


def test_the_run_that_left_meanwhile_is_not_called_for(shop: ShopUnderTest, callee: Callee) -> None:
    begin(shop, callee)
    asked(shop)
    carry_out(shop.db, "journey.archive", {"journey": "calls"}, COMMAND_LINE, shop.now)
    shop.settle()
    shop.passes(5 * MINUTE, MINUTE)
    assert shop.one("SELECT count(*) FROM errand") == 0
    assert callee.heard == []


def test_a_merge_takes_the_call_along(shop: ShopUnderTest, callee: Callee) -> None:
    shop.knows("ben", plan="pro")
    shop.settle()
    shop.now += HOUR
    callee.replies = [Reply(500), Reply(200)]
    begin(shop, callee)
    shop.settle()
    ann, ben = (shop.one("SELECT person FROM identifier WHERE value = :v", v=v) for v in ("ann", "ben"))
    carry_out(shop.db, "people.merge", {"person": ann, "other": ben}, COMMAND_LINE, shop.now)
    shop.passes(5 * MINUTE, MINUTE)
    assert [step for step, _ in at(shop)] == ["good"]
    assert len({heard.headers["webhook-id"] for heard in callee.heard}) == 1
    assert callee.heard[1].said["person"]["customer_ids"] == ["ann", "ben"]


def test_a_server_that_never_answers_holds_up_no_other(shop: ShopUnderTest, callee: Callee) -> None:
    """Of a step with a long backlog only some are called at once; the other journey's call is among the first."""
    begin(shop, callee)
    for number in range(60):
        shop.does(f"u{number}", "Started", key="k")
    asked(shop)
    shop.now += MINUTE
    shop.publish(JOURNEY.format(url=callee.url, more="").replace("calls", "others").replace("Started", "Other"))
    shop.does("zoe", "Other", key="k")
    asked(shop)
    taken = shop.engine.errands.claim(due(shop), shop.now)
    assert [errand.journey for errand, _ in taken.requests].count("others") == 1
    assert len(taken.requests) == 33
