"""Messages and facts for the gate, with the fields that a test does not name filled in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.conftest import NOON

from antiphon.decisions.settings import BrandSettings
from antiphon.delivery.models import ConsentState, Facts, Message
from antiphon.kit.zones import zone_id

NEW_YORK = zone_id("America/New_York") or 0
LOS_ANGELES = zone_id("America/Los_Angeles") or 0

SETTINGS = BrandSettings()
SUBSCRIBED = ConsentState("subscribed")
DOUBLE = ConsentState("subscribed", double_opt_in=True)
OPTED_IN = Facts({"marketing": SUBSCRIBED, "cart": DOUBLE})

_MAIL = Message(
    abucket=7,
    id=1,
    key=UUID(int=1),
    address="ann@example.com",
    channel="email",
    brand=1,
    purpose="marketing",
    bucket=9,
    person=5,
    run=3,
    journey=1,
    version=1,
    step="first",
    occasion_key="a-1",
    occasion_at=NOON - timedelta(hours=1),
    occasion_event=4,
    zones=(NEW_YORK,),
    due_at=NOON,
    expires_at=None,
    state="planned",
    attempts=0,
)


def mail(number: int = 1, **fields: Any) -> Message:
    return replace(_MAIL, id=number, key=UUID(int=number), **fields)


def text(number: int = 1, **fields: Any) -> Message:
    return mail(number, **{"channel": "sms", "address": "+12125550101", **fields})


def cart_text(number: int = 1, **fields: Any) -> Message:
    return text(number, **{"purpose": "cart", **fields})
