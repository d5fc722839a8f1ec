"""Trying an address out: one call about nobody."""

from datetime import datetime

import orjson

from antiphon.engine.errands import wire
from antiphon.engine.errands.calling import signed
from antiphon.engine.errands.models import Answer, Request
from antiphon.journeys.errands.addresses import place_of
from antiphon.journeys.errands.hosts import hosts
from antiphon.kit.errors import ConfigError
from antiphon.kit.signing import Signer
from antiphon.store.db import Database


def try_out(database: Database, signer: Signer, url: str, now: datetime) -> Answer:
    """Call ``url`` once, with a body that says that it is a test. Raises ``ConfigError`` for what is no address."""
    try:
        place = place_of(url)
    except ValueError as error:
        raise ConfigError(f"The address cannot be called: {error}.") from None
    with database.read() as connection:
        allowed = hosts(connection)
    body = orjson.dumps({"test": True, "at": now.isoformat()})
    headers = {
        "content-type": "application/json",
        **signed(signer, f"test_{int(now.timestamp() * 1_000_000)}", body, now),
    }
    (answer,) = wire.call_all([Request(headers["webhook-id"], place, "POST", headers, body)], allowed)
    return answer
