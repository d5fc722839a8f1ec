"""When a campaign happens: by the brand's clock, an hour ahead, after those whom it follows."""

from datetime import UTC, datetime, timedelta

import pytest

from antiphon.campaigns.models import Campaign
from antiphon.campaigns.windows import times
from antiphon.kit.errors import AntiphonError
from antiphon.kit.zones import zone_id

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NEW_YORK = zone_id("America/New_York") or 0


def campaign(**more: object) -> Campaign:
    base = {"campaign": "sale", "name": "Sale", "audience": "all", "content": {"sms": {"text": "Lamps"}}}
    return Campaign.model_validate(base | more)


def test_without_a_window_it_opens_now_and_lasts_a_day() -> None:
    found = times(campaign(), NEW_YORK, NOW)
    assert (found.gather, found.plan, found.opens, found.closes) == (NOW, NOW, NOW, NOW + 24 * HOUR)


def test_times_without_an_offset_are_the_brands() -> None:
    found = times(campaign(window={"from": "2026-03-04 09:00", "to": "2026-03-04T21:00:00Z"}), NEW_YORK, NOW)
    assert found.opens == datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
    assert found.closes == datetime(2026, 3, 4, 21, 0, tzinfo=UTC)
    assert (found.gather, found.plan) == (NOW, found.opens - HOUR)


def test_launched_inside_its_window_it_opens_now() -> None:
    found = times(campaign(window={"from": "2026-03-03 08:00", "to": "2026-03-03 20:00"}), NEW_YORK, NOW)
    assert (found.opens, found.plan) == (NOW, NOW)


def test_a_follow_up_waits_until_everybody_had_their_time() -> None:
    again = campaign(retarget={"campaign": "first", "on": "sms", "after": "12h"})
    found = times(again, NEW_YORK, NOW, NOW + 2 * HOUR)
    assert found.gather == found.plan == found.opens == NOW + 14 * HOUR


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({"to": "2026-03-03 11:00"}, "closed at 2026-03-03 16:00 UTC"),
        ({"from": "2026-03-05T00:00:00Z", "to": "2026-03-04 09:00"}, "ends before it begins"),
        ({"to": "2026-03-09 09:00"}, "longer than 2 days 22 hours"),
    ],
)
def test_windows_that_cannot_be_are_refused(window: dict[str, str], said: str) -> None:
    with pytest.raises(AntiphonError, match=said):
        times(campaign(window=window), NEW_YORK, NOW)


def test_a_follow_up_whose_window_closes_too_early_says_when_it_could() -> None:
    again = campaign(retarget={"campaign": "first", "on": "sms"}, window={"to": "2026-03-04 09:00"})
    with pytest.raises(AntiphonError, match="before those who did not answer"):
        times(again, NEW_YORK, NOW, NOW + HOUR)
