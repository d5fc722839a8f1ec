"""``antiphon emails``: the library of emails."""

from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.content import library
from antiphon.store.audit import COMMAND_LINE
from antiphon.web.content import sending
from antiphon.web.content.seeing import Look, chosen, made, reader_of, readers

group = typer.Typer(help="Emails of the library: list them, send one as a test.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="emails")


@group.command("list")
def show_all(as_json: AsJson = False) -> None:
    """All emails, as journeys name them."""
    with open_installation() as installation, installation.database.read() as connection:
        kept = library.drafts(connection)
    if as_json:
        print_json({"emails": [{"name": one.name, "title": one.title, "changed_at": one.changed_at} for one in kept]})
        return
    print_table(("name", "title", "changed"), [(one.name, one.title, f"{one.changed_at:%d %B %Y}") for one in kept])


@group.command("test")
def send_test(
    name: Annotated[str, typer.Argument(help="The email's name.")],
    to: Annotated[str, typer.Option(help="The address that gets it.")],
    person: Annotated[
        int | None,
        typer.Option("--as", help="The id of the person who would see it so. Left out: somebody without SMS."),
    ] = None,
    about: Annotated[str, typer.Option(help="The event that it is about, such as “Cart Abandoned”.")] = "",
    as_json: AsJson = False,
) -> None:
    """Send an email to an address to try it. Its links count nothing, its ways out change nothing."""
    now, address = wall_clock(), sending.address_of("email", to)
    with open_installation() as installation:
        with installation.database.read() as connection:
            content = library.draft(connection, name).content
            if person is None:
                reader = chosen(Look(), readers(connection, about, now)[0])
            else:
                reader = reader_of(connection, person, address, about, now)
        message = made(installation.database, installation.base_url, content, reader.sample, now)
        wanted = sending.Test("email", address, message, sending.subject(f"email {name}", reader.sample))
        sent = sending.send(installation.database, wanted, COMMAND_LINE, wall_clock)
    if as_json:
        print_json({"to": sent.address, "sandbox": sent.sandbox})
    elif sent.sandbox:
        console.print(f"The test to {sent.address} lies in the Sandbox: no provider is set for emails.", markup=False)
    else:
        console.print(f"The test to {sent.address} is on its way.", markup=False)
