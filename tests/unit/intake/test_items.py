"""Reading what is posted, without a database."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.intake.facts import StoredArrival, UnreadableError, read
from antiphon.intake.items import Posting, instant, read_consent_item, read_item

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
POSTING = Posting("shop", NOW, "US")

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "type",
        "userId",
        "anonymousId",
        "event",
        "properties",
        "traits",
        "context",
        "timestamp",
        "sentAt",
        "messageId",
        "channel",
        "address",
        "state",
        "purposes",
        "effectiveAt",
        "expiresAt",
        "brand",
        "previousId",
        "name",
    ]
)


@given(st.dictionaries(NAMES, JSON, max_size=8), st.sampled_from([None, "track", "identify", "page", "alias", "group"]))
def test_whatever_is_posted_is_read_or_refused_with_a_reason(item: dict[str, Any], kind: str | None) -> None:
    found = []
    with suppress(UnreadableError):
        found.append(read_item(item, POSTING, kind))
    with suppress(UnreadableError):
        found.append(read_consent_item(item, POSTING))
    for arrival in found:
        assert arrival.message_id
        assert arrival.at <= NOW


def test_the_error_of_a_clock_is_taken_off() -> None:
    sent = NOW + timedelta(hours=5)
    item = {"userId": "7", "event": "A", "timestamp": (sent - timedelta(minutes=3)).isoformat()}
    found = read_item(item, Posting("shop", NOW, "US", sent_at=sent.isoformat()), "track")
    assert found.at == NOW - timedelta(minutes=3)


def test_an_original_timestamp_goes_before_the_timestamp() -> None:
    item = {
        "userId": "7",
        "event": "A",
        "timestamp": "2026-03-03T10:00:00Z",
        "originalTimestamp": "2026-03-03T09:00:00Z",
    }
    assert read_item(item, POSTING, "track").at == datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-03-03T10:00:00Z", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("2026-03-03T10:00:00+02:00", datetime(2026, 3, 3, 8, tzinfo=UTC)),
        ("2026-03-03T10:00:00", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_instant(raw: Any, expected: datetime | None) -> None:
    assert instant(raw, "timestamp") == expected


@pytest.mark.parametrize("raw", ["soon", 17, [], "0001-01-01T00:00:00+14:00"])
def test_not_an_instant(raw: Any) -> None:
    with pytest.raises(UnreadableError, match="timestamp is"):
        instant(raw, "timestamp")


@pytest.mark.parametrize(
    ("context", "traits", "keys"),
    [
        ({}, {"email": "A@x.com"}, [("email", "a@x.com")]),
        ({"traits": {"phone": "(212) 555-0100"}}, {}, [("phone", "+12125550100")]),
        ({"externalIds": [{"id": "1", "type": "Loyalty"}]}, {}, [("loyalty", "1")]),
        ({"externalIds": [{"id": "B@x.com", "type": "email"}, "nonsense", {"id": 1}]}, {}, [("email", "b@x.com")]),
    ],
)
def test_what_points_at_a_person(context: Any, traits: Any, keys: list[tuple[str, str]]) -> None:
    body = orjson.dumps({"userId": "7", "anonymousId": "d", "context": context, "traits": traits}).decode()
    found = read(StoredArrival(1, "shop", "m", "identify", NOW, NOW, False, body, False), "US")
    assert list(found.keys) == [("customer_id", "7"), *keys, ("device", "d")]
