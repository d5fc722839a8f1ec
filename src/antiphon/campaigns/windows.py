"""When a campaign happens: its window as instants, and when its people are picked and decided."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from antiphon.campaigns.models import USUAL, Campaign, check_window
from antiphon.kit.errors import AntiphonError
from antiphon.kit.zones import zone_names

#: So long before its window a campaign is decided: later decisions know more, and a million people take a minute.
AHEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Times:
    """``gather``: when its people are picked, ``plan``: when they are decided, then the window."""

    gather: datetime
    plan: datetime
    opens: datetime
    closes: datetime


def times(campaign: Campaign, zone: int, now: datetime, earlier_closes: datetime | None = None) -> Times:
    """When a campaign happens that is launched at ``now``; ``zone``: of the brand's clock.

    People are picked at the launch. One that follows another picks them once everybody has had their time to answer it.
    Raises ``AntiphonError`` for a window that is past, or that ends before it begins.
    """
    opens, closes = _instant(campaign.window.opens, zone), _instant(campaign.window.closes, zone)
    gather = now
    if campaign.retarget is not None and earlier_closes is not None:
        gather = max(now, earlier_closes + campaign.retarget.after)
    first = max(gather, opens) if opens is not None else gather
    closes = closes or (opens or gather) + USUAL
    if closes <= now:
        raise AntiphonError(
            f"The window of `{campaign.campaign}` closed at {closes:%Y-%m-%d %H:%M} UTC.", "Give it a later one."
        )
    if closes <= gather:
        raise AntiphonError(
            f"The window of `{campaign.campaign}` closes at {closes:%Y-%m-%d %H:%M} UTC, before those who did not answer the "
            f"earlier campaign are known, at {gather:%Y-%m-%d %H:%M} UTC.",
            "Give it a later window, or a shorter `retarget.after`.",
        )
    try:
        check_window(first, closes)
    except ValueError as error:
        raise AntiphonError(f"`{campaign.campaign}` cannot be sent so: {error}.", "Change its `window`.") from None
    plan = max(gather, first - AHEAD)
    return Times(gather if campaign.retarget is None else plan, plan, first, closes)


def _instant(written: datetime | None, zone: int) -> datetime | None:
    """By the brand's clock where no offset was written; of a doubled hour the first, of a skipped one the moment behind it."""
    if written is None or written.tzinfo is not None:
        return written
    return written.replace(tzinfo=ZoneInfo(zone_names()[zone])).astimezone(UTC)
