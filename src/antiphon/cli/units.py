"""Sign-up units as files: ``antiphon units``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.cli.sources import document, is_broken, read_source, tell
from antiphon.kit.errors import NotFoundError
from antiphon.signup import queries
from antiphon.signup.models import json_schema
from antiphon.signup.publish import publish as publish_unit
from antiphon.signup.publish import set_state
from antiphon.signup.source import examine
from antiphon.signup.starters import starters

File = Annotated[Path, typer.Argument(help="A unit file.")]

group = typer.Typer(help="Sign-up units: forms that ask for email and phone.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="units")


@group.command()
def schema() -> None:
    """Print the JSON Schema of a unit file, for editors."""
    print_json(json_schema())


@group.command()
def starter(name: Annotated[str, typer.Argument(help="Leave it out for the list.")] = "") -> None:
    """Print a unit to start from."""
    known = starters()
    if name and name not in known:
        raise NotFoundError(f"There is no starter `{name}`.", f"There are: {', '.join(known)}.")
    print(known[name] if name else "\n".join(known), end="" if name else "\n")


@group.command()
def check(path: File, as_json: AsJson = False) -> None:
    """Check a unit file without touching anything. Exit code 1 when it cannot be used."""
    unit, problems = examine(read_source(path))
    name = unit.unit if unit else None
    if as_json:
        print_json(document(path, "unit", name, problems))
    else:
        tell(path, "unit", name, problems)
    if is_broken(problems):
        sys.exit(1)


@group.command()
def publish(
    path: File,
    as_json: AsJson = False,
    draft: Annotated[bool, typer.Option("--draft", help="Publish without showing it to anybody.")] = False,
) -> None:
    """Publish a unit file as a version; an unchanged file changes nothing."""
    source = read_source(path)
    with open_installation() as installation, installation.database.begin("settings") as connection:
        done = publish_unit(connection, source, "command line", wall_clock(), activate=not draft)
    if as_json:
        print_json({"unit": done.slug, "number": done.number, "changed": done.changed, "state": done.state})
    else:
        words = f"version {done.number} published" if done.changed else f"version {done.number}, unchanged"
        console.print(f"{done.slug}: {words}, {done.state}")


@group.command("list")
def list_units(as_json: AsJson = False) -> None:
    """The units with their state and version."""
    with open_installation() as installation, installation.database.read() as connection:
        rows = [(row.slug, row.name, row.state, row.version) for row in connection.execute(queries.UNITS)]
    if as_json:
        names = ("unit", "name", "state", "version")
        print_json({"units": [dict(zip(names, row, strict=True)) for row in rows]})
    elif rows:
        print_table(("unit", "name", "state", "version"), rows)
    else:
        console.print("No units yet. `antiphon units starter welcome > welcome.yaml` writes one to start from.")


def _switch(slug: str, state: str, as_json: bool) -> None:
    with open_installation() as installation, installation.database.begin("settings") as connection:
        set_state(connection, slug, state, wall_clock())
    if as_json:
        print_json({"unit": slug, "state": state})
    else:
        console.print(f"{slug} is {state}")


@group.command()
def pause(unit: str, as_json: AsJson = False) -> None:
    """Show a unit to nobody."""
    _switch(unit, "paused", as_json)


@group.command()
def resume(unit: str, as_json: AsJson = False) -> None:
    """Show a unit again."""
    _switch(unit, "active", as_json)
