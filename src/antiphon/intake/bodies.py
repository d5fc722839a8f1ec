"""What all intakes over HTTP share: a body of bounded size, and who sends it."""

import zlib
from typing import Any

import orjson
from fastapi import Request

from antiphon.intake.sources import Keys
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database


class BodyError(AntiphonError):
    """A request that is not taken: answered by ``status`` and ``{"error": what, "hint": hint}``."""

    def __init__(self, status: int, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.status = status


async def body_of(request: Request, limit: int) -> bytes:
    """The body, unpacked when it is gzip; never more than ``limit`` bytes of either are held."""
    packed = request.headers.get("content-encoding", "").lower() == "gzip"
    unpack = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    size = taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        try:
            parts.append(unpack.decompress(chunk, limit + 1 - size) if packed else chunk)
        except zlib.error as error:
            raise BodyError(
                400, "The body is not gzip, although Content-Encoding says so.", "Send it as it is."
            ) from error
        size += len(parts[-1])
        if max(size, taken) > limit:
            raise BodyError(413, f"The body is larger than {limit // 1024} KB.", "Send smaller batches.")
    return b"".join(parts)


def json_of(raw: bytes) -> Any:
    """The document that a body is. Raises ``BodyError``."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BodyError(400, f"The body is not JSON: {error}.", "Send one document, encoded as UTF-8.") from error


def database_of(request: Request) -> Database:
    database = request.app.state.context.database
    assert isinstance(database, Database)
    return database


def keys_of(request: Request) -> Keys:
    """The write keys that this process knows."""
    state = request.app.state
    if not hasattr(state, "intake_keys"):
        state.intake_keys = Keys(database_of(request))
    keys: Keys = state.intake_keys
    return keys


def wake(request: Request) -> None:
    """Have the engine look at what came in."""
    request.app.state.context.wake()
