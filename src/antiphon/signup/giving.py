"""What a sign-up becomes: the arrivals that make a consent, and complete a person."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from antiphon.addresses.wordings import Wording
from antiphon.content.languages import settled
from antiphon.intake.models import Arrival
from antiphon.intake.opting_in import SignUp, sign_up_arrival
from antiphon.people.traits import PREFERRED
from antiphon.signup.flow import Flow
from antiphon.signup.models import PhoneStep, Unit
from antiphon.signup.units import Shop
from antiphon.signup.wording import spoken

#: Whose arrivals these are.
SOURCE = "sign-up"
#: The brand that units sign up for.
BRAND = 1


@dataclass(frozen=True, slots=True)
class Visitor:
    """From where a form was sent, kept as evidence of the consent."""

    host: str
    agent: str
    #: The browser's ``Accept-Language``.
    accept: str = ""


def sign_up(
    flow: Flow, unit: Unit, shop: Shop, visitor: Visitor, channel: str, flags: tuple[str, ...], at: datetime
) -> list[Arrival]:
    """The consent that a step gave, and the event that it is.

    Repeats of one step carry the same message ids; a corrected address is another sign-up.
    """
    address = flow.email if channel == "email" else flow.phone
    assert address is not None
    given = agreed(flow, unit, shop, channel)
    more = (
        given.more
        | {"form": flow.id, "language": settled(unit.language, visitor.accept).language}
        | ({"flags": list(flags)} if flags else {})
    )
    consent = replace(given, address=address, ip=visitor.host, agent=visitor.agent, more=more)
    double = (unit.confirm.email if channel == "email" else unit.confirm.sms) != "none"
    key = f"{flow.id}:{channel}:{sha256(address.encode()).hexdigest()[:16]}"
    return [
        sign_up_arrival(consent, address, at, key, double=double),
        Arrival(SOURCE, f"form:{key}", "track", at, False, submitted(flow, unit, channel)),
    ]


def agreed(flow: Flow, unit: Unit, shop: Shop, channel: str) -> SignUp:
    """What a step asks to be agreed to, by nobody yet."""
    step = unit.email if channel == "email" else unit.phone
    assert step is not None
    words = wording(unit, shop, channel)
    return SignUp(
        channel,
        "",
        words.purposes,
        method="web form",
        wording=words.text,
        wording_version=words.version,
        source=SOURCE,
        device=flow.key,
        more={"unit": unit.unit, "unitVersion": flow.version, "box": step.consent.box}
        | ({"page": flow.page} if flow.page else {})
        | promise(unit),
    )


def promise(unit: Unit) -> dict[str, str]:
    """The code that comes once the address may be written to (``intake.promised``); what was shown is no promise."""
    done = unit.done
    if done.offer:
        return {"offer": done.offer}
    return {"coupon": done.coupon} if done.coupon and done.when == "confirmed" and unit.asks_to_confirm else {}


def wording(unit: Unit, shop: Shop, channel: str) -> Wording:
    """The words of a step as visitors see them; the same words have the same version in every unit."""
    step = unit.email if channel == "email" else unit.phone
    assert step is not None
    purposes = tuple(step.purposes) if isinstance(step, PhoneStep) else ("marketing",)
    return Wording(BRAND, channel, purposes, unit.locale, spoken(step.consent.text, shop.brand))


def submitted(flow: Flow, unit: Unit, channel: str) -> dict[str, Any]:
    """The event that a sign-up is. Both addresses in one, once both are known: typed into one form, they are one person's."""
    traits = {name: value for name, value in (("email", flow.email), ("phone", flow.phone)) if value}
    properties = {"unit": unit.unit, "version": flow.version, "channel": channel, "kind": unit.kind}
    return {
        "type": "track",
        "event": "Form Submitted",
        "anonymousId": flow.key,
        "properties": properties | ({"url": flow.page} if flow.page else {}),
        "context": {"traits": traits},
    }


def preference(flow: Flow, choice: str, times: int, at: datetime) -> Arrival:
    """How somebody likes to hear from the brand: email, sms or both. Who goes back and chooses again has said both."""
    traits = {name: value for name, value in (("email", flow.email), ("phone", flow.phone)) if value}
    body = {
        "type": "identify",
        "anonymousId": flow.key,
        "traits": traits | {PREFERRED: choice},
    }
    return Arrival(SOURCE, f"preference:{flow.id}:{times}", "identify", at, False, body)
