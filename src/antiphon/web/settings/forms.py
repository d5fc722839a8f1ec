"""What Settings takes, checked before it is kept."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from antiphon.content.languages import AUTO, DEFAULT, languages
from antiphon.journeys.errands.addresses import MOST_HOSTS, Allowed, allowed_of
from antiphon.kit.errors import ConfigError
from antiphon.people.identifiers import email, phone
from antiphon.rules.texts.data import shared_shortener
from antiphon.web.accounts.setup import BrandForm, Line


def _phone(value: str) -> str:
    found = phone(value)
    if found is None:
        raise ValueError("Write it with its country code, such as +1 415 555 0123.")
    return found


def _address(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("It begins with https:// (or http://).")
    if shared := shared_shortener(f"{value}/"):
        raise ValueError(
            f"Carriers filter texts with {shared}, which anybody can use. Take a domain of the brand's own."
        )
    return value.rstrip("/")


#: RFC 5321 allows 64 characters before the @; a plus and a token of 29 come behind the mailbox's own.
LONGEST_MAILBOX = 64 - 30


def mailbox_of(typed: str) -> tuple[str, str]:
    """The mailbox that mail to leave by comes in at, empty for none, and what is wrong with it."""
    if not typed.strip():
        return "", ""
    found = email(typed)
    if found is None:
        return "", "Write an email address, such as leave@example.com."
    local = found.partition("@")[0]
    if "+" in local:
        return "", "Leave out the plus and what follows: each message adds one of its own."
    if len(local) > LONGEST_MAILBOX:
        return "", f"Before the @ stand at most {LONGEST_MAILBOX} characters: each message adds 30 of its own."
    return found, ""


#: A country and what a segment costs there.
_PRICE = re.compile(r"([A-Za-z]{2})[\s:=]+(\d{1,2}(?:\.\d{1,6})?)")
_DEAREST = 10.0


def prices_of(typed: str) -> tuple[dict[str, float], str]:
    """Prices of a segment by country, one a line such as ``US 0.0125``, and what is wrong with them."""
    found: dict[str, float] = {}
    for line in filter(None, map(str.strip, typed.splitlines())):
        match = _PRICE.fullmatch(line)
        if match is None or float(match[2]) > _DEAREST:
            return {}, f"“{line[:40]}” is no price: write a country and what a segment costs, such as US 0.0125."
        found[match[1].upper()] = float(match[2])
    return found, ""


_DEAREST_BUDGET = 1e9


class PressureForm(BaseModel):
    """How much people get, and what texts may cost; an amount left empty is no limit."""

    model_config = ConfigDict(frozen=True)

    day: Annotated[int, Field(ge=1, le=1000)]
    week: Annotated[int, Field(ge=1, le=1000)]
    budget_day: Annotated[float, Field(ge=0, le=_DEAREST_BUDGET, allow_inf_nan=False)] | None = None
    budget_month: Annotated[float, Field(ge=0, le=_DEAREST_BUDGET, allow_inf_nan=False)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if str(value).strip()}


#: Behind a host: it may lie in a private network.
PRIVATE = "private"


def hosts_of(typed: str) -> tuple[list[Allowed], str]:
    """Hosts that journeys may call, one a line such as ``erp.internal:8080 private``, and what is wrong with them."""
    found: list[Allowed] = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        name, _, more = line.partition(" ")
        if more.strip().lower() not in {"", PRIVATE}:
            return [], f"Behind “{name[:40]}” stands nothing, or {PRIVATE}."
        try:
            found.append(allowed_of(name, private=bool(more)))
        except ConfigError as error:
            return [], f"{error.what} {error.hint}"
    return found, f"At most {MOST_HOSTS} hosts can be allowed." if len(found) > MOST_HOSTS else ""


def as_line(one: Allowed) -> str:
    """A host as ``hosts_of`` reads it."""
    return f"{one} {PRIVATE}" if one.private else str(one)


def _language(value: str) -> str:
    if value not in {*languages(), AUTO}:
        raise ValueError("Choose one of the list.")
    return value


class BrandSettingsForm(BrandForm):
    """The brand with all that its messages carry."""

    from_phone: Annotated[Line, AfterValidator(_phone)]
    base_url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_address)] = ""
    language: Annotated[str, AfterValidator(_language)] = DEFAULT
    #: Left out it is no: nothing is implied that was not chosen.
    implied: Literal["yes", "no"] = "no"


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class SenderForm(BaseModel):
    """The way out for emails: the sandbox, or a mail server."""

    model_config = ConfigDict(frozen=True)

    provider: Literal["sandbox", "smtp"]
    rate: Annotated[float, Field(gt=0, le=100_000)]
    host: Text = ""
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    username: Text = ""
    password: Annotated[str, Field(max_length=500)] = ""
    tls: Literal["none", "starttls", "tls"] = "starttls"

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        """A number left empty takes its default."""
        return {name: value for name, value in values.items() if value != "" or name not in {"port", "rate"}}

    def problem(self) -> dict[str, str]:
        """What no single field can know."""
        return {"host": "A mail server has a name, such as smtp.example.com."} if self.needs_host else {}

    @property
    def needs_host(self) -> bool:
        return self.provider == "smtp" and not self.host

    def settings(self, kept: dict[str, Any]) -> dict[str, Any]:
        """As the provider reads them. A password left empty stays the one that is kept for this user and server."""
        if self.provider == "sandbox":
            return {}
        found: dict[str, Any] = {"host": self.host, "port": self.port, "tls": self.tls}
        if self.username:
            same = kept.get("username") == self.username and kept.get("host") == self.host
            password = self.password or (kept.get("password", "") if same else "")
            found |= {"username": self.username, "password": password}
        return found
