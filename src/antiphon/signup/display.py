"""When a unit shows: the rules as written. The visitor's browser applies them, because only it knows what they ask."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from antiphon.kit.durations import Duration, parse_duration

Pattern = Annotated[str, Field(pattern=r"^[/*]", max_length=200)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Show(BaseModel):
    """Every rule that is given must hold. A page is written as a path in which ``*`` stands for anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pages: list[Pattern] = []  # none: every page
    except_pages: list[Pattern] = []
    device: Literal["any", "phone", "desktop"] = "any"
    #: From this visit on; a visit ends after half an hour without a page.
    visits: Annotated[int, Field(ge=1, le=1_000)] = 1
    delay: Duration | None = None
    #: When the pointer leaves for the tabs, or a phone scrolls up fast. With ``delay``: whichever comes first.
    exit_intent: bool = False
    countries: list[Country] = []  # none: every country
    except_countries: list[Country] = []
    #: Who is asked: whoever lacks a channel that the unit asks for, or only those who have, or lack, a certain one.
    subscribed: Literal["lacks_any", "lacks_email", "lacks_sms", "has_email", "has_sms", "anyone"] = "lacks_any"
    #: How long after it was closed it may come again, and how often in all.
    again_after: Duration = parse_duration("7d")
    most: Annotated[int, Field(ge=1, le=100)] = 5

    @model_validator(mode="after")
    def _can_hold(self) -> "Show":
        if both := set(self.countries) & set(self.except_countries):
            raise ValueError(f"{', '.join(sorted(both))} is both among `countries` and `except_countries`")
        return self
