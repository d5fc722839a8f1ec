"""``antiphon bench``: how fast, beside the bare work that it cannot do without, on a throw-away database."""

from typing import Annotated

import typer

from antiphon.bench.models import NAMES, Sizes
from antiphon.cli.output import AsJson, console, errors, print_json, print_table

Names = Annotated[list[str] | None, typer.Argument(help=f"Scenarios; all, where none is named: {', '.join(NAMES)}.")]
Share = Annotated[
    float, typer.Option(min=0.0001, max=100, help="Share of the usual amounts of people, events and so on.")
]


def register(app: typer.Typer) -> None:
    app.command()(bench)


def bench(names: Names = None, share: Share = 1.0, as_json: AsJson = False) -> None:
    """Measure the product beside its floors, in one run on one machine. Touches nothing of the installation.

    A busy machine makes every figure small: compare the ratios. TMPDIR says on which disk the database lies.
    """
    from antiphon.bench.run import run_bench  # noqa: PLC0415  # it needs everything, and no other command should wait

    results = run_bench(Sizes().scaled(share), names or (), lambda name: errors.print(f"{name} …"))
    if as_json:
        print_json({"results": [result.as_dict() for result in results]})
        return
    print_table(
        ("", "a second", "floor", "ratio", "peak MB", "floor is"),
        [
            (r.name, f"{r.rate:,.0f} {r.unit}", f"{r.floor:,.0f}", f"{r.ratio:.2g}", f"{r.peak_mb:,.0f}", r.against)
            for r in results
        ],
    )
    console.print("Rates are of this machine as busy as it was; ratios are of one run.")
