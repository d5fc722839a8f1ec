"""``antiphon people``: who is who, and what a human says of it."""

from typing import Annotated, Any

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.naming import HIGHEST, Person, key_of, person_named
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.engine.commands import carry_out
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.people.identifiers import Key
from antiphon.store.audit import COMMAND_LINE
from antiphon.web.identity import read
from antiphon.web.identity.documents import MAX_WHY, conflict_document, done_document, identity_document
from antiphon.web.paging import START, Cursor

_Identifier = Annotated[str, typer.Argument(metavar="KIND=VALUE", help="An identifier: email=ann@example.com.")]
_Why = Annotated[str, typer.Option("--why", help="Why; it is kept beside what you say.")]

group = typer.Typer(help="Who is who: look, merge, split, and take back.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="people")


@group.command()
def show(person: Person, as_json: AsJson = False) -> None:
    """What makes a person one: identifiers, the evidence, and what humans said."""
    with open_installation() as installation, installation.database.read() as connection:
        number = person_named(connection, person)
        found = read.identity(connection, number)
    if not found.own:
        raise NotFoundError(f"There is no person {number}.", "They may have been erased.")
    if as_json:
        print_json(identity_document(number, found))
        return
    console.print(f"Person {number}")
    print_table(("kind", "value", "first seen", "last seen"), [(*n.key, n.first_at, n.last_at) for n in found.own])
    rows = [
        (_words(e.one.key), _words(e.other.key), e.outcome, e.reason, ", ".join(e.sources), e.first_at)
        for e in found.edges
    ]
    if rows:
        print_table(("one", "other", "outcome", "why", "sources", "since"), rows)
    if found.said:
        print_table(("act", "says", "who", "why", "at"), [(s.act, s.says, s.who, s.why, s.at) for s in found.said])


@group.command()
def conflicts(
    before: Annotated[str, typer.Option("--before", help="Where the page before ended: its `next`.")] = "",
    as_json: AsJson = False,
) -> None:
    """What is left to decide, the newest first."""
    until = Cursor.parse(before).at if before else START.at
    with open_installation() as installation, installation.database.read() as connection:
        found, after = read.conflicts(connection, until)
    following = str(Cursor(after, 0)) if after else None
    if as_json:
        print_json({"conflicts": [conflict_document(each) for each in found], "next": following})
        return
    rows = [
        (_words(c.one), _words(c.other) if c.other else "", c.reason, " ".join(map(str, c.people)), c.at) for c in found
    ]
    if rows:
        print_table(("one", "other", "reason", "people", "at"), rows)
    else:
        console.print("Nothing to decide")
    if following:
        console.print(f"There are more: --before {following}", markup=False)


@group.command()
def merge(person: Person, other: Person, why: _Why = "", as_json: AsJson = False) -> None:
    """Make two people one, whatever guards kept them apart."""
    one, second = _numbers(person, other)
    done = _say("people.merge", why, person=one, other=second)
    _tell(
        done, as_json, f"They are person {done.get('person')}; `antiphon people undo {done.get('act')}` takes it back"
    )


@group.command()
def split(
    person: Person,
    identifiers: Annotated[
        list[str], typer.Argument(metavar="KIND=VALUE…", help="What makes another person: email=ann@example.com.")
    ],
    why: _Why = "",
    as_json: AsJson = False,
) -> None:
    """Make some identifiers of a person another person."""
    (number,) = _numbers(person)
    done = _say("people.split", why, person=number, identifiers=[key_of(each) for each in identifiers])
    words = f"Person {done.get('person')} stays, person {done.get('split')} has what was named"
    _tell(done, as_json, f"{words}; `antiphon people undo {done.get('act')}` takes it back")


@group.command("keep-apart")
def keep_apart(one: _Identifier, other: _Identifier, why: _Why = "", as_json: AsJson = False) -> None:
    """Say for good that the people behind two identifiers are two."""
    done = _say("people.keep_apart", why, identifiers=[key_of(one), key_of(other)])
    _tell(done, as_json, f"They stay two; `antiphon people undo {done.get('act')}` takes it back")


@group.command()
def dismiss(
    one: _Identifier,
    other: Annotated[str, typer.Argument(metavar="[KIND=VALUE]", help="Leave it out for a shared identifier.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a conflict off the list; it says nothing of people."""
    done = _say("people.dismiss", "", identifiers=[key_of(one), key_of(other) if other else ("", "")])
    _tell(done, as_json, "It is off the list")


@group.command()
def undo(act: Annotated[int, typer.Argument(min=1, max=HIGHEST)], as_json: AsJson = False) -> None:
    """Take back what was said in one act; `antiphon people show` lists acts."""
    done = _say("people.undo", "", act=act)
    _tell(done, as_json, f"Act {act} is taken back")


def _numbers(*named: str) -> list[int]:
    with open_installation() as installation, installation.database.read() as connection:
        return [person_named(connection, words) for words in named]


def _words(key: Key) -> str:
    return "=".join(key)


def _say(kind: str, why: str, **payload: Any) -> dict[str, Any]:
    if len(why) > MAX_WHY:
        raise AntiphonError(f"The reason is longer than {MAX_WHY} characters.", "Say it in fewer words.")
    with open_installation() as installation:
        return carry_out(installation.database, kind, payload | {"why": why}, COMMAND_LINE, wall_clock())


def _tell(done: dict[str, Any], as_json: bool, words: str) -> None:
    if as_json:
        print_json(done_document(done))
    else:
        console.print(words, markup=False)
