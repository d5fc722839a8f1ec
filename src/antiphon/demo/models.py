"""The values of the demo shop: who its people are, and what arrives from them when."""

from dataclasses import dataclass
from datetime import datetime

from antiphon.demo.places import Place
from antiphon.intake.models import Arrival


@dataclass(frozen=True, slots=True)
class Latent:
    """What is true of a person and nobody is told; ``truth.py`` says how the whole population's add up."""

    factor: float  # shared by the channels
    tastes: dict[str, float]  # per channel: what the person adds to the factor there
    engaged: dict[str, bool]  # per subscribed channel: responded at least once over the history
    buyer: bool  # ordered over the history
    rate: float  # orders per HISTORY_DAYS, expected
    basket: float  # dollars per order, typical
    visits: float  # visits to the shop in 14 days, expected
    rhythm: int  # which of behaviour's daily curves

    @property
    def clicker(self) -> bool:
        return any(self.engaged.values())

    @property
    def value(self) -> float:
        """Dollars over the history, expected."""
        return self.rate * self.basket if self.buyer else 0.0


@dataclass(frozen=True, slots=True)
class Shopper:
    """One of the shop's people. ``newcomer``: unknown before the period, signs up in it."""

    number: int
    first: str
    last: str
    place: Place
    declares_zone: bool
    customer_id: str | None
    email: str | None
    phone: str | None
    email_state: str  # never, pending, subscribed, unsubscribed
    sms_state: str
    cart_texts: str  # no, single (consent without double opt-in), double
    newcomer: bool
    latent: Latent

    @property
    def reach(self) -> str:
        """On which channels it may be written to: email, sms, both or none."""
        email, sms = self.email_state == "subscribed", self.sms_state == "subscribed"
        return "both" if email and sms else "email" if email else "sms" if sms else "none"

    def device(self, number: int = 0) -> str:
        """The anonymous id of one of the person's devices."""
        return f"anon-{self.number:06d}-{number}"


@dataclass(frozen=True, slots=True)
class Shop:
    seed: int
    shoppers: tuple[Shopper, ...]
    visitors: int  # devices that never tell who holds them


@dataclass(frozen=True, slots=True)
class Planned:
    """An arrival and the instant at which it reaches us, which for some is long after its own."""

    due: datetime
    arrival: Arrival
    shopper: int = 0  # whose; 0 for a visitor that nobody knows
    # the cart of an earlier visit that it takes further: left out when that cart was ordered meanwhile
    cart: str | None = None
    link: str | None = None  # of a click: the link that was pressed


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that a person writes back: STOP in some wording, or a word to the shop."""

    due: datetime
    phone: str
    words: str
    message: int


@dataclass(frozen=True, slots=True)
class OneClick:
    """A press of the unsubscribe button of an email."""

    due: datetime
    email: str
    message: int
    way_out: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the engine handed over in the sandbox."""

    message: int
    channel: str
    address: str
    at: datetime
    journey: str
    step: str
    journey_id: int = 0
    version: int = 0
    link: str | None = None  # the first link of ours in it; nobody can click where there is none
    way_out: str | None = None  # what the unsubscribe button of an email posts to
