"""What a brand may set about its decisions, as JSON in ``brand.settings``: stricter than the rules, never looser."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from antiphon.kit.durations import Duration
from antiphon.kit.errors import ConfigError
from antiphon.kit.faults import fault, own_words
from antiphon.rules.laws.data import strictest_cap
from antiphon.rules.quiet import QuietSettings

_STRICT = ConfigDict(frozen=True, extra="forbid")


class Spacing(BaseModel):
    """How far apart a person's messages are, transactional ones aside (they neither wait nor make others wait)."""

    model_config = _STRICT

    sms: Duration = timedelta(hours=24)
    email: Duration = timedelta(hours=3)
    #: Between a text and an email, whichever comes first.
    across: Duration = timedelta(hours=2)


class Caps(BaseModel):
    """Most messages, transactional ones aside.

    ``sms`` and ``email``: to one address in any 24 hours; the gate counts them. ``day`` and ``week``: to one person in any 24
    hours and any 7 days, on both channels and of all journeys and campaigns together; whoever can be reached twice gets no more.
    The smallest cap of any state's law on texts (``rules/laws/laws.toml``) holds everywhere.
    """

    model_config = _STRICT

    sms: int = Field(default=strictest_cap(), ge=0, le=strictest_cap())
    email: int = Field(default=6, ge=0)
    day: int = Field(default=6, ge=1, le=1000)
    week: int = Field(default=20, ge=1, le=1000)


class Worth(BaseModel):
    """What a message earns and costs on one channel, in the shop's currency; the defaults are assumed, not measured.

    ``response``: probability that a person of whom nothing is known answers a message; ``order``: that an answer
    becomes an order; ``opt_out``: that a message makes the person leave; ``loss``: what who leaves would have earned.
    """

    model_config = _STRICT

    response: float = Field(ge=0, le=1)
    order: float = Field(default=0.1, ge=0, le=1)
    opt_out: float = Field(ge=0, le=1)
    loss: float = Field(default=5, ge=0)
    #: Per message of email, per segment of a text.
    cost: float = Field(default=0, ge=0)


class Budget(BaseModel):
    """Most that texts may cost in a day and in a month of the brand's clock, in the shop's currency; None: no limit."""

    model_config = _STRICT

    day: float | None = Field(default=None, ge=0, le=1e9, allow_inf_nan=False)
    month: float | None = Field(default=None, ge=0, le=1e9, allow_inf_nan=False)


class BrandSettings(BaseModel):
    """Everything that decides and gates for one brand, with defaults that may be used as they are."""

    model_config = _STRICT

    #: In what Antiphon itself speaks for the brand: a code of ``content.languages``, or ``auto``.
    language: str = Field(default="en", pattern=r"^([a-z]{2}|auto)$")
    quiet: QuietSettings = QuietSettings()
    spacing: Spacing = Spacing()
    caps: Caps = Caps()
    #: Whether what can wait goes at the hour in which this brand's people answer most.
    best_hour: bool = True
    #: Whether an order implies consent to emails where the law says so (``rules/implied.toml``); docs/consent.md has why.
    implied_from_orders: bool = True
    email: Worth = Worth(response=0.02, opt_out=0.002)
    sms: Worth = Worth(response=0.08, opt_out=0.004, cost=0.0125)
    #: Price of a segment by the country of its number (ISO 3166-1 alpha-2), carriers' fees included; elsewhere ``sms.cost``.
    sms_prices: dict[Annotated[str, Field(pattern="^[A-Z]{2}$")], Annotated[float, Field(ge=0, le=10)]] = {}
    budget: Budget = Budget()
    #: How much likelier each message that somebody still feels makes it that the next one makes them leave: exp of this.
    fatigue: float = Field(default=0.15, ge=0, le=5)
    #: Worth of an occasion that carries no value of its own (a browse, a welcome).
    value: float = Field(default=50, ge=0)

    def segment_price(self, country: str | None) -> float:
        """What a segment to a number of ``country`` costs."""
        return self.sms_prices.get(country or "", self.sms.cost)

    def worth(self, channel: str) -> Worth:
        return self.sms if channel == "sms" else self.email


def brand_settings(stored: dict[str, Any]) -> BrandSettings:
    """The settings of a ``brand`` row; raises :class:`ConfigError` that names what is wrong."""
    try:
        return BrandSettings.model_validate(stored)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        words = own_words(first) or f"it {fault(first)}"
        raise ConfigError(f"The brand's setting {place} is not possible: {words}.", "Mend it in Settings.") from None
