"""Mail to the unsubscribe address that List-Unsubscribe names: who writes there wants out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Literal

from antiphon.content.links import read_mail_token
from antiphon.delivery import queries
from antiphon.intake.optout import opt_out
from antiphon.kit.errors import NotFoundError
from antiphon.kit.signing import BadTokenError, Signer
from antiphon.people.identifiers import email
from antiphon.rules.replies.classify import classify
from antiphon.store.db import Database

SOURCE = "unsubscribe mail"
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
_PLUS = re.compile(r"^[^@+]+\+([a-z2-7]+)@", re.IGNORECASE)
#: How much of a mail is read for what it says, when its address does not say whom it is for.
_WORDS = 1_600


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a mail meant: ``stop``, with whose address is out now; ``reply``: it asks for nothing that is known here;
    ``automatic``: a machine answered."""

    meaning: Literal["stop", "reply", "automatic"]
    channel: str = ""
    address: str = ""


def receive_mail(database: Database, signer: Signer, raw: bytes, recipients: Sequence[str] = ()) -> Mailed:
    """Opt out whom a raw message is for. ``recipients``: addresses of the envelope, where a mail server tells them.

    The signed address of one message stands for whom that message went to, whoever wrote. Without one, the sender is out
    when their words say so. Machines that answer by themselves are not heard. Safe to repeat.
    """
    message = message_from_bytes(raw, policy=policy.default)
    if str(message.get("auto-submitted", "no")).lower().startswith("auto-replied"):
        return Mailed("automatic")
    evidence = {name: str(message.get(name, ""))[:500] for name in ("from", "to", "subject", "date", "message-id")}
    found = _signed(database, signer, message, recipients)
    if found is not None:
        opt_out(database, *found, "mail", SOURCE, evidence={"mail": evidence})
        return Mailed("stop", *found)
    sender = _sender(message)
    if sender is None or classify(f"{message.get('subject', '')}\n{_text(message)}"[:_WORDS]).intent != "stop":
        return Mailed("reply")
    opt_out(database, "email", sender, "mail", SOURCE, evidence={"mail": evidence})
    return Mailed("stop", "email", sender)


def _signed(
    database: Database, signer: Signer, message: EmailMessage, recipients: Sequence[str]
) -> tuple[str, str] | None:
    """Channel and address of the message that a recipient's token names."""
    values = [*recipients, *(str(value) for name in _RECIPIENTS for value in message.get_all(name, []))]
    for _, address in getaddresses(values):
        token = _PLUS.match(address)
        if token is None:
            continue
        try:
            named = read_mail_token(signer, token[1])
        except (BadTokenError, NotFoundError):
            continue
        with database.read() as connection:
            where = {"abucket": named.abucket, "message": named.message}
            row = connection.execute(queries.CLICKED_MESSAGE, where).one_or_none()
        if row is not None:
            return row.channel, row.address
    return None


def _sender(message: EmailMessage) -> str | None:
    pairs = getaddresses([str(message.get("from", ""))])
    return email(pairs[0][1]) if pairs and pairs[0][1] else None


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    try:
        return str(part.get_content())[:_WORDS] if part is not None else ""
    except (LookupError, UnicodeError):  # a character set that nobody knows
        return ""
