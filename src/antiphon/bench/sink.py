"""An SMTP server that takes everything and keeps nothing: ``python -m antiphon.bench.sink``.

Prints its port, then answers until its standard input closes. Understands what RFC 5321 needs and RFC 2920 allows:
commands may come several at a time.
"""

import asyncio
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"HELO": b"250 sink\r\n",
    b"MAIL": b"250 ok\r\n",
    b"RCPT": b"250 ok\r\n",
    b"RSET": b"250 ok\r\n",
    b"NOOP": b"250 ok\r\n",
}


async def _serve(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"220 sink\r\n")
    try:
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await writer.drain()
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(_ANSWERS.get(verb, b"502 not here\r\n"))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _run() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, limit=1 << 24)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    closed, loop = asyncio.Event(), asyncio.get_running_loop()
    Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(closed.set)), daemon=True).start()
    await closed.wait()
    server.close()


@contextmanager
def sink() -> Iterator[int]:
    """A sink in a process of its own; yields its port."""
    with child("antiphon.bench.sink") as port:
        yield port


@contextmanager
def child(module: str, *arguments: str) -> Iterator[int]:
    """A module of ours as a process that prints its port and lives until its standard input closes."""
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line.strip():
            raise RuntimeError(f"{module} ended with {process.wait(10)} before it listened")
        yield int(line)
    finally:
        process.stdin.close()
        process.wait(15)
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_run())
