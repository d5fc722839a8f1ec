"""Codes in prefilled texts: sign-ups that lack nothing but the number of the phone that sends them.

Nothing is agreed to by a code alone. The text itself is the signature; the code says under which words, and ties the phone
to the browser that was shown it. A code works once and for a day.
"""

import re
import secrets
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from antiphon.intake import queries
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.opting_in import SignUp, sign_up_arrival

LASTS = timedelta(hours=24)
#: Digits alone: letters might come to a misspelt STOP.
_CODE = re.compile(r"(?<!\d)\d{8}(?!\d)")


def give(connection: Connection, sign_up: SignUp, event: dict[str, Any], now: datetime) -> str:
    """A new code for what a visitor is shown: one of a hundred million, so that a guess within its day hits nobody.

    ``event`` is the item of Segment's vocabulary that the sign-up is as well; the number is put in when it is known.
    """
    code = f"{secrets.randbelow(10**8):08}"
    connection.execute(queries.FORGET_CODES, {"now": now})  # what is over says where somebody was
    values = {"code": code, "sign_up": Jsonb(asdict(sign_up)), "event": Jsonb(event), "until": now + LASTS}
    connection.execute(queries.ADD_CODE, values)
    return code


def redeem(connection: Connection, body: str, phone: str, at: datetime) -> Arrival | None:
    """The sign-up whose code stands in a text; ``None`` where there is no code that works. The event it is, is kept here."""
    for code in _CODE.findall(body)[:3]:
        row = connection.execute(queries.USE_CODE, {"code": code, "at": at}).one_or_none()
        if row is not None:
            given = dict(row.sign_up) | {"purposes": tuple(row.sign_up["purposes"])}
            sign_up = replace(SignUp(**given), address=phone, method="keyword")
            write_arrivals(connection, [_event(row.event, phone, f"form:code:{code}", sign_up.source, at)], at)
            # the text proves the phone; cart reminders ask for a YES to a text that names them all the same
            return sign_up_arrival(sign_up, phone, at, f"code:{code}", double="cart" in sign_up.purposes)
    return None


def _event(event: dict[str, Any], phone: str, key: str, source: str, at: datetime) -> Arrival:
    traits = event.get("context", {}).get("traits", {}) | {"phone": phone}
    return Arrival(source, key, "track", at, False, event | {"context": {"traits": traits}})
