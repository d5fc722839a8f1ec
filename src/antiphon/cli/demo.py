"""``antiphon demo``: a believable shop, carried through the real engine, then live."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import structlog
import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from antiphon.cli.installation import Installation, open_installation, wall_clock
from antiphon.cli.output import AsJson, console, errors, print_json
from antiphon.cli.serve import Host, Port, configured, listening, serve
from antiphon.demo.live import Feeder, Front
from antiphon.demo.run import ANCHOR, Demo, Plan, build, resume
from antiphon.demo.shop import PEOPLE
from antiphon.demo.summary import Summary
from antiphon.engine.engine import Engine
from antiphon.web.accounts.demo import demo_sign_in

Days = Annotated[int, typer.Option(min=1, max=90, help="Days before the present that the shop lives through.")]


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Carry it through, print the summary and leave.")] = False,
    days: Days = 14,
    seed: Annotated[int, typer.Option(help="The same seed makes the same shop.")] = 1,
    people: Annotated[int, typer.Option(min=10, max=200_000, help="How many people the shop knows.")] = PEOPLE,
    port: Port = None,
    host: Host = None,
    as_json: AsJson = False,
) -> None:
    """Make a demo shop and run the product on it; the second time it goes on where it was."""
    config = configured(port, host)
    if not once:
        with listening(config):  # a busy port is said before the minutes that building takes, not after
            pass
    with open_installation(config) as installation:
        shop = None if once else resume(installation.database)
        if shop is None:
            until = ANCHOR if once else wall_clock()
            summary, shop = _build(installation, Plan(seed, people, days, until), quiet=as_json)
            _tell(summary, as_json=as_json)
            if once:
                sys.exit(0 if summary.clean else 1)
        _live(installation, shop)


def _build(installation: Installation, plan: Plan, *, quiet: bool) -> tuple[Summary, Demo]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    engine = Engine(installation.database, installation.signer, base_url=installation.base_url, worker="demo")
    try:
        with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal) as bar:
            task = bar.add_task("Starting", total=1.0)
            told = -1

            def tell(what: str, part: float) -> None:
                nonlocal told
                bar.update(task, description=what, completed=part)
                if not (quiet or errors.is_terminal) and int(part * 10) > told:  # a log shows no bar
                    told = int(part * 10)
                    errors.print(f"{part:4.0%} {what}", soft_wrap=True)

            with _quietly():
                return build(engine, plan, tell)
    finally:
        engine.close()


@contextmanager
def _quietly() -> Iterator[None]:
    """What is logged on the way is no news beside the summary: warnings alone, unless somebody wants to read all of it."""
    usual = structlog.get_config()["wrapper_class"]
    if not structlog.get_logger().is_enabled_for(logging.DEBUG):
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(wrapper_class=usual)


def _tell(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        print_json(summary.as_json())
        return
    sent = summary.messages
    console.print(
        f"{summary.people:,} people, {summary.events:,} events, {summary.runs:,} runs, "
        f"{sent['email']:,} emails and {sent['sms']:,} texts; "
        + ("no rule was broken." if summary.clean else f"[red]rules were broken: {summary.violations}[/red]"),
        soft_wrap=True,
    )


def _live(installation: Installation, shop: Demo) -> None:
    def feed(stopping: threading.Event) -> None:
        stopping.wait(timedelta(seconds=2).total_seconds())  # the door opens first
        Feeder(installation.database, shop, Front(installation.base_url, shop.write_key), wall_clock).run(stopping)

    with listening(installation.config) as doors:
        path = demo_sign_in(installation.database, wall_clock())
        console.print(f"\nOpen [bold]{installation.base_url}{path}[/bold]", soft_wrap=True)
        console.print(
            "The link signs you in once; the shop goes on living while you look. Stop it with Ctrl-C.", soft_wrap=True
        )
        serve(installation, doors, 1, beside=feed)
