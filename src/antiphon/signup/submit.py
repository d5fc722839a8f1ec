"""Taking in one step of a form: judged, counted and kept in one transaction, answered alike whoever it is about.

The answer says what was wrong with what was typed and where the form goes next. Nothing in it depends on what an address
agreed to before or whether anybody has it: the ledger is not even read here, so there is nothing to be told by time either.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from antiphon.content.languages import Words, settled, words_of
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.queries import CLOCK
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import Signer
from antiphon.signup import giving, limits
from antiphon.signup.flow import QUICKEST, Flow
from antiphon.signup.giving import Visitor
from antiphon.signup.judging import judge_email, judge_phone
from antiphon.signup.models import DoneStep, EmailStep, PhoneStep, PreferenceStep, Unit
from antiphon.signup.units import Shop
from antiphon.signup.work import solves
from antiphon.store.db import Database

#: Addresses that one form takes for each channel: the one that was mistyped, and the right one.
ADDRESSES = 2
#: How often one form takes a preference: who goes back may think again.
CHOICES = 10
#: The field that nobody sees. What fills it in is a machine.
TRAP = "company_site"


class TooOftenError(AntiphonError):
    """``key`` names what visitors read, among ``content.languages``."""

    status = 429
    key = "error.too_often"

    def __init__(self) -> None:
        super().__init__(words_of("en")(self.key))


class SpentError(TooOftenError):
    """One form for ever new addresses: its proof of work was for one visitor, who may have mistyped."""

    key = "error.spent"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor sees next. ``step`` is a step's name; with ``errors`` (field → words) it is the same one again."""

    flow: Flow
    step: str
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where forms are handed in. ``received`` is the instant on a virtual clock; None: the database's own."""

    database: Database
    signer: Signer
    shop: Shop
    received: datetime | None = None

    def take(
        self, unit: Unit, flow: Flow, step: str, form: Mapping[str, str], visitor: Visitor, now: datetime
    ) -> Answer:
        """Take one step. Raises :class:`TooOftenError`, and ``NotFoundError`` for a step that the unit does not have."""
        asked = next((one for one in unit.steps if one.step == step), None)
        if asked is None or isinstance(asked, DoneStep):
            raise AntiphonError(f"This form has no step {step[:20]!r}.", "Please load the page again.")
        onward = following(unit, step)
        if form.get("skip"):
            return Answer(flow, onward)
        if form.get(TRAP):
            flow = replace(flow, mute=True)
        words = settled(unit.language, visitor.accept)
        if isinstance(asked, PreferenceStep):
            return self._prefer(flow, form, onward, words, now)
        flow, errors, flags = _read(asked, flow, unit, form, words)
        if not errors and not flow.mute:
            errors = self._haste(unit, flow, form, words, now)
        if errors:
            return Answer(flow, step, errors)
        if flow.mute:
            return Answer(flow, onward)
        channel = "email" if step == "email" else "sms"
        return Answer(self._keep(unit, flow, channel, flags, visitor, now), onward)

    def _haste(self, unit: Unit, flow: Flow, form: Mapping[str, str], words: Words, now: datetime) -> dict[str, str]:
        if flow.begun(now) < QUICKEST:
            return {"form": words("error.quick")}
        if unit.abuse.work and not flow.worked and not solves(flow.id, form.get("work", ""), unit.abuse.work):
            return {"form": words("error.work")}
        return {}

    def _keep(
        self, unit: Unit, flow: Flow, channel: str, flags: tuple[str, ...], visitor: Visitor, now: datetime
    ) -> Flow:
        address = flow.email if channel == "email" else flow.phone
        with self.database.begin("sign-up") as connection:
            fresh = limits.once(connection, self.signer, "step", f"{flow.id}|{channel}|{address}", limits.DAY, now)
            if not fresh:  # the same form came in twice: the first one counts
                return replace(flow, worked=True)
            if limits.times(connection, self.signer, "flow", f"{flow.id}|{channel}", limits.DAY, now) > ADDRESSES:
                raise SpentError
            if limits.too_many(connection, self.signer, visitor.host, unit.abuse.per_network, now):
                raise TooOftenError
            times = limits.count(connection, self.signer, channel, str(address), limits.DAY, now)
            if times <= unit.abuse.per_address:
                at = self._instant(connection)
                arrivals = giving.sign_up(flow, unit, self.shop, visitor, channel, flags, at)
                write_arrivals(connection, arrivals, self.received)
        return replace(flow, worked=True)

    def _instant(self, connection: Connection) -> datetime:
        """The database's clock, as opt-outs have it: which of the two was later must not hang on two clocks."""
        found: datetime = self.received or connection.execute(CLOCK).scalar_one()
        return found

    def _prefer(self, flow: Flow, form: Mapping[str, str], onward: str, words: Words, now: datetime) -> Answer:
        choice = form.get("preference", "")
        if choice not in {"email", "sms", "both"}:
            return Answer(flow, "preference", {"preference": words("error.preference")})
        if (flow.email or flow.phone) and not flow.mute:
            with self.database.begin("sign-up") as connection:
                times = limits.times(connection, self.signer, "flow", f"{flow.id}|preference", limits.DAY, now)
                if times <= CHOICES:
                    told = giving.preference(flow, choice, times, self._instant(connection))
                    write_arrivals(connection, [told], self.received)
        return Answer(flow, onward)


def following(unit: Unit, step: str) -> str:
    """The step behind a step; behind the last, the thanks."""
    names = unit.names
    place = names.index(step) + 1
    return names[place] if place < len(names) else "done"


def _read(
    asked: EmailStep | PhoneStep, flow: Flow, unit: Unit, form: Mapping[str, str], words: Words
) -> tuple[Flow, dict[str, str], tuple[str, ...]]:
    """The flow with the address of a step, what is wrong by field, and what is to be kept beside the consent."""
    errors: dict[str, str] = {}
    if isinstance(asked, EmailStep):
        judged, channel = judge_email(form.get("email", ""), unit.abuse, words), "email"
    else:
        judged, channel = judge_phone(form.get("phone", ""), form.get("country", ""), unit.countries, words), "sms"
    if judged.error:
        errors[asked.step] = judged.error
    if asked.consent.box and form.get("agreed") != "yes":
        errors["agreed"] = words("error.agreed")
    return (flow if errors else flow.given(channel, judged.address)), errors, judged.flags
