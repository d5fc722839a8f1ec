"""A real SMTP server that remembers what it took, by Message-ID."""

import socket
import threading
from collections import Counter
from contextlib import closing
from email import message_from_bytes
from email.message import Message
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Counts each message as it is accepted, before the answer leaves."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.mails: list[Message] = []
        self._lock = threading.Lock()
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server, session
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content)
        with self._lock:
            self.taken[str(mail["Message-ID"])] += 1
            self.mails.append(mail)
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
