"""Versions that PostgreSQL plans once: it says the same of the same statements, and plans some forty of one playbook in a tenth
of a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from sqlalchemy import Connection

from antiphon.journeys.compile import CompiledVersion
from antiphon.journeys.publish import prove

#: As many as ``journeys.compile`` keeps: what it compiles anew is planned anew.
KEPT = 64


@contextmanager
def proved_once() -> Iterator[None]:
    """What was compiled is planned the first time that it is published; what PostgreSQL refuses, always."""
    proved: dict[int, CompiledVersion] = {}

    def once(connection: Connection, compiled: CompiledVersion, now: datetime) -> None:
        if proved.get(id(compiled)) is compiled:
            return
        prove(connection, compiled, now)
        proved[id(compiled)] = compiled
        if len(proved) > KEPT:
            del proved[next(iter(proved))]

    with patch("antiphon.journeys.publish.prove", once):
        yield
