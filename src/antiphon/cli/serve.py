"""``antiphon up`` and ``antiphon worker``: the processes that run an installation."""

import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import structlog
import typer
import uvicorn

from antiphon.cli.installation import Installation, configuration, open_installation, wall_clock
from antiphon.cli.output import console
from antiphon.engine.engine import Engine
from antiphon.engine.wake import Bell
from antiphon.engine.worker import Worker, worker_name
from antiphon.kit.config import Config
from antiphon.kit.errors import ConfigError
from antiphon.web.accounts.setup import setup_path
from antiphon.web.app import create_app
from antiphon.web.context import WebContext

log = structlog.get_logger(__name__)

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the web application; ANTIPHON_PORT.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on; ANTIPHON_HOST.")]
Workers = Annotated[int, typer.Option(min=0, max=16, help="Workers in this process; 0 only serves pages and intake.")]


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(worker)


def up(port: Port = None, host: Host = None, workers: Workers = 1) -> None:
    """Run the web application and a worker, with the database inside if none is named."""
    config = configured(port, host)
    with listening(config) as doors, open_installation(config) as installation:
        path = setup_path(installation.database, wall_clock())
        where = installation.base_url + (path or "")
        console.print(f"Antiphon is at {where}", soft_wrap=True)
        if path:
            console.print("Open it to make the owner's account. The link works until there is one.")
        serve(installation, doors, workers)


def worker() -> None:
    """Run one more worker on the same database, here or on another machine."""
    with open_installation() as installation:
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        with Bell(installation.database.url) as bell, working(installation, bell, 1) as running:
            console.print(f"Worker {running[0].name} is at work. Stop it with Ctrl-C.")
            while not stopped.wait(60.0):
                pass


def configured(port: int | None, host: str | None) -> Config:
    """The environment's configuration with what the command line says on top."""
    changes = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    return configuration().model_copy(update=changes)


@contextmanager
def listening(config: Config) -> Iterator[list[socket.socket]]:
    """The doors of the web application, open before anything else is begun: who calls early waits a moment."""
    with ExitStack() as stack:
        try:
            places = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            doors = [
                stack.enter_context(socket.create_server(place[:2], family=family))
                for family, *_, place in dict.fromkeys(places)
            ]
        except (OSError, OverflowError) as error:
            raise _cannot_listen(config, error) from error
        yield doors


@contextmanager
def working(installation: Installation, bell: Bell, count: int) -> Iterator[list[Worker]]:
    """Workers in threads of their own; on leaving each finishes its cycle."""
    running = []
    for _ in range(count):
        name = worker_name()
        engine = Engine(installation.database, installation.signer, base_url=installation.base_url, worker=name)
        running.append(Worker(engine, bell, name))
    for one in running:
        one.start()
    try:
        yield running
    finally:
        for one in running:
            one.stop()


def serve(
    installation: Installation,
    doors: list[socket.socket],
    workers: int,
    beside: Callable[[threading.Event], None] | None = None,
) -> None:
    """Serve until a signal comes. ``beside`` runs in a thread meanwhile and is told when to stop."""
    stopping = threading.Event()
    with Bell(installation.database.url) as bell, working(installation, bell, workers):
        context = WebContext(installation.database, installation.signer, installation.config, wake=bell.ring)
        settings = uvicorn.Config(
            create_app(context), log_level="warning", access_log=False, timeout_graceful_shutdown=10
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            # the server takes signals for itself and raises them again when it is done: then nothing must happen, or
            # the process would end before the workers and the database have
            signal.signal(number, lambda *_: None)
        thread = threading.Thread(target=beside, args=(stopping,), name="beside") if beside else None
        if thread:
            thread.start()
        try:
            uvicorn.Server(settings).run(doors)
        finally:
            stopping.set()
            if thread:
                thread.join(15)


def _cannot_listen(config: Config, error: Exception) -> ConfigError:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        what = f"Port {config.port} of {config.host} is not free."
        return ConfigError(what, "Stop what uses it, or choose another with --port or ANTIPHON_PORT.")
    return ConfigError(
        f"Nothing can listen at {config.host}, port {config.port}: {getattr(error, 'strerror', None) or error}.",
        "Choose others with --host and --port, or ANTIPHON_HOST and ANTIPHON_PORT.",
    )
