"""An installation as a command sees it: configuration, database, key; opened for the length of the command."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from antiphon.cli.output import errors
from antiphon.kit.config import Config
from antiphon.kit.errors import ConfigError
from antiphon.kit.faults import fault
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.store.embedded import EmbeddedPostgres
from antiphon.store.install import prepare


@dataclass(frozen=True, slots=True)
class Installation:
    """What commands work with. ``embedded`` says whether the database is our own."""

    config: Config
    database: Database
    signer: Signer
    embedded: bool

    @property
    def base_url(self) -> str:
        return (self.config.base_url or f"http://{self.config.host}:{self.config.port}").rstrip("/")


def wall_clock() -> datetime:
    """The one reading of the wall clock at the edge of the command line."""
    return datetime.now(UTC)


def configuration() -> Config:
    """The environment's configuration. Raises ``ConfigError`` where a variable cannot be used."""
    try:
        config = Config()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"ANTIPHON_{'_'.join(str(part) for part in first['loc']).upper()}"
        raise ConfigError(
            f"{name} cannot be used: {first['input']!r}. It {fault(first)}.", "Change it or unset it."
        ) from error
    if config.database_url:
        _check_url(config.database_url)
    return config


def _check_url(url: str) -> None:
    try:
        good = make_url(url).drivername in {"postgresql", "postgres", "postgresql+psycopg"}
    except (ArgumentError, ValueError):
        good = False
    if not good:
        raise ConfigError(
            "ANTIPHON_DATABASE_URL is not the address of a PostgreSQL server.",
            "Write it as postgresql://user:password@host:5432/database, or unset it to use the embedded one.",
        )


@contextmanager
def open_installation(config: Config | None = None) -> Iterator[Installation]:
    """Start what must be started, bring the schema up to date, and close all of it in the end."""
    config = config or configuration()
    signer = Signer.from_file(config.data_dir / "key")
    if config.database_url:
        with _open(config, signer, config.database_url, embedded=False) as installation:
            yield installation
        return
    if not (config.data_dir / "postgres").exists():
        errors.print(f"Making the database in {config.data_dir}, this once …", markup=False, soft_wrap=True)
    with (
        EmbeddedPostgres(config.data_dir) as server,
        server.guarded(),
        _open(config, signer, server.url, embedded=True) as installation,
    ):
        yield installation


@contextmanager
def _open(config: Config, signer: Signer, url: str, *, embedded: bool) -> Iterator[Installation]:
    database = Database(url)
    try:
        prepare(database, wall_clock())
    except OperationalError as error:
        if error.connection_invalidated or error.orig is None or "connect" not in str(error.orig):
            raise
        raise ConfigError(
            f"The database cannot be reached: {str(error.orig).splitlines()[0]}",
            "Check ANTIPHON_DATABASE_URL, or unset it to use the embedded PostgreSQL.",
        ) from error
    try:
        yield Installation(config, database, signer, embedded)
    finally:
        database.dispose()


@contextmanager
def existing_database() -> Iterator[Database | None]:
    """The database as it stands, for commands that change nothing; ``None`` where there is none, or none that answers."""
    config = configuration()
    with ExitStack() as closing:
        url = config.database_url
        if not url:
            if not (config.data_dir / "postgres").exists():
                yield None
                return
            url = closing.enter_context(EmbeddedPostgres(config.data_dir)).url
        database = Database(url)
        closing.callback(database.dispose)
        yield database if _answers(database) else None


def _answers(database: Database) -> bool:
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1 FROM campaign LIMIT 1"))
    except (OperationalError, ProgrammingError):  # nobody is there, or the schema is an older one
        return False
    return True
