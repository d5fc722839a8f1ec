"""What uses a segment keeps it; what comes back to itself is refused; drafts are counted exactly or with an interval."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import Text, cast, func, text
from tests.integration.audiences.test_segments import defines, members
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.audiences.check import ConditionError
from antiphon.audiences.compiler.base import KINDS, Compiled, Scope
from antiphon.audiences.models import TraitCondition
from antiphon.audiences.segments import count as counting
from antiphon.audiences.segments.count import TooSlowError, count
from antiphon.audiences.segments.models import Segment
from antiphon.audiences.segments.users import InUseError, every_user, users_of
from antiphon.content import library
from antiphon.content.models import EmailContent
from antiphon.delivery.models import DispatchReport
from antiphon.engine.engine import Engine
from antiphon.engine.segments import apply, archive, restore
from antiphon.engine.virtual import carry
from antiphon.journeys.publish import set_state
from antiphon.journeys.segments.ready import ready
from antiphon.journeys.source import JourneyError
from antiphon.journeys.trigger import own_segment
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.signing import Signer
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)


def test_what_is_used_stays(shop: ShopUnderTest) -> None:
    apply(shop.db, ready()["email-only"], COMMAND_LINE, shop.now)
    defines(shop, "vips", {"kind": "segment", "segment": "email-only"})
    shop.publish(
        "journey: hello\nname: Hello\ntrigger: {event: Segment Entered, "
        "where: [{prop: segment, value: vips}], key: segment}\n"
        "steps:\n  - {id: later, type: wait, for: 1h}\n"
    )
    with pytest.raises(InUseError, match="segment “Vips”"):
        archive(shop.db, "email-only", COMMAND_LINE, shop.now)
    with pytest.raises(InUseError, match="journey “Hello”"):
        archive(shop.db, "vips", COMMAND_LINE, shop.now)
    with pytest.raises(ConditionError, match="go round"):
        apply(
            shop.db,
            "segment: email-only\ntitle: E\nwho: {kind: segment, segment: vips}\n",
            COMMAND_LINE,
            shop.now,
        )
    defines(shop, "alone", {"kind": "all", "of": []})
    shop.does("ann", "Seen")
    shop.settle()
    assert len(members(shop, "alone")) == 1
    assert archive(shop.db, "alone", COMMAND_LINE, shop.now)
    shop.settle()
    assert members(shop, "alone") == set()
    assert restore(shop.db, "alone", COMMAND_LINE, shop.now)
    shop.settle()
    assert len(members(shop, "alone")) == 1
    whats = [row.what for row in shop.rows("SELECT what FROM audit WHERE area = 'segments' ORDER BY id")]
    assert whats == ["segment added", "segment archived", "segment restored"]


JOURNEY = """\
journey: cart
name: Cart
trigger: {event: Order Completed, key: order_id}
reentry: {mode: each_key}
steps:
  - {id: rest, type: wait, for: 1h}
  - {id: who, type: branch, paths: [{if: SEGMENT, next: write}], otherwise: write}
  - id: write
    type: message
    channels: [email]
    window: 20h
    content:
      email:
        subject: Hello
        blocks:
          - {kind: text, html: Hello, when: WHEN}
"""
NAMED = "{kind: segment, segment: NAME}"


def journey(branch: str, block: str) -> str:
    condition = f"{{kind: any, of: [{NAMED.replace('NAME', branch)}]}}"
    return JOURNEY.replace("SEGMENT", condition).replace("WHEN", NAMED.replace("NAME", block))


def used_by(shop: ShopUnderTest, name: str) -> list[str]:
    with shop.db.read() as connection:
        return [str(one) for one in users_of(connection, name)]


def test_versions_that_people_are_in_and_emails_use_segments(shop: ShopUnderTest) -> None:
    for name in ("old", "shown", "new", "lib", "heard", "fallen", "unused"):
        defines(shop, name, {"kind": "event", "event": "Seen"})
    shop.publish(journey("old", "shown"))
    shop.reachable("ann", email="ann@example.com")
    shop.does("ann", "Order Completed", order_id="1")
    shop.settle()
    shop.publish(journey("new", "new"))
    block = {"kind": "text", "html": "Hi", "when": {"kind": "not", "of": {"kind": "segment", "segment": "lib"}}}
    email = EmailContent.model_validate({"subject": "Hi", "blocks": [block]})
    with shop.db.begin("emails") as connection:
        library.make(connection, "Spring letter", email, "test", shop.now)
    shop.publish(
        "journey: hearing\nname: Hearing\ntrigger: {event: Segment Left, "
        "where: [{prop: segment, op: in, value: [nothing, heard]}], key: segment}\n"
        "steps:\n  - {id: later, type: wait, for: 1h}\n"
    )
    shop.publish(
        "journey: falling\nname: Falling\ntrigger: {segment: fallen}\nsteps:\n  - {id: later, type: wait, for: 1h}\n"
    )
    shop.publish(
        "journey: born\nname: Born\ntrigger: {date: {trait: birthday}}\nsteps:\n  - {id: later, type: wait, for: 1h}\n"
    )
    older = ["journey “Cart” (cart, version 1, which people are still in)"]
    assert used_by(shop, "old") == used_by(shop, "shown") == older
    assert used_by(shop, "new") == ["journey “Cart” (cart)"]
    assert used_by(shop, "lib") == ["email “Spring letter” (spring-letter)"]
    assert used_by(shop, "heard") == ["journey “Hearing” (hearing)"]
    assert used_by(shop, "fallen") == ["journey “Falling” (falling)"]
    own = own_segment("born")
    assert used_by(shop, own) == ["journey “Born” (born)"]
    assert used_by(shop, "unused") == []
    with shop.db.read() as connection:
        assert set(every_user(connection)) == {"old", "shown", "new", "lib", "heard", "nothing", "fallen", own}
    for name in ("old", "shown", "new", "lib", "heard", "fallen", own):
        with pytest.raises(InUseError) as refused:
            archive(shop.db, name, COMMAND_LINE, shop.now)
        assert [str(one) for one in refused.value.users] == used_by(shop, name)
        assert all(one in str(refused.value) for one in used_by(shop, name))
    assert archive(shop.db, "unused", COMMAND_LINE, shop.now)
    # her run has ended, and its email waits to be written: what it asks is still asked
    shop.engine.dispatcher.run_once = lambda *_, **__: DispatchReport()  # type: ignore[method-assign]
    shop.passes(timedelta(hours=2), timedelta(minutes=30))
    assert shop.one("SELECT count(*) FROM run") == 0
    assert shop.rows("SELECT state FROM outbox") == [("planned",)]
    assert used_by(shop, "shown") == older
    shop.engine.close()
    other = Engine(shop.db, Signer(b"x" * 32), base_url="https://shop.example", worker="test")
    carry(other, shop.now, shop.now + timedelta(days=1), timedelta(hours=1))
    other.close()
    assert used_by(shop, "old") == used_by(shop, "shown") == []
    assert archive(shop.db, "old", COMMAND_LINE, shop.now)
    with shop.db.begin("commands") as connection:
        set_state(connection, "cart", "archived", "test", shop.now)
    assert used_by(shop, "new") == []


def test_a_block_cannot_ask_for_a_segment_that_there_is_not(shop: ShopUnderTest) -> None:
    defines(shop, "here", {"kind": "event", "event": "Seen"})
    with pytest.raises(JourneyError, match="There is no segment “her”"):
        shop.publish(journey("here", "her"))
    block = {"kind": "text", "html": "Hi", "when": {"kind": "segment", "segment": "gone"}}
    email = EmailContent.model_validate({"subject": "Hi", "blocks": [block]})
    with shop.db.begin("emails") as connection:
        library.make(connection, "Letter", email, "test", shop.now)
    uses = (
        JOURNEY.split("      email:", maxsplit=1)[0].replace("SEGMENT", NAMED.replace("NAME", "here"))
        + "      email: {use: letter}\n"
    )
    with pytest.raises(JourneyError, match="There is no segment “gone”"):
        shop.publish(uses)
    assert shop.one("SELECT count(*) FROM journey") == 0


def test_drafts_are_counted(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(300):
        shop.does(f"p{number}", "Seen")
    shop.settle()
    who = Segment.model_validate(
        {"segment": "x", "title": "x", "who": {"kind": "event", "event": "Seen", "within": "1d"}}
    ).who
    with shop.db.read() as connection:
        connection.execute(text("SET LOCAL statement_timeout = '8s'"))
        found = count(connection, who, shop.now, lambda: 0.0)
        assert (found.n, found.exact, len(found.sample)) == (300, True, 5)
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "8s"
        monkeypatch.setattr(counting, "MOST_COST", 0)  # portion by portion
        again = count(connection, who, shop.now, lambda: 0.0)
        ticks = iter(range(10_000))
        part = count(connection, who, shop.now, lambda: next(ticks) * 0.4)
    assert (again.n, again.exact) == (300, True)
    assert not part.exact
    assert part.low <= 300 <= part.high


def test_what_takes_too_long_at_once_is_counted_in_part(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        shop.knows(f"p{number}", n=1)
    shop.settle()
    kind = KINDS["trait"]

    def slow(condition: TraitCondition, scope: Scope) -> Compiled:
        compiled = kind.compile(condition, scope)
        rests = func.length(func.concat(scope.person, cast(func.pg_sleep(0.05), Text))) > 0
        return replace(compiled, truth=rests & compiled.truth)

    monkeypatch.setitem(KINDS, "trait", replace(kind, compile=slow))
    condition = Segment.model_validate(
        {"segment": "x", "title": "x", "who": {"kind": "trait", "trait": "n", "value": 1}}
    ).who
    with shop.db.read() as connection:
        began = monotonic()
        found = count(connection, condition, shop.now, monotonic)
        assert monotonic() - began < 4
        assert not found.exact
        assert found.low <= 40 <= found.high
        monkeypatch.setattr(counting, "_PILOT", len(BUCKETS))
        with pytest.raises(TooSlowError):
            count(connection, condition, shop.now, monotonic, 0.1)
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_every_ready_segment_can_be_switched_on(shop: ShopUnderTest) -> None:
    for source in ready().values():
        apply(shop.db, source, COMMAND_LINE, shop.now)
    shop.settle()
    assert shop.one("SELECT count(*) FROM segment") == len(ready()) == 10
