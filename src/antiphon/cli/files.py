"""``antiphon import FILE``: people from the export of another service, or any table."""

import sys
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from antiphon.cli.installation import Installation, open_installation, wall_clock
from antiphon.cli.output import AsJson, console, errors, print_json, print_table
from antiphon.intake.files import fields
from antiphon.intake.files.checking import check_file
from antiphon.intake.files.keeping import upload
from antiphon.intake.files.managing import cancel, faults, find, listed, remap, start
from antiphon.intake.files.models import Import, Mapping
from antiphon.intake.files.questions import questions
from antiphon.intake.files.reporting import refused_csv, report_csv
from antiphon.intake.files.running import carry_on
from antiphon.intake.files.summary import sentences
from antiphon.intake.resolve import resolve
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import COMMAND_LINE

File = Annotated[Path, typer.Argument(help="A .csv, .tsv or .zip file of people.", exists=True, dir_okay=False)]
As = Annotated[
    str | None, typer.Option("--as", help="klaviyo, mailchimp, attentive, listmonk or csv; found out when not said.")
]
Columns = Annotated[
    list[str] | None, typer.Option("--map", help="COLUMN=FIELD, as in 'E-mail=email' or 'Size=trait:size'; repeat it.")
]
Defaults = Annotated[
    list[str] | None,
    typer.Option("--set", help="FIELD=VALUE for every row, as in email.method=checkout; repeat it."),
]
Dates = Annotated[
    str | None,
    typer.Option(
        "--dates", help="What comes first in dates like 03/04/2025: day or month. Found out where the file shows."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would come in. Changes nothing.")]
Refused = Annotated[
    bool, typer.Option("--refused", help="Only the refused rows, in the file's own columns: to mend and import.")
]
Number = Annotated[int, typer.Argument(help="The import's number; `antiphon import list` shows it.")]


class FileFirst(TyperGroup):
    """A group whose first word may be a file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["file", *args]
        return list(super().parse_args(ctx, args))


def register(group: typer.Typer) -> None:
    group.command("file")(import_file)
    group.command("list")(list_imports)
    group.command("resume")(resume)
    group.command("cancel")(cancel_import)
    group.command("report")(report)


def import_file(
    file: File,
    as_: As = None,
    columns: Columns = None,
    defaults: Defaults = None,
    dates: Dates = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """People from a file, as the service that wrote it is known to; the word `file` may be left out."""
    changes = Changes(_pairs("--map", columns), _pairs("--set", defaults), _day_first(dates))
    with open_installation() as installation:
        if dry_run:
            _dry_run(installation, file, as_, changes, as_json=as_json)
            return
        with file.open("rb") as opened:
            number = upload(installation.database, opened, file.name, wall_clock(), COMMAND_LINE, shape=as_)
        found = _look(installation, number)
        try:
            mapping = changes.on(found.mapping)
            remap(installation.database, number, mapping, wall_clock())
            start(installation.database, number, wall_clock(), COMMAND_LINE)
        except AntiphonError:
            cancel(installation.database, number, wall_clock(), COMMAND_LINE)
            raise
        if not as_json:
            _tell_mapping(found.name, mapping, [note for part in found.parts for note in part.notes])
        _carry(installation, number, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Changes:
    """What somebody said otherwise than was guessed."""

    columns: dict[str, str]
    defaults: dict[str, str]
    day_first: bool | None = None

    def on(self, mapping: Mapping) -> Mapping:
        """``mapping`` with them. Raises ``AntiphonError`` for a column that there is not."""
        for column, field in self.columns.items():
            fields.check(field)
            if column not in mapping.columns:
                raise AntiphonError(f"The file has no column {column!r}.", f"It has {', '.join(mapping.columns)}.")
        said = set(self.columns.values()) - {fields.IGNORE}
        others = {column: fields.IGNORE if field in said else field for column, field in mapping.columns.items()}
        first = mapping.day_first if self.day_first is None else self.day_first
        changed = {"columns": others | self.columns, "defaults": mapping.defaults | self.defaults, "day_first": first}
        return mapping.model_copy(update=changed)


def _day_first(said: str | None) -> bool | None:
    if said not in {None, "day", "month"}:
        raise AntiphonError(f"`--dates {said}` is neither day nor month.", "Say which comes first in 03/04/2025.")
    return None if said is None else said == "day"


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    found = {}
    for one in given or []:
        left, equals, right = one.rpartition("=") if option == "--map" else one.partition("=")
        if not equals or not left or not right:
            raise AntiphonError(f"`{option} {one}` is not NAME=VALUE.", "For example --map 'E-mail=email'.")
        found[left.strip()] = right.strip()
    return found


def _dry_run(
    installation: Installation,
    file: Path,
    shape: str | None,
    changes: Changes,
    *,
    as_json: bool,
) -> None:
    with file.open("rb") as opened:
        checked = check_file(
            installation.database,
            opened,
            file.name,
            wall_clock(),
            shape,
            changes.on,
        )
    if as_json:
        told = [{"line": line, "reason": reason, "kept": kept} for line, kept, reason in checked.told]
        mapping = checked.mapping.model_dump()
        print_json({"mapping": mapping, "rows": checked.rows, "counts": _plain(checked.counts), "faults": told})
        return
    _tell_mapping(file.name, checked.mapping, checked.notes)
    console.print(f"{checked.rows:,} rows. Nothing was changed.")
    _tell_counts(checked.counts)
    _ask(checked.mapping, checked.counts)
    for line, kept, reason in checked.told[:20]:
        console.print(f"  line {line}: {reason}{' (the rest comes in)' if kept else ''}", markup=False, soft_wrap=True)


def _ask(mapping: Mapping, counts: Counter[str]) -> None:
    """What the file leaves open, with what to add."""
    for question in questions(mapping, counts):
        console.print(f"  ? {question.what}", markup=False, soft_wrap=True)
        console.print(f"    {question.option}", markup=False, soft_wrap=True)


def _tell_mapping(name: str, mapping: Mapping, notes: list[str]) -> None:
    console.print(f"{name} is read as {mapping.shape}:", markup=False, soft_wrap=True)
    for column, field in mapping.columns.items():
        console.print(f"  {column} → {field}", markup=False, soft_wrap=True)
    for field, value in mapping.defaults.items():
        console.print(f"  every row: {field} = {value}", markup=False, soft_wrap=True)
    if mapping.day_first is not None:
        first, other = ("day", "month") if mapping.day_first else ("month", "day")
        console.print(
            f"  dates like 03/04/2025 begin with the {first}; --dates {other} for the other way", soft_wrap=True
        )
    for note in notes:
        console.print(f"  {note}", markup=False, soft_wrap=True)


def _tell_counts(counts: Counter[str], *, over: bool = False) -> None:
    for sentence in sentences(counts, over=over):
        console.print(f"  {sentence}", markup=False, soft_wrap=True)


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {name: n for name, n in counts.items() if not name.startswith("line:")}


def _look(installation: Installation, number: int) -> Import:
    with installation.database.read() as connection:
        return find(connection, number)


def _carry(installation: Installation, number: int, *, as_json: bool) -> None:
    """Carry an import to its end from here, beside whatever workers there are, and resolve what it brings."""
    shown = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*shown, console=errors, disable=as_json) as bar:
        task = bar.add_task("Importing", total=None)
        while True:
            carry_on(installation.database, number)
            resolve(installation.database)
            now = _look(installation, number)
            bar.update(
                task, completed=now.position, total=max(now.size, 1), description=f"{now.rows:,} of {now.lines:,} rows"
            )
            if now.state != "running":
                break
        while (step := resolve(installation.database)).more and not step.skipped:
            pass
    _finish(now, as_json=as_json)


def _finish(found: Import, *, as_json: bool) -> None:
    if as_json:
        print_json({"import": found.id, "state": found.state, "rows": found.rows, "counts": _plain(found.counts)})
    else:
        console.print(f"Import {found.id} is {found.state}: {found.rows:,} rows.")
        _tell_counts(found.counts, over=True)
        _ask(found.mapping, found.counts)
        if found.rejected or found.counts["partly"]:
            console.print(f"`antiphon import report {found.id}` lists the rows with their reasons.", soft_wrap=True)
        if found.rejected:
            console.print(
                f"`antiphon import report {found.id} --refused > mend.csv` writes the refused ones as they stood, to mend "
                "and import.",
                soft_wrap=True,
            )
    if found.state != "done":
        raise AntiphonError(
            found.error or f"The import is {found.state}.", "Mend the file or the mapping and try again."
        )


def list_imports(as_json: AsJson = False) -> None:
    """The newest imports."""
    with open_installation() as installation, installation.database.read() as connection:
        found = listed(connection, wall_clock() + timedelta(days=1), 2**62, 50)
    rows = [(one.id, one.name, one.state, one.rows, one.rejected, one.created_at) for one in found]
    names = ("number", "file", "state", "rows", "refused", "made")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table(names, [[str(cell) for cell in row] for row in rows])


def resume(number: Number, as_json: AsJson = False) -> None:
    """Go on with an import that stopped, or start one that was uploaded."""
    with open_installation() as installation:
        if _look(installation, number).state != "running":
            start(installation.database, number, wall_clock(), COMMAND_LINE)
        _carry(installation, number, as_json=as_json)


def cancel_import(number: Number) -> None:
    """Stop an import and delete its file. What came in stays."""
    with open_installation() as installation:
        cancel(installation.database, number, wall_clock(), COMMAND_LINE)
    console.print(f"Import {number} is cancelled")


def report(number: Number, refused: Refused = False) -> None:
    """Every row that was refused, or taken in part, with its reason, as CSV."""
    write = refused_csv if refused else report_csv
    with open_installation() as installation:
        for line in write(_look(installation, number), faults(installation.database, number)):
            sys.stdout.write(line)
