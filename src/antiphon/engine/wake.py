"""Waking workers: NOTIFY after commit, at most once in 50 ms and process, on a connection of its own.

In every commit NOTIFY cost 40 % of the throughput; and without a direct connection (a pooler in between) a worker simply
looks each half second.
"""

import threading
import time
from collections.abc import Callable
from typing import Self

import psycopg
import structlog
from sqlalchemy.engine import make_url

CHANNEL = "antiphon"
SHORTEST = 0.05
RETRY = 2.0

Link = psycopg.Connection[tuple[object, ...]]

log = structlog.get_logger(__name__)


def _conninfo(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class Bell:
    """Rings for all workers of the installation, and hears when anybody rings.

    ``ring()`` returns at once; ``wait(seconds)`` returns whether it was rung. Start with ``with``.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._rung = threading.Event()
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self.hears = False
        self._threads = [
            threading.Thread(target=self._keep(work), name=f"bell-{name}", daemon=True)
            for name, work in (("send", self._send), ("listen", self._listen))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._wanted.set()
        self._rung.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def ring(self) -> None:
        """Something was committed that workers should look at."""
        self._rung.set()  # our own worker need not wait for the way through the server
        self._wanted.set()

    def wait(self, seconds: float) -> bool:
        """Rest until rung, ``seconds`` at most; half a second at most while the bell is deaf."""
        rung = self._rung.wait(seconds if self.hears else min(seconds, 0.5))
        self._rung.clear()
        return rung

    def _keep(self, work: Callable[[Link], None]) -> Callable[[], None]:
        def keep() -> None:
            while not self._stopping.is_set():
                try:
                    with psycopg.connect(_conninfo(self._url), autocommit=True) as connection:
                        work(connection)
                except psycopg.Error as error:
                    self.hears = False
                    log.debug("bell lost its connection", error=str(error))
                    self._stopping.wait(RETRY)

        return keep

    def _send(self, connection: Link) -> None:
        while not self._stopping.is_set():
            self._wanted.wait()
            self._wanted.clear()
            if not self._stopping.is_set():
                connection.execute(f"NOTIFY {CHANNEL}")
                time.sleep(SHORTEST)

    def _listen(self, connection: Link) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        self.hears = True
        while not self._stopping.is_set():
            for _ in connection.notifies(timeout=1.0, stop_after=1):
                self._rung.set()
