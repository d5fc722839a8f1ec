"""``antiphon export``: everybody as a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import errors
from antiphon.intake.files.exporting import export_people
from antiphon.store.audit import COMMAND_LINE, record

To = Annotated[Path | None, typer.Option("--to", help="The file to write; standard output when not said.")]

group = typer.Typer(help="Everybody with identifiers, traits and consents, as CSV.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="export")


@group.callback()
def together() -> None:
    """Keeps ``people`` a word of its own, so that others can come beside it."""


@group.command()
def people(to: To = None) -> None:
    """People with identifiers, traits and consents as CSV; one with several addresses has several rows."""
    with open_installation() as installation:
        with installation.database.begin("settings") as connection:
            record(connection, wall_clock(), COMMAND_LINE, "privacy", "everybody exported")
        blocks = export_people(installation.database)
        if to is None:
            for block in blocks:
                sys.stdout.write(block)
            return
        with to.open("w", encoding="utf-8", newline="") as file:
            size = sum(file.write(block) for block in blocks)
    errors.print(f"{size:,} characters in {to}", markup=False, soft_wrap=True)
