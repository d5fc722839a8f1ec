"""``message``: asks for a message, waits for the decision, and goes on from the moment that was decided."""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from antiphon.content.bound import upper_bound
from antiphon.decisions.models import MessagePolicy
from antiphon.journeys.steps.messaging import Channel, MessagingStep, Purpose
from antiphon.kit.durations import Duration, duration_words, parse_duration

_NAMES = {"email": "email", "sms": "text"}


class MessageStep(MessagingStep):
    """Wants one message to the person, on one of the channels, inside the window; or none, if that is better."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    icon: ClassVar[str] = "send"

    type: Literal["message"]
    channels: list[Channel] = Field(min_length=1, max_length=2)
    purpose: Purpose = "marketing"
    #: An abandonment's first touch: within 60 minutes unless a rule bars it.
    urgent: bool = False
    #: How long after the person came here it may still be sent.
    window: Duration = parse_duration("24h")
    #: After this the occasion is worth half as much.
    half_life: Duration = parse_duration("12h")
    #: Where to go when it does not go out by the first of its channels, but by the other one or not at all.
    otherwise: str | None = None

    @model_validator(mode="after")
    def _content_for_channels(self) -> "MessageStep":
        for channel in self.channels:
            if getattr(self.content, channel) is None:
                raise ValueError(f"it may go out as {_NAMES[channel]}, but `content.{channel}` is missing")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("a channel stands twice in `channels`")
        if self.window > timedelta(hours=72):
            raise ValueError("a window over 72h is too long to decide at once; put a wait before the message")
        return self

    def leads_to(self, following: str) -> dict[str, str]:
        then = following if self.next is None else self.next
        if self.otherwise is None:
            return {"then": then}
        return {f"by {_NAMES[self.channels[0]]}": then, "otherwise": self.otherwise}

    def goes_elsewhere(self) -> str | None:
        return self.otherwise

    def describe(self) -> str:
        ways = " or ".join(_NAMES[channel] for channel in self.channels)
        when = "at once" if self.urgent else f"within {duration_words(self.window)}"
        return self.note or f"Sends {'an' if ways.startswith('e') else 'a'} {ways}, {when}"

    def goes_on(self) -> bool:
        return True

    def policy(self) -> MessagePolicy:
        return MessagePolicy(
            channels=tuple(self.channels),
            purpose=self.purpose,
            urgent=self.urgent,
            window=self.window,
            abandonment=self.purpose == "cart",
            sms_segments=upper_bound(self.content.sms.text) if self.content.sms else 0,
            half_life=self.half_life,
        )
