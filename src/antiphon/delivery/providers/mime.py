"""An email on the wire, written by hand.

The email package folds ``List-Unsubscribe`` into encoded words, which no mailbox provider reads as a link, and its
quoted-printable is written in Python and took longer than rendering.
"""

from binascii import b2a_qp
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

from antiphon.delivery.providers.base import Outgoing

_LINE = "\r\n"


def message_id(message: Outgoing) -> str:
    """The same for every attempt at a message, so that receivers know a repetition."""
    return f"<antiphon.{_hex(message)}@{message.sender.rpartition('@')[2]}>"


def mime_bytes(message: Outgoing, now: datetime) -> bytes:
    """The whole message; raises ValueError for a line break in a header, UnicodeError for an address not ASCII."""
    headers = {
        "From": formataddr((message.sender_name, message.sender)),
        "To": message.address,
        "Subject": _words(message.subject),
        "Date": format_datetime(now),
        "Message-ID": message_id(message),
        **message.headers,
        "MIME-Version": "1.0",
    }
    if message.html is None:
        content = _part("plain", message.body)
    else:
        edge = f"=_antiphon-{_hex(message)}"  # "=_" never stands in quoted-printable
        content = (
            f'Content-Type: multipart/alternative; boundary="{edge}"{_LINE}{_LINE}--{edge}{_LINE}'.encode()
            + _part("plain", message.body)
            + f"{_LINE}--{edge}{_LINE}".encode()
            + _part("html", message.html)
            + f"{_LINE}--{edge}--{_LINE}".encode()
        )
    head = "".join(f"{name}: {_checked(name, value)}{_LINE}" for name, value in headers.items())
    return head.encode("ascii") + content


def _hex(message: Outgoing) -> str:
    return f"{message.id & (1 << 64) - 1:016x}"


def _words(subject: str) -> str:
    charset = None if subject.isascii() else "utf-8"
    return Header(_checked("Subject", subject), charset, header_name="Subject").encode(linesep=_LINE)


def _checked(name: str, value: str) -> str:
    if "\n" in value.replace("\r\n ", "") or "\r" in value.replace("\r\n ", ""):
        raise ValueError(f"a line break in {name}")
    return value


def _part(subtype: str, text: str) -> bytes:
    kind = f'Content-Type: text/{subtype}; charset="utf-8"'
    head = f"{kind}{_LINE}Content-Transfer-Encoding: quoted-printable{_LINE}{_LINE}"
    lines = text.replace("\r\n", "\n").replace("\n", _LINE)
    return head.encode() + b2a_qp(lines.encode(), istext=True)
