"""The intake API alone, under uvicorn: ``python -m antiphon.bench.server DATABASE_URL``. Prints its port."""

import socket
import sys
from threading import Thread
from types import SimpleNamespace

import uvicorn
from fastapi import FastAPI

from antiphon.intake import api
from antiphon.store.db import Database


def main(url: str) -> None:
    """Serve until standard input closes."""
    app = FastAPI()
    app.state.context = SimpleNamespace(database=Database(url), wake=lambda: None)
    app.include_router(api.router)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))

    def stop_with_parent() -> None:
        sys.stdin.read()
        server.should_exit = True

    Thread(target=stop_with_parent, daemon=True).start()
    print(listener.getsockname()[1], flush=True)  # noqa: T201
    server.run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1])
