"""A real SMTP server that keeps what it gets, and fails on request."""

from asyncio import WriteTransport
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port


class Sink:
    """``taken`` are the messages; local parts choose a failure: ``gone``, ``busy``, ``cut`` (after DATA), ``full``."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, str]] = []
        self.connections = 0

    def times(self) -> Counter[str]:
        """How often each message was taken, by its Message-ID."""
        return Counter(str(mail["Message-ID"]) for mail in self.taken)

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("stranger@"):
            return "550 5.7.1 sender not allowed"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone@"):
            return "550 5.1.1 no such user"
        if address.startswith("busy@"):
            return "451 4.3.0 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        if address.startswith("full@"):
            return "452 4.2.2 mailbox full"
        content = cast("bytes", envelope.content)
        self.taken.append(message_from_bytes(content, policy=policy.default))
        self.envelopes.append((envelope.mail_from or "", address))
        if address.startswith("cut@"):
            cast("WriteTransport", server.transport).abort()
        return "250 OK"


@contextmanager
def running(sink: Sink, port: int = 0, **options: Any) -> Iterator[int]:
    """The sink on a port of this machine; yields the port. ``options`` are the server's own."""
    controller: Any = Controller(sink, hostname="127.0.0.1", port=port or free_port(), ready_timeout=10, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
