"""Segments as files: ``antiphon segments``."""

import sys
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from antiphon.audiences.segments import managing, read
from antiphon.audiences.segments.count import count as count_people
from antiphon.audiences.segments.count import members as members_of
from antiphon.audiences.segments.models import json_schema
from antiphon.audiences.segments.users import users_of
from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.cli.sources import document, is_broken, read_source, tell
from antiphon.engine.segments import apply as apply_segment
from antiphon.engine.segments import archive as archive_segment
from antiphon.engine.segments import release as release_segment
from antiphon.engine.segments import restore as restore_segment
from antiphon.journeys.segments.ready import ready as ready_segments
from antiphon.journeys.segments.source import examine, read_segment
from antiphon.kit.buckets import bucket_of
from antiphon.kit.errors import NotFoundError
from antiphon.store.audit import COMMAND_LINE

File = Annotated[Path, typer.Argument(help="A segment file.")]
Name = Annotated[str, typer.Argument(help="A segment's name.")]
_MONTH = timedelta(days=30)

group = typer.Typer(help="Segments: who is meant, kept up to date.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="segments")


@group.command()
def schema() -> None:
    """Print the JSON Schema of a segment file, for editors."""
    print_json(json_schema())


@group.command()
def ready(
    name: Annotated[str, typer.Argument(help="Leave it out for the list.")] = "",
    on: Annotated[bool, typer.Option("--on", help="Switch it on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print a segment that ships with Antiphon, or switch it on."""
    known = ready_segments()
    if name and name not in known:
        raise NotFoundError(f"There is no ready segment `{name}`.", f"There are: {', '.join(known)}.")
    if on and name:
        _apply(known[name], as_json)
    elif as_json:
        print_json({"segments": [name] if name else list(known)})
    else:
        print(known[name] if name else "\n".join(known), end="" if name else "\n")


@group.command()
def check(path: File, as_json: AsJson = False) -> None:
    """Check a segment file without touching anything. Exit code 1 when it cannot be used."""
    segment, problems = examine(read_source(path))
    name = segment.segment if segment else None
    if as_json:
        print_json(document(path, "segment", name, problems))
    else:
        tell(path, "segment", name, problems)
        if segment and not problems:
            console.print(read.sentence(segment.who), markup=False, soft_wrap=True)
    if is_broken(problems):
        sys.exit(1)


@group.command()
def apply(path: File, as_json: AsJson = False) -> None:
    """Define a segment, or change it; an unchanged file changes nothing."""
    _apply(read_source(path), as_json)


def _apply(source: str, as_json: bool) -> None:
    with open_installation() as installation:
        done = apply_segment(installation.database, source, COMMAND_LINE, wall_clock())
    if as_json:
        print_json(
            {"segment": done.name, "revision": done.revision, "changed": done.changed, "rebuilt": done.rebuilt}
            | {"held": done.held}
        )
    elif done.rebuilt:
        console.print(f"{done.name}: {'added' if done.new else 'changed'}; members come with the next ticks")
    else:
        console.print(f"{done.name}: {'changed' if done.changed else 'unchanged'}")
        if done.held:
            console.print(
                f"It is held still: `antiphon segments release {done.name}` has it tried again.", markup=False
            )


@group.command("list")
def list_segments(as_json: AsJson = False) -> None:
    """The segments with their members, and how many more or fewer they are than 30 days ago."""
    with open_installation() as installation, installation.database.read() as connection:
        found = read.listed(connection, (wall_clock() - _MONTH).date())
    if as_json:
        print_json({"segments": [read.document(one) for one in found]})
    elif found:
        rows = [
            (o.name, o.segment.title, o.state, o.members, f"{o.change:+}", f"{o.built:.0%}", o.held_error)
            for o in found
        ]
        print_table(("segment", "title", "state", "members", "30 days", "built", "held"), rows)
    else:
        console.print("No segments yet. `antiphon segments ready` lists those that ship with Antiphon.")


@group.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """A segment: who is in it, how many, and who uses it."""
    with open_installation() as installation, installation.database.read() as connection:
        managing.find(connection, name)
        one = next(o for o in read.listed(connection, (wall_clock() - _MONTH).date()) if o.name == name)
        users = users_of(connection, name)
    if as_json:
        used = [user.document() for user in users]
        print_json(read.document(one) | {"used_by": used})
        return
    console.print(f"{one.segment.title} ({one.state}): {one.members} members, {one.change:+} in 30 days", markup=False)
    if one.held_at:
        words = f"held since {one.held_at.isoformat()}, its members stay as they are: {one.held_error}"
        console.print(words, markup=False, soft_wrap=True)
    console.print(one.sentence, markup=False, soft_wrap=True)
    for user in users:
        console.print(f"used by {user}", markup=False, soft_wrap=True)


@group.command()
def members(
    name: Name,
    as_json: AsJson = False,
    after: Annotated[int, typer.Option(help="Go on behind this person.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
) -> None:
    """People in a segment, with the instant since when."""
    with open_installation() as installation, installation.database.read() as connection:
        row = managing.find(connection, name)
        found = members_of(connection, row.id, (bucket_of(after), after) if after else None, limit)
    if as_json:
        print_json({"segment": name, "members": [{"person": str(one.person), "since": one.since} for one in found]})
    else:
        print_table(("person", "since"), [(one.person, one.since.isoformat()) for one in found])


@group.command()
def count(path: File, as_json: AsJson = False) -> None:
    """How many a segment file holds for now, without defining it."""
    segment = read_segment(read_source(path))
    with open_installation() as installation, installation.database.read() as connection:
        managing.check(segment, managing.definitions(connection))
        found = count_people(connection, segment.who, wall_clock(), monotonic)
    if as_json:
        numbers = {"n": found.n, "low": found.low, "high": found.high, "exact": found.exact}
        print_json({"segment": segment.segment, **numbers, "sample": [str(person) for _, person in found.sample]})
    elif found.exact:
        console.print(f"{found.n} people")
    else:
        console.print(f"about {found.n} people ({found.low} to {found.high}, from {found.share:.0%} of all)")


def _switched(name: str, state: str, changed: bool, as_json: bool) -> None:
    if as_json:
        print_json({"segment": name, "state": state, "changed": changed})
    else:
        console.print(f"{name} is {state}")


@group.command()
def archive(name: Name, as_json: AsJson = False) -> None:
    """Have nobody in a segment any more. Refused while something uses it."""
    with open_installation() as installation:
        changed = archive_segment(installation.database, name, COMMAND_LINE, wall_clock())
    _switched(name, "archived", changed, as_json)


@group.command()
def restore(name: Name, as_json: AsJson = False) -> None:
    """Take an archived segment up again."""
    with open_installation() as installation:
        changed = restore_segment(installation.database, name, COMMAND_LINE, wall_clock())
    _switched(name, "live", changed, as_json)


@group.command()
def release(name: Name, as_json: AsJson = False) -> None:
    """Let a held segment go on, after what it failed on has been mended: everybody is looked at."""
    with open_installation() as installation:
        changed = release_segment(installation.database, name, COMMAND_LINE, wall_clock())
    if as_json:
        print_json({"segment": name, "changed": changed})
    else:
        console.print(f"{name} {'goes on; everybody is looked at with the next ticks' if changed else 'was not held'}")
