"""One visitor's way through a unit, from the first look at it to the thanks, carried in a signed token.

The token goes to the browser with each step and comes back with the next, so that the server keeps nothing of those who
only look, a form without JavaScript works alike, and whatever is sent twice is known as the same: its id names the
sign-up. What a visitor agreed to is read from the version that they were shown, though a newer one may be out.
"""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from antiphon.content.languages import words_of
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import BadTokenError, Signer

_SALT = "antiphon.sign-up"
#: A form that was open for longer is given out anew.
LASTS = timedelta(hours=24)
#: Nobody reads and types in less.
QUICKEST = timedelta(milliseconds=1500)


class StaleFormError(AntiphonError):
    """A form that is not ours, or not any more. ``key`` names what visitors read, among ``content.languages``."""

    key = "error.stale"

    def __init__(self) -> None:
        super().__init__(words_of("en")(self.key))


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a visitor stands. ``email`` and ``phone`` are what they gave so far, normalised.

    ``mute``: it was taken for a machine's and goes on without anything being kept. ``worked``: the proof of work is done.
    """

    id: str
    unit: str
    version: int
    begun_at: int  # milliseconds since 1970
    device: str | None = None
    page: str | None = None
    email: str | None = None
    phone: str | None = None
    mute: bool = False
    worked: bool = False

    @property
    def key(self) -> str:
        """The device id that ties what is given to one person: the browser's, or this form's own."""
        return self.device or f"form:{self.id}"

    def begun(self, now: datetime) -> timedelta:
        return timedelta(milliseconds=now.timestamp() * 1000 - self.begun_at)

    def given(self, channel: str, address: str) -> "Flow":
        return replace(self, email=address) if channel == "email" else replace(self, phone=address)


def begin(unit: str, version: int, now: datetime, device: str | None = None, page: str | None = None) -> Flow:
    return Flow(secrets.token_urlsafe(12), unit, version, int(now.timestamp() * 1000), device, page)


def write(signer: Signer, flow: Flow) -> str:
    kept = {name: value for name, value in asdict(flow).items() if value not in {None, False}}
    return signer.sign(_SALT, json.dumps(kept, separators=(",", ":"), ensure_ascii=False).encode())


def read(signer: Signer, token: str, unit: str, now: datetime) -> Flow:
    """The flow of a token of this unit's; raises :class:`StaleFormError` for one that is forged, another's, or too old."""
    try:
        kept: dict[str, Any] = json.loads(signer.unsign(_SALT, token))
    except BadTokenError as error:
        raise StaleFormError from error
    flow = Flow(**kept)
    if flow.unit != unit or not timedelta(seconds=-60) <= flow.begun(now) <= LASTS:
        raise StaleFormError
    return flow
