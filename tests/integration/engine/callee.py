"""A program that journeys call: a real server on the loopback, which answers as it is told and remembers what it heard."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass
class Heard:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    #: Called before anything is answered.
    first: Callable[[], object] | None = None


@dataclass
class Callee:
    """``replies`` are given in their order, the last one for ever."""

    port: int
    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    heard: list[Heard] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/hook"


@contextmanager
def listening() -> Iterator[Callee]:
    """The server, until the block is left."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            with lock:
                heard = {name.lower(): value for name, value in self.headers.items()}
                callee.heard.append(Heard(self.command, self.path, heard, body))
                reply = callee.replies.pop(0) if len(callee.replies) > 1 else callee.replies[0]
            if reply.first is not None:
                reply.first()
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                pass  # the caller has hung up

        do_POST = do_PUT = do_GET = _answer  # noqa: N815  # the names are http.server's

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    callee = Callee(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield callee
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
