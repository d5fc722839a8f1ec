"""How much anybody may send: a body is held before anyone knows whose it is. Plain ASGI, because frameworks read it whole."""

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MEGABYTE = 2**20
#: Addresses that read a body piece by piece, with a bound of their own; a file goes to disk as it comes.
OWN_BOUND = ("/v1/", "/people/imports", "/catalogue/feeds")
#: More than any form or document of ours is, and than Klaviyo's largest batch (5 MB).
BOUND = 6 * _MEGABYTE


class BoundedBodies:
    """Answers 413 to a body of more than ``bound`` bytes, announced or not, and hands no more of it on."""

    def __init__(self, app: ASGIApp, bound: int = BOUND) -> None:
        self.app = app
        self._bound = bound

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OWN_BOUND):
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > self._bound:
            await self._refuse(scope, receive, send)
            return
        taken, refused = 0, False

        async def bounded() -> Message:
            nonlocal taken, refused
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._bound and not refused:
                refused = True
                await self._refuse(scope, receive, send)
            return {"type": "http.disconnect"} if refused else message

        async def unless_refused(message: Message) -> None:
            if not refused:
                await send(message)

        try:
            await self.app(scope, bounded, unless_refused)
        except ClientDisconnect:  # which is how the reader learns that no more comes
            if not refused:
                raise

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        words = {"error": f"The body is larger than {self._bound // _MEGABYTE} MB.", "hint": "Send less at a time."}
        await Response(orjson.dumps(words), 413, media_type="application/json")(scope, receive, send)
