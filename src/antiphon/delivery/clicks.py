"""From a click's token to the message it was in, and to the event that it becomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from antiphon.content.links import TRAP, read_click
from antiphon.delivery import queries
from antiphon.delivery.judging import Verdict
from antiphon.kit.errors import NotFoundError
from antiphon.kit.signing import Signer
from antiphon.store.db import Database

_EVENTS = {"email": "Email Clicked", "sms": "SMS Clicked"}
_TRAITS = {"email": "email", "sms": "phone"}


@dataclass(frozen=True, slots=True)
class Click:
    """One click on a link of a message. The link's signed token says that its reader has the message's address."""

    url: str
    number: int
    message: int
    channel: str
    address: str
    journey: int
    version: int
    step: str
    at: datetime
    agent: str
    verdict: Verdict | None = None

    @property
    def message_id(self) -> str:
        """The same for repeats within a second: browsers ask twice. Of a machine's clicks on a link one a day is kept."""
        if self.verdict is not None and self.verdict.machine:
            return f"machine:{self.message}:{self.number}:{self.at.date()}"
        return f"click:{self.message}:{self.number}:{int(self.at.timestamp())}"

    def item(self) -> dict[str, Any]:
        """The click as an item of Segment's vocabulary, about the message's address."""
        return {
            "type": "track",
            "event": _EVENTS[self.channel],
            "properties": {
                "message": str(self.message),
                "link": self.number,
                "url": self.url,
                "journey": self.journey,
                "version": self.version,
                "step": self.step,
                **(self.verdict.told() if self.verdict is not None else {}),
            },
            "context": {"traits": {_TRAITS[self.channel]: self.address}, "userAgent": self.agent},
        }


@dataclass(frozen=True, slots=True)
class Open:
    """An email's picture was loaded, by its reader or by a machine."""

    message: int
    address: str
    journey: int
    version: int
    step: str
    at: datetime
    agent: str
    verdict: Verdict

    @property
    def message_id(self) -> str:
        """An email is opened once, whatever loads its picture again; by machines likewise."""
        return f"{'machine-open' if self.verdict.machine else 'open'}:{self.message}"

    def item(self) -> dict[str, Any]:
        """The open as an item of Segment's vocabulary, about the message's address."""
        return {
            "type": "track",
            "event": "Email Opened",
            "properties": {
                "message": str(self.message),
                "journey": self.journey,
                "version": self.version,
                "step": self.step,
                **self.verdict.told(),
            },
            "context": {"traits": {"email": self.address}, "userAgent": self.agent},
        }


def read_clicked(database: Database, signer: Signer, token: str, at: datetime, agent: str) -> Click:
    """The click that a token stands for; raises :class:`NotFoundError` for a link that leads nowhere."""
    link = read_click(signer, token)
    where = {"abucket": link.abucket, "message": link.message, "id": link.message}
    with database.read() as connection:
        message = connection.execute(queries.CLICKED_MESSAGE, where).one_or_none()
        links = connection.execute(queries.CLICKED_LINKS, where).scalar_one_or_none() or []
    if message is None or (link.number >= len(links) and link.number != TRAP):
        raise NotFoundError("This link is not kept any more.", "Look for what it led to on the shop's own pages.")
    return Click(
        "" if link.number == TRAP else links[link.number],
        link.number,
        link.message,
        message.channel,
        message.address,
        message.journey,
        message.version,
        message.step,
        at,
        agent,
    )
