"""``antiphon why``: why a message came out as it did, and whether it would again."""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Annotated, Any

import typer

from antiphon.cli.installation import open_installation
from antiphon.cli.output import AsJson, console, numbered, print_json, print_table
from antiphon.decisions.replaying.replay import Outcome
from antiphon.web.messages.explained import document, key_of

#: Deciding once more gives another answer, or is not possible with this version of the program.
OTHERWISE = 3

#: Differences that are listed; the rest are counted.
_LISTED = 12


def register(app: typer.Typer) -> None:
    app.command()(why)


def why(
    message: Annotated[str, typer.Argument(help="The message's key, as the address of its page has it.")],
    as_json: AsJson = False,
    replay: Annotated[bool, typer.Option(help="Decide once more from what was kept.")] = True,
) -> None:
    """Why a message came out as it did, and whether it would again. Exit code 3 when it would not."""
    key = key_of(message)
    with open_installation() as installation, installation.database.read() as connection:
        told = document(connection, key, replay=replay)
    if as_json:
        print_json(told)
    else:
        _say(told)
    again = told["replay"]
    if again is not None and again["outcome"] in {Outcome.DIFFERENT, Outcome.UNREADABLE}:
        sys.exit(OTHERWISE)


def _say(told: Mapping[str, Any]) -> None:
    console.print(told["sentence"] or told["nothing"], soft_wrap=True, markup=False)
    if told["decision"]:
        print_table(("moment (UTC)", "email", "text"), _moments(told["decision"], told["candidates"]))
    if told["bars"]:
        head = ("barred", "rule", "version", "moments", "which is")
        names = ("channel", "rule", "version", "moments", "words")
        print_table(head, [[bar[name] for name in names] for bar in told["bars"]])
    if told["laws"]:
        laws = [(law["id"], law["name"], law["hours"], law["moments_barred"], law["source"]) for law in told["laws"]]
        print_table(("law", "of", "allows", "barred", "source"), laws)
    if told["log"]:
        print_table(("at (UTC)", "became", "by the rule", "version"), map(_change, told["log"]))
    if told["by"]:
        by = ", ".join(f"{name[0].lower()}{name[1:]} {value}" for name, value in told["by"].items())
        console.print(f"Decided by: {by}.", soft_wrap=True, markup=False)
    if told["replay"] is not None:
        _replayed(told["replay"])


def _change(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return _clock(one["at"]), one["state"], one["rule"], one["version"]


def _clock(at: datetime | str) -> str:
    found = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return f"{found:%Y-%m-%d %H:%M}"


def _moments(decision: Mapping[str, Any], candidates: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """The moments shown of the window, and the best of each channel; ``*`` marks the choice."""
    grid = decision.get("grid") or {}
    rows: dict[str, dict[str, str]] = {}
    cells = zip_longest(grid.get("slots", ()), grid.get("email", ()), grid.get("sms", ()))
    for at, *both in cells:
        rows[at] = {name: _cell(*cell) for name, cell in zip(("email", "sms"), both, strict=True) if cell}
    for one in candidates:
        mark = " *" if one["chosen"] else ""
        rows.setdefault(one["at"], {})[one["channel"]] = f"{one['score']:.3f}{mark}"
    for at in sorted(rows):
        yield _clock(at), rows[at].get("email", ""), rows[at].get("sms", "")


def _cell(score: float | None, rule: str | None) -> str:
    return f"{score:.3f}" if score is not None else rule or ""


def _replayed(again: Mapping[str, Any]) -> None:
    problem = f" ({again['problem']})" if again["outcome"] == Outcome.UNREADABLE else ""
    console.print(f"Replayed: {again['words']}{problem}.", soft_wrap=True, markup=False)
    for name, versions in again["changed"].items():
        console.print(f"  {name}: {versions['then']} then, {versions['now']} now", soft_wrap=True, markup=False)
    for one in again["differences"][:_LISTED]:
        console.print(f"  {one['what']}: {one['kept']} then, {one['now']} now", soft_wrap=True, markup=False)
    if (rest := len(again["differences"]) - _LISTED) > 0:
        console.print(f"  and {numbered(rest, 'other value')}")
