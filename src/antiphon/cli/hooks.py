"""``antiphon hooks``: webhooks of third parties."""

import os
from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.cli.sources import read_source
from antiphon.intake.hooks.managing import hooks, parse, remove, save
from antiphon.store.audit import COMMAND_LINE

File = Annotated[Path, typer.Argument(help="The webhook's YAML.", exists=True, dir_okay=False)]
Secret = Annotated[
    str | None,
    typer.Option("--secret-from", help="The environment variable with the secret that the sender signs with."),
]
Name = Annotated[str, typer.Argument(help="The webhook's name.")]

group = typer.Typer(help="Webhooks of third parties: what each sends, and how it is read.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="hooks")


@group.command()
def apply(file: File, secret_from: Secret = None, as_json: AsJson = False) -> None:
    """Make a webhook of a file, or change the one of its name. The token of a new one is shown this once."""
    definition = read_source(file)
    parse(definition)
    with open_installation() as installation:
        secret = os.environ.get(secret_from) if secret_from else None
        hook, token = save(installation.database, definition, secret, wall_clock(), COMMAND_LINE)
        where = f"{installation.base_url}/v1/hooks/{hook.name}"
    where += f"?token={token}" if token and not hook.signature else ""
    if as_json:
        print_json({"name": hook.name, "address": where, "made": token is not None})
    else:
        console.print(where if token else f"{hook.name} is changed", markup=False, soft_wrap=True)


@group.command("list")
def show(as_json: AsJson = False) -> None:
    """All webhooks, with why the last body of each was refused."""
    with open_installation() as installation:
        found = hooks(installation.database)
    rows = [(one.hook.name, "signed" if one.hook.signature else "token", one.changed_at, one.refused) for one in found]
    names = ("name", "admits by", "changed", "refused")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table(names, rows)


@group.command("remove")
def end(name: Name) -> None:
    """Take no more bodies of a webhook. What came in stays."""
    with open_installation() as installation:
        remove(installation.database, name, wall_clock(), COMMAND_LINE)
    console.print(f"{name} is removed", markup=False, soft_wrap=True)
