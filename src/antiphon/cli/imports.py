"""``antiphon import``: people and events from files."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from antiphon.cli.files import FileFirst
from antiphon.cli.files import register as register_files
from antiphon.cli.installation import Installation, open_installation, wall_clock
from antiphon.cli.output import AsJson, console, errors, numbered, print_json
from antiphon.intake.imports import ImportReport, import_events, import_people
from antiphon.intake.resolve import resolve
from antiphon.kit.errors import AntiphonError

File = Annotated[Path, typer.Argument(help="A .csv, .jsonl or .parquet file.", exists=True, dir_okay=False)]
Columns = Annotated[
    list[str] | None,
    typer.Option("--map", help="OURS=THEIRS: the file's name of one of our columns; repeat it."),
]
Source = Annotated[str, typer.Option(help="What the arrivals are said to come from.")]

group = typer.Typer(
    cls=FileFirst,
    help="Bring in people and events from files. Safe to repeat, events for a week.",
    no_args_is_help=True,
)

register_files(group)

Report = Callable[[int], None]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="import")


@group.command()
def people(file: File, source: Source = "import", columns: Columns = None, as_json: AsJson = False) -> None:
    """One person a row: customer_id, email, phone, names, timezone, consents; other columns become traits."""
    with open_installation() as installation:
        report = _showing(
            installation,
            lambda tell: import_people(
                installation.database, file, wall_clock(), source=source, mapping=_mapping(columns), progress=tell
            ),
            quiet=as_json,
        )
    _tell(file, report, "customer_id" if columns is None else "", as_json=as_json)


@group.command()
def events(
    file: File,
    source: Source = "import",
    columns: Columns = None,
    event: Annotated[str | None, typer.Option(help="The event of rows that name none.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Let them start journeys, as if they arrived now. Imports do not.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """One event a row: an item of Segment's API, or columns userId, email, event, timestamp and properties.

    A file whose rows have a timestamp or a messageId may be imported again within a week. After that (a week or two) its
    message ids are forgotten, and every event of it would count twice.
    """
    with open_installation() as installation:
        report = _showing(
            installation,
            lambda tell: import_events(
                installation.database,
                file,
                wall_clock(),
                source=source,
                event=event,
                mapping=_mapping(columns),
                backfill=not live,
                progress=tell,
            ),
            quiet=as_json,
        )
    _tell(file, report, "userId" if columns is None else "", as_json=as_json)


def _mapping(columns: list[str] | None) -> dict[str, str]:
    """The file's names → ours."""
    found = {}
    for one in columns or []:
        ours, equals, theirs = one.partition("=")
        if not equals or not ours or not theirs:
            raise AntiphonError(f"`--map {one}` is not OURS=THEIRS.", "For example --map email=Email_Address.")
        found[theirs] = ours
    return found


def _showing(installation: Installation, work: Callable[[Report], ImportReport], *, quiet: bool) -> ImportReport:
    """Run an import and resolve what it brought, with progress."""
    shown = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*shown, console=errors, disable=quiet) as bar:
        task = bar.add_task("Reading", total=None)
        report = work(lambda rows: bar.update(task, description=f"{rows:,} rows read"))
        resolved = 0
        while True:
            step = resolve(installation.database)
            resolved += step.arrivals
            bar.update(task, description=f"{resolved:,} arrivals resolved")
            if step.skipped or not step.more:  # a worker that holds the resolver does the rest
                break
    return report


def _tell(file: Path, report: ImportReport, column: str, *, as_json: bool) -> None:
    """``column`` is one of ours to show how a file's own names are mapped, nothing where they were."""
    if not report.rows:
        raise AntiphonError(f"{file} holds no rows, so nothing was brought in.", "Was it written to the end?")
    if as_json:
        print_json(asdict(report))
    else:
        console.print(
            f"{numbered(report.rows, 'row')} read, {report.arrivals:,} taken in, {report.error_count:,} with errors"
        )
        for one in report.errors[:20]:
            console.print(f"  line {one.line}: {one.error}", markup=False, soft_wrap=True)
        if report.error_count > 20:
            console.print(f"  … and {report.error_count - 20:,} more; --json lists up to a thousand")
        if report.rows and not report.arrivals and column:
            console.print(f"Does the file call its columns otherwise? Name them: --map {column}=THEIRS", soft_wrap=True)
    if report.error_count:
        sys.exit(1)
