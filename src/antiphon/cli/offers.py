"""``antiphon offers``: codes for people."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from antiphon.catalogue.offers.filling import Filled, bring, codes_of, generate, preview
from antiphon.catalogue.offers.managing import checked, delete, give, save, users
from antiphon.catalogue.offers.read import offer, offers
from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.intake.called import person_called
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import COMMAND_LINE
from antiphon.web.offers.read import counted

Name = Annotated[str, typer.Argument(help="The offer's name.")]
_SHOWN = 20

group = typer.Typer(help="Offers: make them, fill their pools, give codes.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="offers")


@group.command("list")
def show_all(as_json: AsJson = False) -> None:
    """All offers, and how many codes are left."""
    now = wall_clock()
    with open_installation() as installation, installation.database.read() as connection:
        found = [one for one in offers(connection).values() if one.deleted_at is None]
    if as_json:
        print_json({"offers": [one.document(now) for one in found]})
        return
    rows = [
        (one.name, one.title, one.kind, one.state(now), f"{one.left:,}" if one.kind == "pool" else one.code)
        for one in found
    ]
    print_table(("name", "title", "kind", "state", "left or code"), rows)


@group.command("show")
def show(name: Name, as_json: AsJson = False) -> None:
    """One offer, what became of its codes, and what uses it."""
    now = wall_clock()
    with open_installation() as installation, installation.database.read() as connection:
        one = offer(connection, name)
        counts = counted(connection, [name], now)[name]
        used = users(connection, name)
    told = {"given": counts.given, "redeemed": counts.redeemed, "expired": counts.expired, "waiting": counts.waiting}
    found: dict[str, Any] = {**one.document(now), **told, "used_by": used}
    if as_json:
        print_json(found)
        return
    print_table(("", ""), [(key, value) for key, value in found.items() if value not in (None, [], "")])


@group.command("make")
def make(
    name: Name,
    title: Annotated[str, typer.Option(help="What people read.")],
    code: Annotated[str, typer.Option(help="The code that everybody gets; without it each gets one of a pool.")] = "",
    steps: Annotated[str, typer.Option(help="Offers that follow one another, parted by commas.")] = "",
    valid_days: Annotated[int | None, typer.Option(help="A code is good for so many days.")] = None,
    remind_days: Annotated[int | None, typer.Option(help="“Coupon Expiring” happens so many days before.")] = None,
    ends: Annotated[datetime | None, typer.Option(help="When nothing of it is good any more, in UTC.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an offer, or change one."""
    now = wall_clock()
    given: dict[str, Any] = {
        "name": name, "title": title, "code": code, "valid_days": valid_days, "remind_days": remind_days,
        "kind": "static" if code else "steps" if steps else "pool",
        "steps": [part.strip() for part in steps.split(",") if part.strip()],
        "ends_at": ends.replace(tzinfo=now.tzinfo) if ends else None,
    }  # fmt: skip
    with open_installation() as installation:
        made = save(installation.database, checked(given), now, COMMAND_LINE)
    if as_json:
        print_json(made.document(now))
    else:
        console.print(f"Offer {made.name} is kept.", markup=False)


@group.command("import")
def bring_in(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Codes: one a line, or a CSV.", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come in; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put the codes of a file into the pool. Safe to repeat. Exit code 1 when a line was refused."""
    data = file.read_bytes()
    with open_installation() as installation:
        if dry_run:
            with installation.database.read() as connection:
                report = preview(connection, name, data)
        else:
            report = bring(installation.database, name, data, wall_clock(), COMMAND_LINE)
    _tell(report, as_json=as_json)


@group.command("generate")
def make_codes(
    name: Name,
    count: Annotated[int, typer.Argument(help="How many codes.")],
    length: Annotated[int, typer.Option(help="Characters of each, the prefix not counted.")] = 10,
    prefix: Annotated[str, typer.Option(help="What each begins with, such as HELLO-.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make codes that nobody can guess, and put them into the pool. The shop must know them too: ``codes``."""
    with open_installation() as installation:
        report = generate(installation.database, name, count, wall_clock(), COMMAND_LINE, length=length, prefix=prefix)
    _tell(report, as_json=as_json)


@group.command("codes")
def export(name: Name) -> None:
    """The pool as CSV, for the shop."""
    with open_installation() as installation:
        for block in codes_of(installation.database, name):
            print(block, end="")


def _tell(report: Filled, *, as_json: bool) -> None:
    if as_json:
        print_json(report.document())
    else:
        console.print(f"{report.added:,} codes came in, {report.rejected:,} did not; {report.left:,} are left to give")
        for one in report.faults[:_SHOWN]:
            console.print(f"  line {one.line}, {one.raw}: {one.reason}", markup=False, soft_wrap=True)
        if report.rejected > _SHOWN:
            console.print(f"  … and {report.rejected - _SHOWN:,} more")
    if report.rejected:
        raise typer.Exit(1)


@group.command("give")
def hand_out(
    name: Name,
    person: Annotated[str, typer.Argument(help="The person's id, email address, phone number or customer id.")],
    as_json: AsJson = False,
) -> None:
    """Give a person a code, or tell the one that they have."""
    with open_installation() as installation:
        with installation.database.read() as connection:
            who = person_called(connection, person)
        done = give(installation.database, name, who, wall_clock(), COMMAND_LINE)
    if done.given is None:
        raise AntiphonError("There is no code.", "")
    if as_json:
        print_json(
            {"code": done.given.code, "offer": done.given.offer, "expires_at": done.given.expires_at, "new": done.new}
        )
    else:
        console.print(f"{done.given.code}{'' if done.new else ' (they had it already)'}", markup=False)


@group.command("delete")
def remove(name: Name) -> None:
    """Delete an offer. Refused while a journey or another offer uses it."""
    with open_installation() as installation:
        delete(installation.database, name, wall_clock(), COMMAND_LINE)
    console.print(f"Offer {name} is deleted; codes that are out stay good.", markup=False)
