"""Codes in prefilled texts: sign-ups that lack nothing but the number of the phone that sends them.

Nothing is agreed to by a code alone. The text itself is the signature; the code says under which words, and ties the phone
to the browser that was shown it. A code works once and for a day.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from antiphon.intake import queries
from antiphon.intake.arrivals import write_arrivals
from antiphon.intake.models import Arrival
from antiphon.intake.opting_in import SignUp, sign_up_arrival
from antiphon.kit.signing import Signer

LASTS = timedelta(hours=24)
#: How many codes are tried before a form goes without.
_DRAWS = 8
#: Digits alone: letters might come to a misspelt STOP.
_CODE = re.compile(r"(?<!\d)\d{8}(?!\d)")


def draws(signer: Signer, form: str) -> tuple[str, ...]:
    """The codes that a form may have, in the order in which they are tried; nobody else can tell them.

    Each is one of a hundred million, so that a guess within its day hits nobody.
    """
    parts = (signer.sign("antiphon.code", f"{form}|{number}".encode()) for number in range(_DRAWS))
    return tuple(f"{int.from_bytes(sha256(part.encode()).digest()[:8]) % 10**8:08}" for part in parts)


def find(connection: Connection, codes: Sequence[str], form: str, now: datetime) -> str | None:
    """The code that a form was given before."""
    where = {"codes": list(codes), "form": form, "now": now}
    found: str | None = connection.execute(queries.CODE_OF_FORM, where).scalar()
    return found


def give(
    connection: Connection, sign_up: SignUp, event: dict[str, Any], codes: Sequence[str], now: datetime
) -> str | None:
    """The code for what a visitor is shown: the first of ``codes`` that is free, or already this form's own.

    ``sign_up`` names its form in ``more``; a form has one code however often it is shown. ``event`` is the item of
    Segment's vocabulary that the sign-up is as well; the number is put in when it is known. ``None``: all are taken.
    """
    connection.execute(queries.FORGET_CODES, {"now": now})  # what is over says where somebody was
    for code in codes:
        values = {"code": code, "sign_up": Jsonb(asdict(sign_up)), "event": Jsonb(event), "until": now + LASTS}
        free = connection.execute(queries.ADD_CODE, values).scalar() is not None
        if free or find(connection, [code], sign_up.more["form"], now):
            return code
    return None


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
