"""A campaign as written: the models behind the YAML, the pages and the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from antiphon.audiences.models import Condition
from antiphon.content.models import MessageContent
from antiphon.kit.durations import Duration, duration_words

Channel = Literal["email", "sms"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
CHANNELS: tuple[Channel, ...] = ("email", "sms")
NAMES = {"email": "email", "sms": "text"}

#: Moments are decided at once, over 72 hours that begin an hour before the window does (decisions.slots, campaigns.states).
LONGEST = timedelta(hours=70)
#: How long a campaign lasts that does not say.
USUAL = timedelta(hours=24)
_YEARS = range(1990, 2200)


def _segment(written: Any) -> Any:
    """A name stands for the segment of that name."""
    if isinstance(written, str):
        return {"kind": "segment", "segment": written}
    if isinstance(written, dict) and "kind" not in written:
        raise ValueError("a condition begins with its `kind`, such as `{kind: purchase, at_least: 1}`")
    if isinstance(written, int | float | list):
        raise ValueError(  # noqa: TRY004  # pydantic takes no other
            "write the name of a segment, such as `regulars`, or a condition, such as `{kind: purchase, at_least: 1}`"
        )
    return written


def _moment(written: Any) -> Any:
    """Numbers would be seconds since 1970, and nobody means those; nor is there a calendar for what lies at the end of time."""
    try:
        found = written if isinstance(written, datetime | None) else datetime.fromisoformat(written)
    except (TypeError, ValueError):
        raise ValueError(f"{str(written)[:40]!r} is no date with a time; write it as '2026-11-27 09:00'") from None
    if found is not None and found.year not in _YEARS:
        raise ValueError(f"{str(written)[:40]!r} lies in a year in which nobody sends campaigns")
    return found


#: A condition, or the name of a segment.
People = Annotated[Condition, BeforeValidator(_segment)]


Moment = Annotated[datetime, BeforeValidator(_moment)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Window(_Part):
    """When messages may go out: ISO 8601, by the brand's clock where no offset stands behind.

    From the launch where ``from`` is missing, for a day where ``to`` is.
    """

    opens: Moment | None = Field(default=None, alias="from")
    closes: Moment | None = Field(default=None, alias="to")


class Retarget(_Part):
    """People to whom an earlier campaign went and who did not answer it: they get this one on the other channel.

    ``on``: this channel alone, or to each the one that they were not written to on. ``after``: how long everybody has to
    answer, from the end of the earlier campaign's window.
    """

    campaign: Slug
    on: Channel | Literal["other"] = "other"
    after: Duration = timedelta(hours=24)


class Campaign(_Part):
    """A campaign: who is meant, what it says, when it goes out."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, title="Antiphon campaign")

    campaign: Slug = Field(description="The name in addresses and files")
    name: str = Field(min_length=1, max_length=120)
    about: str = Field(default="", max_length=2_000)
    audience: People | None = None
    content: MessageContent
    channels: list[Channel] = Field(default=[], max_length=2)
    window: Window = Window()
    #: Who is left out, besides those who do not answer any more.
    exclude: People | None = None
    #: What goes to those who do not answer any more; without it they are left out.
    unengaged: MessageContent | None = None
    retarget: Retarget | None = None
    #: Most messages that leave in an hour, of both channels together.
    throttle: int | None = Field(default=None, ge=1, le=10_000_000)
    #: Which goes first where several campaigns want the same person at once.
    priority: Literal["low", "normal", "high"] = "normal"
    #: What an order of it is worth, in the shop's currency; the brand's usual worth where it does not say.
    value: float = Field(default=0, ge=0, le=1e9, allow_inf_nan=False)

    @model_validator(mode="after")
    def _fits(self) -> Campaign:
        if self.audience is None and self.retarget is None:
            raise ValueError("it is for nobody: it needs an `audience`, or `retarget` with an earlier campaign")
        if self.retarget is not None and self.retarget.campaign == self.campaign:
            raise ValueError("it cannot retarget itself; name an earlier campaign")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("a channel stands twice in `channels`")
        for channel in self.channels:
            if getattr(self.content, channel) is None:
                raise ValueError(f"it may go out as {NAMES[channel]}, but `content.{channel}` is missing")
        if not self.ways:
            raise ValueError("it says nothing: `content` needs an `email`, an `sms` or both")
        _check_retarget(self)
        return self

    @model_validator(mode="after")
    def _window_fits(self) -> Campaign:
        opens, closes = self.window.opens, self.window.closes
        if opens is None or closes is None or (opens.tzinfo is None) != (closes.tzinfo is None):
            return self  # looked at once the brand's clock is known
        check_window(opens, closes)
        return self

    @property
    def ways(self) -> tuple[Channel, ...]:
        """The channels that it may go out on."""
        return tuple(self.channels) or tuple(one for one in CHANNELS if getattr(self.content, one) is not None)

    @property
    def ways_back(self) -> tuple[Channel, ...]:
        """The channels on which those are written to who do not answer any more."""
        return tuple(one for one in CHANNELS if self.unengaged is not None and getattr(self.unengaged, one) is not None)


def check_window(opens: datetime, closes: datetime) -> None:
    """Raises ``ValueError`` for a window that ends before it begins or lasts too long."""
    if closes <= opens:
        raise ValueError("the window ends before it begins")
    if closes - opens > LONGEST:
        raise ValueError(f"the window is longer than {duration_words(LONGEST)}; moments are decided all at once")


def _check_retarget(campaign: Campaign) -> None:
    again = campaign.retarget
    if again is None:
        return
    wanted = CHANNELS if again.on == "other" else (again.on,)
    lacking = [one for one in wanted if one not in campaign.ways]
    if again.on == "other" and len(lacking) == 1:
        raise ValueError(
            f"who got the earlier one as {NAMES[campaign.ways[0]]} gets this as {NAMES[lacking[0]]}, but "
            f"`content.{lacking[0]}` is missing; or say `on: {campaign.ways[0]}`"
        )
    if lacking:
        raise ValueError(f"it follows as {NAMES[lacking[0]]}, but `content.{lacking[0]}` is missing")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a campaign file."""
    return Campaign.model_json_schema(by_alias=True)
