"""``antiphon api-key``: programs that read and act over HTTP."""

from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.web.api.keys import create_key, list_keys, revoke_key
from antiphon.web.api.scopes import SCOPES

Name = Annotated[str, typer.Argument(help="The program that uses it.")]
_Scopes = Annotated[list[str], typer.Option("--scope", help=f"What it may; repeat it. One of: {', '.join(SCOPES)}.")]

group = typer.Typer(help="API keys: programs that read and act over HTTP.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="api-key")


@group.command()
def create(name: Name, scope: _Scopes, as_json: AsJson = False) -> None:
    """Make an API key. It is shown this once; only its hash is kept."""
    with open_installation() as installation:
        key = create_key(installation.database, name, scope, wall_clock())
    if as_json:
        print_json({"name": name, "key": key, "scopes": scope})
    else:
        console.print(key, soft_wrap=True)


@group.command()
def revoke(name: Name, as_json: AsJson = False) -> None:
    """Refuse a key from now on."""
    with open_installation() as installation:
        revoke_key(installation.database, name, wall_clock())
    if as_json:
        print_json({"name": name, "revoked": True})
    else:
        console.print(f"{name} is revoked", markup=False, soft_wrap=True)


@group.command("list")
def list_all(as_json: AsJson = False) -> None:
    """Who holds a key and what it may, never the keys themselves."""
    with open_installation() as installation:
        keys = list_keys(installation.database)
    rows = [
        {
            "name": key.name,
            "scopes": ", ".join(key.scopes),
            "created_at": key.created_at,
            "used_at": key.used_at,
            "revoked_at": key.revoked_at,
        }
        for key in keys
    ]
    if as_json:
        print_json({"keys": rows})
    else:
        print_table(("name", "scopes", "created", "last used", "revoked"), [tuple(row.values()) for row in rows])
