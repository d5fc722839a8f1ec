"""Email by SMTP. What the server said tells what is certain: before the end of DATA nothing was sent."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import aiosmtplib

from antiphon.delivery.providers import base
from antiphon.delivery.providers.base import Outcome, Outgoing, ProviderError
from antiphon.delivery.providers.mime import message_id, mime_bytes
from antiphon.delivery.providers.pool import Pool, SmtpSettings

#: Runs a coroutine on the event loop that owns the connections, and waits for it.
Run = Callable[[Coroutine[Any, Any, Any]], Any]

_DROPPED = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)
#: Answers about the sender or its session, not about the message: log-in wanted, service closing.
_SESSION = frozenset({421, 454, 530, 534, 535, 538})


class Smtp:
    """One mail server, with its pool of connections on the loop behind ``run``."""

    def __init__(self, settings: Mapping[str, Any], run: Run) -> None:
        self._settings = SmtpSettings.model_validate(settings)
        self._run = run
        self._pool: Pool | None = None

    def send(self, messages: Sequence[Outgoing], now: datetime) -> list[Outcome]:
        outcomes: list[Outcome] = self._run(self._send_all(messages, now))
        return outcomes

    def check(self) -> None:
        self._run(self._check())

    def close(self) -> None:
        if self._pool is not None:
            self._run(self._pool.close())
            self._pool = None

    async def _opened(self) -> Pool:
        if self._pool is None:
            self._pool = Pool(self._settings)
        return self._pool

    async def _check(self) -> None:
        try:
            async with (await self._opened()).connection(fresh=True) as (client, _):
                await client.noop()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ProviderError(f"{self._where()}: {_words(error)}", permanent=False) from error

    async def _send_all(self, messages: Sequence[Outgoing], now: datetime) -> list[Outcome]:
        pool, began = await self._opened(), monotonic()
        down: list[str] = []  # why the server is out of reach, once one message has found it so

        async def one(message: Outgoing) -> Outcome:
            if not down and monotonic() - began > base.HAND_OVER_SECONDS:
                down.append(f"{self._where()} is slow: this many messages took it {base.HAND_OVER_SECONDS:.0f} seconds")
            if down:
                return Outcome("unreachable", error=down[0])
            outcome = await self._send_one(pool, message, now)
            if outcome.result == "unreachable":
                down.append(outcome.error or "")
            return outcome

        turns = asyncio.Semaphore(self._settings.connections)

        async def in_turn(message: Outgoing) -> Outcome:
            async with turns:
                return await one(message)

        return await asyncio.gather(*(in_turn(message) for message in messages))

    async def _send_one(self, pool: Pool, message: Outgoing, now: datetime) -> Outcome:
        try:
            return await self._attempt(pool, message, now, fresh=False)
        except _StaleError:
            return await self._attempt(pool, message, now, fresh=True)

    async def _attempt(self, pool: Pool, message: Outgoing, now: datetime, *, fresh: bool) -> Outcome:
        """One attempt; raises :class:`_StaleError` when a kept connection turned out dead before anything was sent."""
        try:
            data = mime_bytes(message, now)
        except (ValueError, UnicodeError) as error:
            return Outcome("rejected", error=f"The email cannot be written: {error}.")
        try:
            async with pool.connection(fresh=fresh) as (client, used):
                return await self._converse(client, message, data, used=used)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome("unreachable", error=f"{self._where()}: {_words(error)}")

    async def _converse(self, client: aiosmtplib.SMTP, message: Outgoing, data: bytes, *, used: bool) -> Outcome:
        try:
            await client.mail(self._settings.return_path or message.sender)
        except _DROPPED as error:
            client.close()
            if used:
                raise _StaleError from error
            raise
        # any other refusal of MAIL is about the sender, not about this message: it goes up as unreachable
        try:
            await client.rcpt(message.address)
        except aiosmtplib.SMTPRecipientRefused as error:
            return await _refused(client, error)
        except UnicodeError as error:
            return Outcome("rejected", error=f"The address cannot be written: {error}.")
        try:
            await client.data(data)
        except aiosmtplib.SMTPDataError as error:
            if error.code < 300:  # 251 and the like: taken all the same
                return Outcome("accepted", message_id(message))
            return await _refused(client, error)
        except (aiosmtplib.SMTPException, OSError) as error:
            # anything but a clear answer: it may have been taken
            client.close()
            return Outcome("unknown", message_id(message), f"No answer after DATA: {_words(error)}")
        return Outcome("accepted", message_id(message))

    def _where(self) -> str:
        return f"The mail server {self._settings.host}:{self._settings.port}"


class _StaleError(Exception):
    """A kept connection had died."""


async def _refused(client: aiosmtplib.SMTP, error: aiosmtplib.SMTPResponseException) -> Outcome:
    if error.code in _SESSION:
        raise error
    try:
        await client.rset()
    except (aiosmtplib.SMTPException, OSError):
        client.close()
    return Outcome("rejected" if error.code >= 500 else "deferred", error=_words(error))


def _words(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__
