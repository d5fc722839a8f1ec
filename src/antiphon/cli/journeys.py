"""Journeys as files: ``check``, ``apply``, and ``journeys``, which has both as well."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.journey_shown import show
from antiphon.cli.output import AsJson, console, errors, print_json, print_table
from antiphon.cli.sources import at, document, is_broken, read_source, tell
from antiphon.engine.commands import carry_out
from antiphon.journeys import queries
from antiphon.journeys.events import slips
from antiphon.journeys.models import Journey, json_schema
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.source import JourneyError, examine, placed
from antiphon.kit.definitions import errors_of
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.kit.problems import Problem

Files = Annotated[Path, typer.Argument(help="A journey file, or a directory of them.")]

group = typer.Typer(help="Journeys: check and publish files, look at them, switch them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(apply)
    app.add_typer(group, name="journeys")
    for name, command in (("check", check), ("publish", apply), ("show", show)):
        group.command(name)(command)


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise NotFoundError(f"There is no file or directory {path}.")
    found = sorted(one for one in path.rglob("*.y*ml")) if path.is_dir() else [path]
    if not found:
        raise NotFoundError(f"No .yaml file lies in {path}.", "A journey is a file that ends in .yaml.")
    return found


def _examined(file: Path) -> tuple[Journey | None, list[Problem]]:
    """What is wrong with a file, also when it cannot be read: the others are looked at all the same."""
    try:
        source = read_source(file)
    except AntiphonError as error:
        return None, [Problem("", error.what, error.hint)]
    journey, problems = examine(source)
    if journey is not None:
        problems = sorted([*problems, *placed(source, slips(journey))], key=lambda one: one.line)
    return journey, problems


def check(path: Files, as_json: AsJson = False) -> None:
    """Check journey files without touching anything. Exit code 1 when one cannot be used."""
    report: list[dict[str, Any]] = []
    broken = False
    for file in _files(path):
        journey, problems = _examined(file)
        name = journey.journey if journey else None
        report.append(document(file, "journey", name, problems))
        broken = broken or is_broken(problems)
        if not as_json:
            tell(file, "journey", name, problems)
    if as_json:
        print_json({"files": report})
    if broken:
        sys.exit(1)


def apply(
    path: Files,
    as_json: AsJson = False,
    draft: Annotated[bool, typer.Option("--draft", help="Publish without letting anybody in.")] = False,
) -> None:
    """Publish journey files. Runs under way finish on their version; an unchanged file changes nothing."""
    sources = [(file, read_source(file)) for file in _files(path)]
    refused: list[JourneyError] = []
    for file, source in sources:  # all or nothing: a broken file is found before the first is published
        _, problems = examine(source)
        if broken := errors_of(problems):
            refused.append(JourneyError(broken, str(file)))
        for problem in problems:
            if problem.warning:
                errors.print(at(file, problem), markup=False, soft_wrap=True)
    if refused:
        raise AntiphonError("\n".join(one.what for one in refused), "Nothing was published.")
    done = []
    with open_installation() as installation:
        for file, source in sources:
            payload = {"source": source, "activate": not draft}
            result = carry_out(installation.database, "journey.publish", payload, "command line", wall_clock())
            done.append({"file": str(file)} | result)
    if as_json:
        print_json({"applied": done})
        return
    for one in done:
        words = f"version {one['number']} published" if one["changed"] else f"version {one['number']}, unchanged"
        console.print(f"{one['journey']}: {words}, {one['state']}")
        for warning in one["warnings"]:
            errors.print(f"{one['journey']}: {warning}", markup=False, soft_wrap=True)


@group.command("list")
def list_journeys(as_json: AsJson = False) -> None:
    """The journeys with their state and how many people are in them."""
    with open_installation() as installation, installation.database.read() as connection:
        rows = [dict(row._mapping) for row in connection.execute(queries.LIST_JOURNEYS)]  # noqa: SLF001
    if as_json:
        print_json({"journeys": rows})
    elif rows:
        head = ("journey", "state", "version", "under way", "finished", "held")
        print_table(head, [(r["slug"], r["state"], r["number"], r["runs"], r["done"], r["held_error"]) for r in rows])
    else:
        console.print(
            "No journeys yet. `antiphon journeys playbook abandoned-cart > cart.yaml` writes one to start from."
        )


def _switch(kind: str, slug: str, as_json: bool) -> None:
    with open_installation() as installation:
        result = carry_out(installation.database, kind, {"journey": slug}, "command line", wall_clock())
    if as_json:
        print_json(result)
    else:
        console.print(f"{slug} is {result['state']}")


@group.command()
def pause(journey: str, as_json: AsJson = False) -> None:
    """Stand still: nobody enters, nobody moves, orders still end runs."""
    _switch("journey.pause", journey, as_json)


@group.command()
def resume(journey: str, as_json: AsJson = False) -> None:
    """Go on after a pause."""
    _switch("journey.resume", journey, as_json)


@group.command()
def archive(journey: str, as_json: AsJson = False) -> None:
    """Take a journey out of use; its past stays."""
    _switch("journey.archive", journey, as_json)


@group.command()
def move(
    journey: str,
    since: Annotated[int, typer.Option("--from", help="The version whose live runs are moved.")],
    to: Annotated[int, typer.Option("--to", help="The version to which; the newest, where none is named.")] = 0,
    steps: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="old-step=new-step; nothing behind the sign ends the runs. Steps of one name need none."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Move live runs to another version of their journey; without this they finish on theirs."""
    mapping = dict(_pair(one) for one in steps or [])
    payload = {"journey": journey, "from": since, "to": to or None, "map": mapping}
    with open_installation() as installation:
        result = carry_out(installation.database, "journey.move", payload, "command line", wall_clock())
    if as_json:
        print_json(result)
        return
    console.print(f"The runs of version {result['from']} go to version {result['to']}:")
    for old, new in result["map"].items():
        console.print(f"  {old} -> {new or 'the end'}: {result['runs'].get(old, 0)}", markup=False)


def _pair(written: str) -> tuple[str, str]:
    old, sign, new = written.partition("=")
    if not sign or not old:
        raise AntiphonError(f"`{written}` is no pair of steps.", "Write --map old-step=new-step.")
    return old.strip(), new.strip()


@group.command()
def schema() -> None:
    """Print the JSON Schema of a journey file, for editors."""
    print_json(json_schema())


@group.command()
def playbook(
    name: Annotated[str, typer.Argument(help="Leave it out for the list.")] = "", as_json: AsJson = False
) -> None:
    """Print a journey that ships with Antiphon."""
    known = playbooks()
    if name and name not in known:
        raise NotFoundError(f"There is no playbook `{name}`.", f"There are: {', '.join(known)}.")
    if as_json:
        print_json({"playbook": name, "source": known[name]} if name else {"playbooks": list(known)})
    elif name:
        print(known[name], end="")
    else:
        console.print("\n".join(known))
