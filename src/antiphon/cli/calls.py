"""``antiphon calls``: which programs journeys may call."""

import sys
from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.engine.errands.calling import secret_of
from antiphon.engine.errands.trying import try_out
from antiphon.journeys.errands.addresses import allowed_of
from antiphon.journeys.errands.hosts import allow as allow_host
from antiphon.journeys.errands.hosts import forbid as forbid_host
from antiphon.journeys.errands.hosts import hosts as all_hosts
from antiphon.store.audit import COMMAND_LINE

Host = Annotated[str, typer.Argument(help="Such as hooks.shop.example, or erp.internal:8080.")]
Private = Annotated[
    bool, typer.Option("--private", help="It may lie in a private network, and be called without encryption.")
]

group = typer.Typer(help="Programs that journeys may call: allow hosts, try them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="calls")


@group.command()
def allow(host: Host, private: Private = False, as_json: AsJson = False) -> None:
    """Let journeys call a host. Without a port it is the usual one."""
    one = allowed_of(host, private=private)
    with open_installation() as installation:
        allow_host(installation.database, one, wall_clock(), COMMAND_LINE)
    if as_json:
        print_json(one.model_dump())
    else:
        console.print(f"{one} is allowed{', in a private network too' if one.private else ''}", markup=False)


@group.command()
def forbid(host: Host, as_json: AsJson = False) -> None:
    """Have journeys call a host no more. Calls that wait for it fail once their time is over."""
    with open_installation() as installation:
        forbid_host(installation.database, host, wall_clock(), COMMAND_LINE)
    if as_json:
        print_json({"host": host, "allowed": False})
    else:
        console.print(f"{host} is not allowed any more", markup=False)


@group.command()
def hosts(as_json: AsJson = False) -> None:
    """The hosts that journeys may call."""
    with open_installation() as installation, installation.database.read() as connection:
        found = all_hosts(connection)
    if as_json:
        print_json({"hosts": [one.model_dump() for one in found]})
    elif found:
        print_table(("host", "private network"), [(str(one), "yes" if one.private else "") for one in found])
    else:
        console.print("None: `antiphon calls allow hooks.shop.example`.")


@group.command()
def secret(as_json: AsJson = False) -> None:
    """The secret that calls are signed with, as libraries of Standard Webhooks take it."""
    with open_installation() as installation:
        found = secret_of(installation.signer)
    if as_json:
        print_json({"secret": found})
    else:
        console.print(found, soft_wrap=True)


@group.command("test")
def try_address(
    url: Annotated[str, typer.Argument(help="The address, as in a step.")], as_json: AsJson = False
) -> None:
    """Call an address once, as a journey would, about nobody. Exit code 1 unless it answers well."""
    with open_installation() as installation:
        answer = try_out(installation.database, installation.signer, url, wall_clock())
    if as_json:
        print_json({"url": url, "status": answer.status or None, "error": answer.error or None, "answer": answer.said})
    else:
        said = f": {answer.said}" if answer.said else ""
        console.print(answer.error or f"answered {answer.status}{said}", markup=False, soft_wrap=True)
    if not answer.well:
        sys.exit(1)
