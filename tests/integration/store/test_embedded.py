"""The embedded server works with the settings that are sized for its machine, and with those of its owner."""

from pathlib import Path

from sqlalchemy import text

from antiphon.store.db import Database
from antiphon.store.embedded import EmbeddedPostgres

_ASKED = ("shared_buffers", "max_connections", "max_wal_size", "work_mem", "jit")


def settings(url: str) -> dict[str, str]:
    database = Database(url)
    with database.read() as connection:
        found = {name: str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in _ASKED}
    database.dispose()
    return found


def test_sized_settings_hold_and_the_owners_go_before_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with EmbeddedPostgres(tmp_path) as postgres:
        first = settings(postgres.url)
    assert first["max_connections"] == "200"
    assert first["max_wal_size"] == "4GB"
    assert first["jit"] == "off"
    assert first["shared_buffers"] != "128MB"  # machines for tests have more than a gigabyte
    main = tmp_path / "postgres" / "postgresql.conf"
    main.write_text(main.read_text() + "\nwork_mem = 5MB\nmax_connections = 150\n")
    with EmbeddedPostgres(tmp_path) as postgres:
        second = settings(postgres.url)
    assert second == first | {"work_mem": "5MB", "max_connections": "150"}
