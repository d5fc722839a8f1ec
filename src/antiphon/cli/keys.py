"""``antiphon key``: who may send events over HTTP."""

from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.intake.models import Scope
from antiphon.intake.sources import create_source, list_sources, revoke_source

Name = Annotated[str, typer.Argument(help="What it is for: the shop's name, a plug-in.")]
_Scope = Annotated[
    Scope,
    typer.Option(
        help="server: everything. events: what a page says of its visitor, no consents, texts or history; "
        "such a key may lie open in a page."
    ),
]

group = typer.Typer(help="Write keys: who may send events over HTTP.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="key")


@group.command()
def create(name: Name, scope: _Scope = Scope.SERVER, as_json: AsJson = False) -> None:
    """Make a write key. It is shown this once; only its hash is kept."""
    with open_installation() as installation:
        key = create_source(installation.database, name, wall_clock(), scope)
    if as_json:
        print_json({"name": name, "key": key, "scope": scope})
    else:
        console.print(key, soft_wrap=True)


@group.command()
def revoke(name: Name, as_json: AsJson = False) -> None:
    """Refuse a key from now on."""
    with open_installation() as installation:
        revoke_source(installation.database, name, wall_clock())
    if as_json:
        print_json({"name": name, "revoked": True})
    else:
        console.print(f"{name} is revoked", markup=False, soft_wrap=True)


@group.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Who holds a key, never the keys themselves."""
    with open_installation() as installation:
        sources = list_sources(installation.database)
    rows = [{"name": s.name, "scope": s.scope, "created_at": s.created_at, "revoked_at": s.revoked_at} for s in sources]
    if as_json:
        print_json({"keys": rows})
    else:
        print_table(("name", "scope", "created", "revoked"), [tuple(row.values()) for row in rows])
