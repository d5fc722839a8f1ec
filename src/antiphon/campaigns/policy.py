"""By what a campaign's people are decided: one policy for each way in which they may be written to."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from antiphon.campaigns.models import CHANNELS, Campaign
from antiphon.content.fitting import fit
from antiphon.content.models import MessageContent
from antiphon.decisions.models import PRIORITIES, MessagePolicy

#: Steps, as decisions and messages call them: on whichever channel is better; on this one alone, because the person does not
#: answer the other any more, or was written to on it before; with what was made for those who answer neither.
MESSAGE, UNENGAGED = "message", "unengaged"
STEPS = (MESSAGE, *CHANNELS, UNENGAGED)

#: Nothing about a campaign is urgent: what decides inside its window is when the person answers.
_HALF_LIFE = timedelta(days=365)


def origin_of(campaign: int) -> int:
    """The number that decisions and messages bear as their journey and version."""
    return -campaign


def policies(
    campaign: Campaign, origin: int, opens: datetime, closes: datetime
) -> Mapping[tuple[int, str], MessagePolicy]:
    """The policies of a campaign whose messages may go out between two instants."""
    ways = {MESSAGE: campaign.ways, UNENGAGED: campaign.ways_back}
    ways |= {channel: (channel,) for channel in campaign.ways}
    return {
        (origin, step): _policy(channels, content_of(campaign, step), closes - opens, PRIORITIES[campaign.priority])
        for step, channels in ways.items()
        if channels
    }


def content_of(campaign: Campaign, step: str) -> MessageContent:
    """What a step says. Raises ``KeyError`` when there is no such step."""
    if step == UNENGAGED and campaign.unengaged is not None:
        return campaign.unengaged
    if step not in (MESSAGE, *campaign.ways):
        raise KeyError(step)
    return campaign.content


def _policy(channels: tuple[str, ...], content: MessageContent, window: timedelta, priority: int) -> MessagePolicy:
    return MessagePolicy(
        channels=channels,
        purpose="marketing",
        urgent=False,
        window=window,
        abandonment=False,
        sms_segments=fit(content.sms.text).most if content.sms else 0,
        half_life=_HALF_LIFE,
        priority=priority,
    )
