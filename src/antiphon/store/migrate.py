"""Brings a database's schema to this release, one migrator at a time."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from antiphon.kit.errors import ConfigError
from antiphon.store.db import Database

_LOCK = 0x0A17_0001
#: A migration that cannot get its lock in this time gives up instead of stopping everybody behind it.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@cache
def head() -> str | None:
    """The newest revision that this release knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(database: Database) -> str | None:
    """The revision of the database; ``None`` when it is empty."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database) -> bool:
    """Run what is missing; returns whether anything was. Safe to call from any number of processes at once."""
    if current(database) == head():
        return False
    with database.begin("migrate") as connection:
        version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
        if version < 150000:
            raise ConfigError(
                f"This PostgreSQL is version {version // 10000}; Antiphon needs 15 or newer.",
                "Unset ANTIPHON_DATABASE_URL to use the embedded PostgreSQL 18.",
            )
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
