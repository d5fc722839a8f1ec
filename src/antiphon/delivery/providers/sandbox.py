"""The sandbox: takes both channels, sends nothing, shows everything. Addresses in ``refuse`` are turned away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict

from antiphon.delivery import queries
from antiphon.delivery.providers.base import Outcome, Outgoing
from antiphon.store.db import Database


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
        refs = self._write(taken, now) if taken else {}
        return [
            Outcome("accepted", f"sandbox-{refs[message.id]}")
            if message.id in refs
            else Outcome("rejected", error=f"550 The sandbox was told to refuse {message.address}.")
            for message in messages
        ]

    def check(self) -> None:
        with self._database.read():
            pass

    def close(self) -> None:
        pass

    def _write(self, messages: Sequence[Outgoing], now: datetime) -> dict[int, int]:
        values = {
            "now": now,
            "abuckets": [m.abucket for m in messages],
            "messages": [m.id for m in messages],
            "channels": [m.channel for m in messages],
            "addresses": [m.address for m in messages],
            "subjects": [None if m.channel == "sms" else m.subject for m in messages],
            "htmls": [m.html for m in messages],
            "bodies": [m.body for m in messages],
            "headers": [orjson.dumps({**m.headers, "From": _sender(m)}).decode() for m in messages],
            "segments": [m.segments for m in messages],
        }
        with self._database.begin("dispatch") as connection:
            return {row.message: row.id for row in connection.execute(queries.SANDBOX, values)}


def _sender(message: Outgoing) -> str:
    return f"{message.sender_name} <{message.sender}>" if message.channel == "email" else message.sender
