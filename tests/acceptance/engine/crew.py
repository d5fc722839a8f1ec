"""A foreman that imports the product once and forks workers, so that fifty of them can be killed in a minute.

Reads ``start`` lines from standard input and answers each with the process id of a new worker, which cycles until it is
killed. Run as ``python crew.py DATABASE_URL``; it holds no thread and no connection of its own.
"""

import os
import signal
import sys
import time

from sqlalchemy.exc import DBAPIError

from antiphon.engine.engine import Engine
from antiphon.kit.signing import Signer
from antiphon.store.db import Database


def work(url: str) -> None:
    engine = Engine(Database(url), Signer(b"x" * 32), base_url="https://shop.example", worker=f"crew-{os.getpid()}")
    while True:
        try:
            engine.cycle()
        except (DBAPIError, OSError):
            time.sleep(0.05)  # the database is being restarted


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            work(sys.argv[1])
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


main()
