"""A pool of SMTP connections on one event loop; idle ones are kept for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Literal

import aiosmtplib
from pydantic import BaseModel, ConfigDict, Field

#: Servers end idle sessions (RFC 5321 asks for 5 minutes, many give less): a younger connection is almost surely alive.
_IDLE_SECONDS = 20.0


class SmtpSettings(BaseModel):
    """A mail server. ``tls``: none, starttls (usual on 587) or tls from the first byte (465)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65_535)
    username: str | None = None
    password: str | None = None
    tls: Literal["none", "starttls", "tls"] = "starttls"
    verify: bool = True
    connections: int = Field(default=8, ge=1, le=100)
    timeout: float = Field(default=30, gt=0, le=300)
    #: Envelope sender; the From address when unset.
    return_path: str | None = None


class Pool:
    """At most ``connections`` at once. A connection that failed is thrown away by whoever held it."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._room = asyncio.Semaphore(settings.connections)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []

    @asynccontextmanager
    async def connection(self, *, fresh: bool = False) -> AsyncIterator[tuple[aiosmtplib.SMTP, bool]]:
        """A connection, and whether it was in use before; kept afterwards if it is still open."""
        async with self._room:
            client, used = (None, False) if fresh else (self._kept(), True)
            if client is None:
                client, used = await self._connect(), False
            try:
                yield client, used
            except BaseException:
                client.close()
                raise
            if client.is_connected:
                self._idle.append((client, monotonic()))

    async def close(self) -> None:
        while self._idle:
            client, _ = self._idle.pop()
            try:
                await client.quit(timeout=2)
            except (aiosmtplib.SMTPException, OSError):
                client.close()

    def _kept(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and monotonic() - since < _IDLE_SECONDS:
                return client
            client.close()
        return None

    async def _connect(self) -> aiosmtplib.SMTP:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            timeout=settings.timeout,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            validate_certs=settings.verify,
        )
        await client.connect()
        return client
