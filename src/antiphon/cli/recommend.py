"""``antiphon recommend``: which products are shown to whom, and how well that goes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from antiphon.catalogue.recommend.evaluate import LEAST_ORDERS, Protocol
from antiphon.catalogue.recommend.evaluate import evaluate as measure
from antiphon.catalogue.recommend.files import read_orders
from antiphon.catalogue.recommend.models import Settings
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.kit.errors import AntiphonError

group = typer.Typer(help="Recommendations: how well they would have done on orders of a file.", no_args_is_help=True)

_GROUPS = {"new_products": "products that they had never bought", "with_repeats": "any product, repeats too"}


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="recommend")


@group.callback()
def _group() -> None:
    pass


@group.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="A .csv or .parquet file, a row per line of an order.", dir_okay=False)],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="OURS=THEIRS: the file's name of person, product, order, time or quantity."),
    ] = None,
    only: Annotated[
        str | None, typer.Option(help="A regular expression that product ids begin with: leaves out postage and fees.")
    ] = None,
    least_orders: Annotated[int, typer.Option(help="Products in fewer orders are left out.", min=1)] = LEAST_ORDERS,
    as_json: AsJson = False,
) -> None:
    """Hold out everybody's last order, and count for whom one of ten recommended products was in it."""
    lines = read_orders(file, _mapping(columns), only)
    if not lines.person:
        raise AntiphonError(f"{file} holds no lines of orders with a person and a product.", "Are the columns right?")
    told = measure(lines, Protocol(least_orders), Settings())
    if as_json:
        print_json({"file": file.name, "lines": len(lines.person), **told})
        return
    console.print(f"{told['products']:,} products, {told['buyers']:,} buyers. {told['choice']['why']}", soft_wrap=True)
    for name, words in _GROUPS.items():
        _show(told[name], f"In the next order, of {words}: {told[name]['people']:,} people")


def _show(told: dict[str, Any], words: str) -> None:
    console.print(f"\n{words}", soft_wrap=True)
    rows = [
        (name, f"{each['share']:.1%}", f"{each['interval'][0]:.1%} to {each['interval'][1]:.1%}")
        for name, each in told.get("hit", {}).items()
    ]
    print_table(("method", "one of ten", "95 %"), rows)


def _mapping(columns: list[str] | None) -> dict[str, str]:
    found = {}
    for one in columns or []:
        ours, equals, theirs = one.partition("=")
        if not equals or ours not in {"person", "product", "order", "time", "quantity"} or not theirs:
            raise AntiphonError(f"`--map {one}` is not OURS=THEIRS.", "For example --map person=CustomerID.")
        found[ours] = theirs
    return found
