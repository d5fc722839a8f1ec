"""The embedded PostgreSQL for tests in which no machine loses its power."""

from typing import Any

from antiphon.store.embedded import EmbeddedPostgres

#: Killed processes lose nothing by these: what was written to the system's cache stays. Emptying a table searches the
#: whole buffer for it, so a small one is quick. Nobody but a test's own statements makes room in tables or counts their rows:
#: plans and the order of rows do not hang on how long a run takes.
SETTINGS = "fsync = off\nfull_page_writes = off\nshared_buffers = '128MB'\nautovacuum = off\n"


class QuickPostgres(EmbeddedPostgres):
    """Does not wait for the disk. Everything else is as the product has it."""

    @staticmethod
    def _write_settings(server: Any) -> None:
        EmbeddedPostgres._write_settings(server)
        main = server.pgdata / "postgresql.conf"
        text = main.read_text()
        if SETTINGS not in text:
            main.write_text(text + SETTINGS)  # what comes last holds
