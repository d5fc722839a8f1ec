"""One embedded server for the test session, one database per worker, emptied between tests."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from antiphon.store.db import Database
from antiphon.store.install import prepare
from tests.emptying import empty
from tests.passwords import hashed_cheaply
from tests.proving import proved_once
from tests.reading import read_once
from tests.servers import QuickPostgres
from tests.statements import Watch

# the first example pays for building time zones and connections
settings.register_profile("antiphon", deadline=None)
settings.load_profile("antiphon")

#: The instant at which tests begin: a Tuesday, noon in New York.
NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    """Looks at every statement that the product runs; the rules are those of ``store.statements``."""
    watch = Watch()
    watch.start()
    yield watch
    watch.stop()


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_nothing() -> Iterator[None]:
    """Except in the tests that are about hashing, and in every process that a test starts."""
    with hashed_cheaply():
        yield


@pytest.fixture(scope="session", autouse=True)
def _journeys_are_read_and_proved_once() -> Iterator[None]:
    """Except where a test asks for the reading itself, and in every process that a test starts."""
    with read_once(), proved_once():
        yield


@pytest.fixture(autouse=True)
def _no_log_outlives_its_test() -> Iterator[None]:
    """A command that a test calls sets up the log on the standard error of that test, which is closed afterwards.

    Tracebacks are plain, as the product has them: structlog's own are coloured with all their values, one of a recursion
    that went too deep for eight seconds.
    """
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _statements_keep_the_rules(watch: Watch) -> Iterator[None]:
    """Fails a test whose statements break a rule, or write what their stage may not (docs/architecture.md)."""
    watch.take()
    yield
    if found := watch.take():
        pytest.fail("\n".join(found), pytrace=False)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server for tests: ``ANTIPHON_TEST_DATABASE_URL``, or an embedded one of its own."""
    if url := os.environ.get("ANTIPHON_TEST_DATABASE_URL"):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="antiphon-test-"))
    folder.chmod(0o755)
    with QuickPostgres(folder) as postgres:
        yield postgres.url
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def prepared(server: str) -> Iterator[Database]:
    """A database with the schema and the reference data, shared by the session."""
    database = Database(server)
    prepare(database, NOON)
    yield database
    database.dispose()


@pytest.fixture
def db(prepared: Database) -> Database:
    """The prepared database with nothing in it but reference data."""
    empty(prepared, NOON)
    return prepared


def pytest_sessionfinish(session: pytest.Session) -> None:
    """``ANTIPHON_NO_SKIPS=1``: a run that skipped a test has failed, because everything was to be there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("ANTIPHON_NO_SKIPS") == "1" and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("\nANTIPHON_NO_SKIPS: tests were skipped, so this run fails.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
