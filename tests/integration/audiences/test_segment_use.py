"""What uses a segment keeps it; what comes back to itself is refused; drafts are counted exactly or with an interval."""

from collections.abc import Iterator

import pytest
from tests.integration.audiences.test_segments import defines, members
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.audiences.check import ConditionError
from antiphon.audiences.segments.count import count
from antiphon.audiences.segments.models import Segment
from antiphon.audiences.segments.users import InUseError
from antiphon.engine.segments import apply, archive, restore
from antiphon.journeys.segments.ready import ready
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


def test_drafts_are_counted(shop: ShopUnderTest) -> None:
    for number in range(300):
        shop.does(f"p{number}", "Seen")
    shop.settle()
    who = Segment.model_validate(
        {"segment": "x", "title": "x", "who": {"kind": "event", "event": "Seen", "within": "1d"}}
    ).who
    with shop.db.read() as connection:
        found = count(connection, who, shop.now, lambda: 0.0)
        assert (found.n, found.exact, len(found.sample)) == (300, True, 5)
        ticks = iter(range(10_000))
        part = count(connection, who, shop.now, lambda: next(ticks) * 0.4)
    assert not part.exact
    assert part.low <= 300 <= part.high


def test_every_ready_segment_can_be_switched_on(shop: ShopUnderTest) -> None:
    for source in ready().values():
        apply(shop.db, source, COMMAND_LINE, shop.now)
    shop.settle()
    assert shop.one("SELECT count(*) FROM segment") == len(ready()) == 9
