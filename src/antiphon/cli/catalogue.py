"""``antiphon catalogue``: products from files, one product, what counts as a drop."""

import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from antiphon.catalogue import queries
from antiphon.catalogue.changes import EVENTS
from antiphon.catalogue.documents import product_document
from antiphon.catalogue.read import products, variants
from antiphon.catalogue.settings import CatalogueSettings, change_settings, settings_of
from antiphon.cli.installation import Installation, open_installation, wall_clock
from antiphon.cli.output import AsJson, console, errors, numbered, print_json, print_table
from antiphon.intake.feeds.fields import FIELDS
from antiphon.intake.feeds.keeping import cancel, faults, find, kept, remap, start, upload
from antiphon.intake.feeds.models import Feed
from antiphon.intake.feeds.preview import preview
from antiphon.intake.feeds.running import run_feeds
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.store.audit import COMMAND_LINE

File = Annotated[Path, typer.Argument(help="A .csv or .tsv file, or a .zip of one.", exists=True, dir_okay=False)]
Columns = Annotated[
    list[str] | None,
    typer.Option("--map", help=f"COLUMN=FIELD; repeat it. Fields are {', '.join(FIELDS)}."),
]
Currency = Annotated[str, typer.Option(help="The currency of prices that name none, such as EUR.")]
_SHOWN = 20

group = typer.Typer(help="Products: bring them in, look at them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="catalogue")


@group.command("import")
def bring_in(
    file: File,
    columns: Columns = None,
    currency: Currency = "",
    complete: Annotated[bool, typer.Option("--complete", help="Delete the products that the file lacks.")] = False,
    forced: Annotated[bool, typer.Option("--force", help="With --complete: more than half of all, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come in; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in products of a file. Safe to repeat. Exit code 1 when a row was refused or came twice."""
    with open_installation() as installation:
        number = _kept(installation, file, columns, currency)
        if dry_run:
            _foretell(installation, number, as_json=as_json)
            return
        if complete:
            with installation.database.read() as connection:
                mapping = find(connection, number).mapping
            remap(installation.database, number, mapping.model_copy(update={"complete": True, "force": forced}))
        found = _carried(installation, number, quiet=as_json)
        refused = [(row.line, row.product, row.reason) for row in faults(installation.database, number)]
    if as_json:
        rows = [{"line": line, "product": product, "error": reason} for line, product, reason in refused[: _SHOWN * 50]]
        print_json({"feed": number, "state": found.state, "error": found.error, **found.counts, "errors": rows})
    else:
        counts = found.counts
        told = f"{counts['added']:,} new, {counts['changed']:,} changed, {counts['unchanged']:,} as they were"
        console.print(f"{numbered(counts['rows'], 'row')} read: {told}, {counts['refused']:,} refused")
        if counts["again"]:
            console.print(f"{numbered(counts['again'], 'row')} came twice; the later one counts")
        if counts["gone"]:
            are = "is" if counts["gone"] == 1 else "are"
            console.print(f"{numbered(counts['gone'], 'product')} that it lacks {are} deleted")
        for line, product, reason in refused[:_SHOWN]:
            console.print(f"  line {line}, {product or 'no product'}: {reason}", markup=False, soft_wrap=True)
        if len(refused) > _SHOWN:
            console.print(f"  … and {len(refused) - _SHOWN:,} more; the feed's page has the report")
        if found.error:
            raise AntiphonError(found.error, "The report has the rows.")
    if refused or found.error:
        sys.exit(1)


def _kept(installation: Installation, file: Path, columns: list[str] | None, currency: str) -> int:
    database, now = installation.database, wall_clock()
    with file.open("rb") as opened:
        number = upload(database, opened, file.name, now, COMMAND_LINE, currency)
    try:
        if columns:
            _map(installation, number, columns)
        with database.read() as connection:
            mapping = find(connection, number).mapping
        remap(database, number, mapping)  # says what is missing before anything begins
    except AntiphonError:
        cancel(database, number, now, COMMAND_LINE)
        raise
    return number


def _map(installation: Installation, number: int, columns: list[str]) -> None:
    with installation.database.read() as connection:
        mapping = find(connection, number).mapping
    found = dict(mapping.columns)
    for one in columns:
        column, equals, field = one.rpartition("=")
        if not equals or column not in found:
            raise AntiphonError(f"`--map {one}` is not COLUMN=FIELD.", f"The file's columns are {', '.join(found)}.")
        found = {name: "ignore" if known == field else known for name, known in found.items()} | {column: field}
    remap(installation.database, number, mapping.model_copy(update={"columns": found}))


def _foretell(installation: Installation, number: int, *, as_json: bool) -> None:
    database, now = installation.database, wall_clock()
    with database.read() as connection:
        found = find(connection, number)
        made = preview(connection, found, io.BytesIO(kept(connection, number, found.size).read()), now)
    cancel(database, number, now, COMMAND_LINE)
    seen = {"rows": made.rows, "products": made.products, "new": made.new, "refused": made.refused, "whole": made.whole}
    if as_json:
        print_json(seen | {"columns": found.mapping.columns, "errors": dict(made.faults)})
        return
    first = "" if made.whole else f" of the first {made.rows:,} rows"
    console.print(f"{numbered(made.products, 'product')}{first}, {made.new:,} of them new; {made.refused:,} refused")
    print_table(("column", "is"), [(column, FIELDS[field]) for column, field in found.mapping.columns.items()])
    for reason, n in made.faults.most_common(_SHOWN):
        console.print(f"  {'once' if n == 1 else f'{n:,} times'}: {reason}", markup=False, soft_wrap=True)


def _carried(installation: Installation, number: int, *, quiet: bool) -> Feed:
    """Start it and carry it here; a worker that runs beside may do its part."""
    database = installation.database
    start(database, number, wall_clock(), COMMAND_LINE)
    shown = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*shown, console=errors, disable=quiet) as bar:
        task = bar.add_task("Reading", total=None)
        while True:
            run_feeds(database, wall_clock())
            with database.read() as connection:
                found = find(connection, number)
            bar.update(task, description=f"{found.counts['rows']:,} rows read")
            if found.state != "running":
                return found


@group.command()
def show(product: Annotated[str, typer.Argument(help="The shop's own id.")], as_json: AsJson = False) -> None:
    """One product: price, stock, variants, and who was told what."""
    with open_installation() as installation, installation.database.read() as connection:
        found = products(connection, [product], deleted=True).get(product)
        kinds = variants(connection, [product]).get(product, [])
        occasions = connection.execute(queries.OCCASIONS_OF, {"product": product, "limit": _SHOWN}).all()
    if found is None:
        raise NotFoundError(f"There is no product {product!r}.", "Ids are the shop's own, as events name them.")
    told = [
        {"event": EVENTS[one.kind], "at": one.at, "old_price": one.old_price, "price": one.price, "stock": one.stock,
         "state": one.state, "people": one.told} for one in occasions
    ]  # fmt: skip
    document = product_document(found, kinds) | {"occasions": told}
    if as_json:
        print_json(document)
        return
    plain = {
        name: value for name, value in document.items() if not isinstance(value, list) or name in {"category", "tags"}
    }
    print_table(("", found.title), [(name, _words(value)) for name, value in plain.items() if name != "title"])
    if kinds:
        names = ("id", "title", "sku", "price", "stock")
        print_table(("variant", *names[1:]), [[getattr(each, name) for name in names] for each in kinds])
    if told:
        print_table(
            ("occasion", "at", "state", "people told"), [(o["event"], o["at"], o["state"], o["people"]) for o in told]
        )


def _words(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@group.command()
def settings(
    change: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE, such as drop_percent=10 or viewed=14d; repeat it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What counts as a drop, as low stock, as interest; --set changes it."""
    with open_installation() as installation:
        if change:
            found = change_settings(installation.database, _pairs(change), wall_clock(), COMMAND_LINE)
        else:
            with installation.database.read() as connection:
                found = settings_of(connection)
    values = found.model_dump(mode="json")
    if as_json:
        print_json(values)
    else:
        print_table(("setting", "is"), list(values.items()))


def _pairs(change: list[str]) -> dict[str, str]:
    found = {}
    for one in change:
        name, equals, value = one.partition("=")
        if not equals or name not in CatalogueSettings.model_fields:
            known = ", ".join(CatalogueSettings.model_fields)
            raise AntiphonError(f"`--set {one}` is not NAME=VALUE.", f"Names are {known}.")
        found[name] = value
    return found
