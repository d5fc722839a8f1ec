"""A sign-up unit as written: the models behind the YAML, the editor, the scripts and the hosted pages."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from antiphon.catalogue.offers.models import Name
from antiphon.content.languages import AUTO
from antiphon.signup.display import Show
from antiphon.signup.looks import Theme
from antiphon.signup.wording import with_links

Kind = Literal["popup", "flyout", "embedded", "page"]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=1_000)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Handling = Literal["refuse", "flag", "accept"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _never_ticked(value: Any) -> Any:
    """A box that is ticked already asks nobody: say so, instead of calling the name unknown."""
    if isinstance(value, dict) and {"ticked", "checked", "preticked", "default"} & value.keys():
        raise ValueError("a consent box is never ticked beforehand; leave that out")
    return value


class ConsentText(Part):
    """What somebody agrees to, word for word. ``{brand}`` becomes the brand's name; ``[Terms](https://…)`` is a link."""

    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    #: With a box, agreeing is ticking it; without, it is sending the form, and the words stand above the button.
    box: bool = True

    @model_validator(mode="after")
    def _links_lead_out(self) -> "ConsentText":
        with_links(self.text)  # refuses what does not begin with https://
        return self


Consent = Annotated[ConsentText, BeforeValidator(_never_ticked)]


class _Asking(Part):
    title: Line
    text: Words = ""
    #: Left out, buttons and choices say what is usual, in the unit's language.
    button: Annotated[str, Field(min_length=1, max_length=60)] | None = None


class EmailStep(_Asking):
    """Asks for an email address."""

    step: Literal["email"]
    consent: Consent
    #: Empty: no way past this step.
    skip: Annotated[str, Field(max_length=60)] | None = None


class PhoneStep(_Asking):
    """Asks for a phone number: typed, or by a text that the visitor's own phone sends (two taps)."""

    step: Literal["phone"]
    consent: Consent
    #: What the texts may be about; cart reminders need their own words and a double opt-in.
    purposes: list[Literal["marketing", "cart"]] = ["marketing"]
    #: The word that is texted to the brand's number instead of filling in the field; on phones it is two taps.
    keyword: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{2,20}$")] | None = None
    #: A phone number is never what has to be given: this goes on without one.
    skip: Annotated[str, Field(min_length=1, max_length=60)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _never_required(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("required"):
            raise ValueError("a phone number may not be required; leave `required` out")
        return value


class PreferenceStep(_Asking):
    """Asks how somebody likes to hear from the brand; kept as the trait ``preferred_channel``."""

    step: Literal["preference"]
    email: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    sms: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    both: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    skip: Annotated[str, Field(max_length=60)] | None = None


class DoneStep(Part):
    """Thanks, says what is left to confirm, and brings a code: one for everybody, or that of an offer."""

    step: Literal["done"]
    title: Line | None = None
    text: Words = ""
    #: A code for everybody.
    coupon: Annotated[str, Field(pattern=r"^[\w-]{2,40}$")] | None = None
    #: The offer whose code each gets, once: out of its pool, or the one of a static offer.
    offer: Name | None = None
    #: When the code comes: once the address is confirmed (where nothing is to be confirmed, at once), or shown when the
    #: form is sent, which whoever types in anybody's address sees.
    when: Literal["confirmed", "sent"] = "confirmed"
    button: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    #: Where the button leads; without it, the unit closes.
    url: Annotated[str, Field(pattern=r"^https?://", max_length=500)] | None = None

    @model_validator(mode="after")
    def _one_code(self) -> "DoneStep":
        if self.coupon and self.offer:
            raise ValueError("it has a coupon and an offer; keep one of them")
        return self


Step = Annotated[EmailStep | PhoneStep | PreferenceStep | DoneStep, Field(discriminator="step")]


class Confirm(Part):
    """Double opt-in by channel: nothing is sent until it is confirmed, by a link or by a YES."""

    email: Literal["link", "none"] = "link"
    sms: Literal["reply", "none"] = "reply"


class Abuse(Part):
    """What is done against forms filled in by machines or for others. What is flagged stands beside the consent."""

    disposable: Handling = "refuse"  # mailboxes that last an hour
    role: Handling = "flag"  # info@, sales@: addresses of no single human
    #: Sign-ups in an hour from one network address (of IPv6: one /64).
    per_network: Annotated[int, Field(ge=1, le=1_000)] = 20
    #: Sign-ups of one address in a day; what is more is answered alike and does nothing.
    per_address: Annotated[int, Field(ge=1, le=20)] = 3
    #: Leading zero bits that the visitor's browser must find by trying; 0: none. 16 take a phone about a second.
    work: Annotated[int, Field(ge=0, le=22)] = 0


class Unit(Part):
    """A sign-up unit: what is asked, where it shows, how it looks."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Antiphon sign-up unit")

    unit: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="The name in addresses and files")
    name: Annotated[str, Field(min_length=1, max_length=120)]
    kind: Kind
    #: Of what the unit says by itself, and of the texts and emails that confirm a sign-up; ``auto``: the visitor's.
    language: Annotated[str, Field(pattern=r"^([a-z]{2}(-[A-Z]{2})?|auto)$")] = "en"
    steps: Annotated[list[Step], Field(min_length=1, max_length=4)]
    confirm: Confirm = Confirm()
    show: Show = Show()
    theme: Theme = Theme()
    #: Countries of the phone field, the first one chosen beforehand unless the visitor's own is among them.
    countries: Annotated[list[Country], Field(min_length=1, max_length=250)] = ["US", "CA"]
    abuse: Abuse = Abuse()

    @property
    def names(self) -> list[str]:
        return [step.step for step in self.steps]

    @property
    def locale(self) -> str:
        """The language of what the owner wrote, as BCP 47 has it; ``und`` where the unit speaks several."""
        return "und" if self.language == AUTO else self.language

    @property
    def email(self) -> EmailStep | None:
        return next((step for step in self.steps if isinstance(step, EmailStep)), None)

    @property
    def phone(self) -> PhoneStep | None:
        return next((step for step in self.steps if isinstance(step, PhoneStep)), None)

    @property
    def asks_to_confirm(self) -> bool:
        """Whether a sign-up waits for its confirmation on any channel."""
        waits = (
            "email" in self.names and self.confirm.email != "none",
            "phone" in self.names and self.confirm.sms != "none",
        )
        return any(waits)

    @property
    def done(self) -> DoneStep:
        return next((step for step in self.steps if isinstance(step, DoneStep)), DoneStep(step="done"))


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of a unit file."""
    return Unit.model_json_schema(by_alias=True)
