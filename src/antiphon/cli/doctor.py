"""``antiphon doctor``: what is wrong, and the way out."""

import shutil
import sys

import typer
from rich.markup import escape

from antiphon.cli.installation import Installation, open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json
from antiphon.engine.health import Finding, as_dict, examine
from antiphon.store import migrate
from antiphon.web.assets import DIST

_SIGNS = {"good": "[green]good[/green]", "warning": "[yellow]look[/yellow]", "bad": "[red]bad [/red]"}
GIB = 1 << 30


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Look at everything that can be wrong. Exit code 1 when something is bad."""
    with open_installation() as installation:
        findings = [*_around(installation)]
        with installation.database.read() as connection:
            findings += examine(connection, wall_clock())
    if as_json:
        print_json({"findings": [as_dict(one) for one in findings]})
    else:
        for one in findings:
            console.print(f"{_SIGNS[one.level]}  {escape(f'{one.name}: {one.what}')}", soft_wrap=True)
            if one.hint:
                console.print(f"      {one.hint}", markup=False, soft_wrap=True)
    if any(one.level == "bad" for one in findings):
        sys.exit(1)


def _around(installation: Installation) -> list[Finding]:
    """What the database does not know: the server, the disk, the pages."""
    with installation.database.read() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    whose = "embedded" if installation.embedded else "your own"
    free = shutil.disk_usage(installation.config.data_dir).free
    disk: Finding
    if free < GIB:
        hint = "When it is full, nothing more is taken in; nothing that was taken in is lost."
        disk = Finding("disk", "bad", f"{free // (1 << 20)} MB are free in {installation.config.data_dir}", hint)
    else:
        disk = Finding("disk", "good", f"{free / GIB:.1f} GB are free in {installation.config.data_dir}")
    if (DIST / "manifest.json").exists():
        pages = Finding("pages", "good", "built")
    else:
        pages = Finding("pages", "bad", "the web assets are missing", "In a checkout, `make setup` builds them.")
    schema = Finding("schema", "good", f"revision {migrate.current(installation.database)}")
    return [Finding("database", "good", f"PostgreSQL {version}, {whose}"), schema, disk, pages]
