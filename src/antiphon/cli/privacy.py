"""``antiphon privacy``: what somebody asks for who wants to know what is held of them, or wants it gone."""

from pathlib import Path
from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.naming import Person, person_named
from antiphon.cli.output import AsJson, console, print_json
from antiphon.engine.commands import carry_out
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.privacy.export import export as export_person
from antiphon.privacy.subject import preview
from antiphon.store.audit import COMMAND_LINE

group = typer.Typer(help="Export everything of a person, or erase them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="privacy")


@group.command()
def export(
    person: Person, file: Annotated[Path, typer.Argument(help="A zip to write.")], as_json: AsJson = False
) -> None:
    """Write everything that is held of a person into a zip."""
    with open_installation() as installation:
        with installation.database.read() as connection:
            number = person_named(connection, person)
        with file.open("xb") as out:
            subject = export_person(installation.database, number, out, COMMAND_LINE, wall_clock())
    if as_json:
        print_json({"person": str(subject.person), "file": str(file)})
    else:
        console.print(f"Person {subject.person} is in {file}", markup=False, soft_wrap=True)


@group.command()
def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person. Their addresses stay barred, under a hash."""
    with open_installation() as installation:
        with installation.database.read() as connection:
            found = preview(connection, person_named(connection, person))
        if found is None:
            raise NotFoundError(f"There is no person {person}.", "They may have been erased already.")
        if not yes:
            what = f"{found.counts['event']} events and {found.messages} messages of person {found.subject.person}"
            raise AntiphonError(f"Nothing was erased. {what} would lose their names.", "Add --yes to erase them.")
        payload = {"person": found.subject.person}
        result = carry_out(installation.database, "person.erase", payload, COMMAND_LINE, wall_clock())
    if as_json:
        print_json(result)
    else:
        console.print(f"Person {result['person']} is erased; {result.get('addresses', 0)} addresses stay barred")
