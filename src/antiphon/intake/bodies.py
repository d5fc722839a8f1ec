"""What all intakes over HTTP share: a body of bounded size, and who sends it."""

import zlib
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from antiphon.intake.sources import Keys
from antiphon.kit.errors import AntiphonError
from antiphon.store.db import Database


class BodyError(AntiphonError):
    """A request that is not taken: answered by ``status`` and ``{"error": what, "hint": hint}``."""

    def __init__(self, status: int, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.status = status


Answer = tuple[int, dict[str, Any]]


async def answered(request: Request, limit: int, work: Callable[[bytes], Answer], ask: str = "") -> Response:
    """Read a body, have ``work`` take it in by a thread (COPY and commit block), and answer as JSON; 200 wakes the engine.

    ``ask``: what a 401 asks for, as WWW-Authenticate has it.
    """
    try:
        raw = await body_of(request, limit)
        status, content = await run_in_threadpool(work, raw)
    except AntiphonError as error:
        status, content = error.status, {"error": error.what, "hint": error.hint}
    except ClientDisconnect:
        return Response(status_code=400)
    if status == 200:
        wake(request)
    headers = {"WWW-Authenticate": ask} if ask and status == 401 else None
    return Response(orjson.dumps(content), status, headers, "application/json")


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
