"""Links that are followed and pictures that are loaded: kept for a moment until it is judged who did it.

A scanner shows itself by what it does around a click: three links within two seconds, all links of a mail. So nothing is
taken for a person's act at once; a few seconds later it is known (``delivery.judging``, ``intake.judging``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from antiphon.delivery import queries
from antiphon.kit.buckets import hash64
from antiphon.kit.signing import Signer
from antiphon.store.db import Database


@dataclass(frozen=True, slots=True)
class Touch:
    """One request for a link or a picture of a message. ``caller`` is a keyed hash of where it came from."""

    abucket: int
    message: int
    kind: Literal["click", "open"]
    link: int
    method: Literal["GET", "HEAD"]
    at: datetime
    agent: str
    self_told: bool
    caller: int | None


def caller(signer: Signer, host: str | None) -> int | None:
    """A network address as a number that says nothing without the installation's secret."""
    return hash64(signer.sign("antiphon.caller", host.encode(), 16)[:22]) if host else None


def keep(database: Database, touch: Touch) -> None:
    """Keep a touch until it is judged."""
    row = {
        "abucket": touch.abucket,
        "message": touch.message,
        "kind": touch.kind,
        "link": touch.link,
        "method": touch.method,
        "at": touch.at,
        "agent": touch.agent,
        "self_told": touch.self_told,
        "caller": touch.caller,
    }
    with database.begin("touch", durable=False) as connection:
        connection.execute(queries.KEEP_TOUCH, row)
