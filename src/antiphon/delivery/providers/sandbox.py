"""The sandbox: takes both channels, sends nothing, shows everything. Addresses in ``refuse`` are turned away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from antiphon.delivery.providers.base import Outcome, Outgoing
from antiphon.delivery.queries import BUCKETS_NOW
from antiphon.delivery.tables import sandbox_message
from antiphon.store.db import Database, copy_rows
from antiphon.store.locks import lock_abuckets

_COLUMNS = ("abucket", "message", "channel", "address", "at", "subject", "html", "body", "headers", "segments")


class SandboxSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    refuse: tuple[str, ...] = ()


class Sandbox:
    """Writes ``sandbox_message`` rows at ``now``, in one transaction a batch."""

    def __init__(self, database: Database, settings: Mapping[str, Any]) -> None:
        self._database = database
        self._settings = SandboxSettings.model_validate(settings)

    def send(self, messages: Sequence[Outgoing], now: datetime) -> list[Outcome]:
        taken = [message for message in messages if message.address not in self._settings.refuse]
        if taken:
            self._write(taken, now)
        return [
            Outcome("rejected", error=f"550 The sandbox was told to refuse {message.address}.")
            if message.address in self._settings.refuse
            else Outcome("accepted", f"sandbox-{message.id}")
            for message in messages
        ]

    def check(self) -> None:
        with self._database.read():
            pass

    def close(self) -> None:
        pass

    def _write(self, messages: Sequence[Outgoing], now: datetime) -> None:
        # by COPY: as an array parameter, an email's HTML took longer to escape than to render
        with self._database.begin("dispatch") as connection:
            # an erasure that holds the abuckets is seen, one that waits for them deletes these rows
            lock_abuckets(connection, [message.abucket for message in messages])
            keys = {"abuckets": [message.abucket for message in messages], "ids": [message.id for message in messages]}
            gone = {row.id for row in connection.execute(BUCKETS_NOW, keys) if row.erased}
            rows = (_row(message, now) for message in messages if message.id not in gone)
            copy_rows(connection, sandbox_message, _COLUMNS, rows)


def _row(message: Outgoing, now: datetime) -> tuple[Any, ...]:
    return (
        message.abucket,
        message.id,
        message.channel,
        message.address,
        now,
        None if message.channel == "sms" else message.subject,
        message.html,
        message.body,
        Jsonb({**message.headers, "From": _sender(message)}),
        message.segments,
    )


def _sender(message: Outgoing) -> str:
    return f"{message.sender_name} <{message.sender}>" if message.channel == "email" else message.sender
