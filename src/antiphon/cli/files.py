"""``antiphon import FILE``: people from the export of another service, or any table."""

import sys
from collections import Counter
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
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would come in. Changes nothing.")]
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
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """People from a file, as the service that wrote it is known to; the word `file` may be left out."""
    with open_installation() as installation:
        if dry_run:
            _dry_run(installation, file, as_, _pairs("--map", columns), _pairs("--set", defaults), as_json=as_json)
            return
        with file.open("rb") as opened:
            number = upload(installation.database, opened, file.name, wall_clock(), COMMAND_LINE, shape=as_)
        found = _look(installation, number)
        try:
            mapping = with_changes(found.mapping, _pairs("--map", columns), _pairs("--set", defaults))
            remap(installation.database, number, mapping, wall_clock())
            start(installation.database, number, wall_clock(), COMMAND_LINE)
        except AntiphonError:
            cancel(installation.database, number, wall_clock(), COMMAND_LINE)
            raise
        if not as_json:
            _tell_mapping(found.parts[0].name, mapping)
        _carry(installation, number, as_json=as_json)


def with_changes(mapping: Mapping, columns: dict[str, str], defaults: dict[str, str]) -> Mapping:
    """``mapping`` with what somebody said otherwise. Raises ``AntiphonError`` for a column that there is not."""
    for column, field in columns.items():
        fields.check(field)
        if column not in mapping.columns:
            raise AntiphonError(f"The file has no column {column!r}.", f"It has {', '.join(mapping.columns)}.")
    others = {c: "ignore" if f in columns.values() and f != fields.IGNORE else f for c, f in mapping.columns.items()}
    return mapping.model_copy(update={"columns": others | columns, "defaults": mapping.defaults | defaults})


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
    columns: dict[str, str],
    defaults: dict[str, str],
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
            lambda mapping: with_changes(mapping, columns, defaults),
        )
    if as_json:
        told = [{"line": line, "reason": reason, "kept": kept} for line, kept, reason in checked.told]
        mapping = checked.mapping.model_dump()
        print_json({"mapping": mapping, "rows": checked.rows, "counts": _plain(checked.counts), "faults": told})
        return
    _tell_mapping(file.name, checked.mapping)
    console.print(f"{checked.rows:,} rows. Nothing was changed.")
    _tell_counts(checked.counts)
    for line, kept, reason in checked.told[:20]:
        console.print(f"  line {line}: {reason}{' (the rest comes in)' if kept else ''}", markup=False, soft_wrap=True)


def _tell_mapping(name: str, mapping: Mapping) -> None:
    console.print(f"{name} is read as {mapping.shape}:", markup=False, soft_wrap=True)
    for column, field in mapping.columns.items():
        console.print(f"  {column} → {field}", markup=False, soft_wrap=True)
    for field, value in mapping.defaults.items():
        console.print(f"  every row: {field} = {value}", markup=False, soft_wrap=True)


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
        if found.rejected or found.counts["partly"]:
            console.print(f"`antiphon import report {found.id}` lists the rows with their reasons.")
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


def report(number: Number) -> None:
    """Every row that was refused, or taken in part, with its reason, as CSV."""
    with open_installation() as installation:
        for line in report_lines(installation, number):
            sys.stdout.write(line)


def report_lines(installation: Installation, number: int) -> Any:
    from antiphon.intake.files.reporting import report_csv  # noqa: PLC0415

    return report_csv(_look(installation, number), faults(installation.database, number))
