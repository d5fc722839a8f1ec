"""``antiphon pressure``: how much people get, what texts cost of their budget, and what caps and budget cost."""

from typing import Annotated

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.decisions.pressure import queries
from antiphon.decisions.pressure.report import Day, Lost, Report, report
from antiphon.decisions.pressure.setting import save
from antiphon.decisions.settings import Budget, brand_settings
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import COMMAND_LINE

group = typer.Typer(
    help="Pressure: how much people get, what texts cost of their budget, and what that cost.", no_args_is_help=True
)
#: Of what was lost, so many lines.
_SHOWN = 20
_NONE = "none"
_DEAREST = 1e9

Amount = Annotated[
    str | None, typer.Option(metavar="AMOUNT|none", help="In the shop's currency; none: no limit.", show_default=False)
]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="pressure")


@group.command()
def show(as_json: AsJson = False) -> None:
    """Days with how many messages people get, the budget, and what lost to what in 30 days."""
    with open_installation() as installation, installation.database.read() as connection:
        found = report(connection, wall_clock())
    if as_json:
        print_json(found.document())
        return
    caps = found.settings.caps
    console.print(f"At most {caps.day} messages to one person in 24 hours, {caps.week} in 7 days.", soft_wrap=True)
    console.print(_budget_words(found), soft_wrap=True)
    if not found.exact:
        console.print("People are counted in some buckets, and told for all.", soft_wrap=True)
    print_table(
        ("day", "people", "1", "2", "3", "more", "at the cap", "emails", "texts", "cost"),
        [_row(found, day) for day in found.days],
    )
    _print_losses(found)


def _budget_words(found: Report) -> str:
    budget, month = found.settings.budget, found.month
    if budget.day is None and budget.month is None:
        return "Texts have no budget."
    parts = [] if budget.day is None else [f"{budget.day:g} a day"]
    if budget.month is not None:
        parts.append(f"{budget.month:g} a month, of which {month.used:.2f} are spent or set aside")
    price = f" A text has to gain {found.price:.1f} times what it costs." if found.price > 1 else ""
    return f"Texts may cost {' and '.join(parts)}.{price}"


def _row(found: Report, day: Day) -> tuple[str, ...]:
    more = sum(people for n, people in day.people.items() if n > 3)
    counts = [f"{day.people.get(n, 0):,}" for n in (1, 2, 3)]
    name = f"{day.day}{' (today)' if day.day == found.today else ''}"
    cost = f"{day.used:.2f}" if day.used else ""
    return (name, f"{day.everybody:,}", *counts, f"{more:,}", f"{day.at_cap:,}", f"{day.email:,}", f"{day.sms:,}", cost)


def _print_losses(found: Report) -> None:
    if not found.losses:
        console.print("Nothing lost to anything in 30 days.", soft_wrap=True)
        return
    messages, worth = sum(one.messages for one in found.losses), sum(one.worth for one in found.losses)
    console.print(
        f"In 30 days {messages:,} messages lost an expected {worth:,.2f} to others, caps and the budget:",
        soft_wrap=True,
    )
    print_table(
        ("lost", "to", "by", "messages", "not sent", "expected worth"), [_lost(one) for one in found.losses[:_SHOWN]]
    )


def _lost(one: Lost) -> tuple[str, ...]:
    return one.loser, one.winner or "", one.rule, f"{one.messages:,}", f"{one.unwritten:,}", f"{one.worth:,.2f}"


@group.command("set")
def set_limits(
    per_day: Annotated[
        int | None, typer.Option(help="Most messages to one person in 24 hours.", min=1, max=1000)
    ] = None,
    per_week: Annotated[int | None, typer.Option(help="Most in 7 days.", min=1, max=1000)] = None,
    budget_day: Amount = None,
    budget_month: Amount = None,
) -> None:
    """Change caps or the budget; what is not named stays."""
    with open_installation() as installation:
        with installation.database.read() as connection:
            kept = brand_settings(connection.execute(queries.BRAND).one().settings)
        budget = Budget(day=_amount(budget_day, kept.budget.day), month=_amount(budget_month, kept.budget.month))
        day, week = per_day or kept.caps.day, per_week or kept.caps.week
        save(installation.database, wall_clock(), COMMAND_LINE, day=day, week=week, budget=budget)
    console.print(f"At most {day} messages to one person in 24 hours and {week} in 7 days.", soft_wrap=True)
    limits = [
        f"{amount:g} a {name}" for name, amount in (("day", budget.day), ("month", budget.month)) if amount is not None
    ]
    console.print(f"Texts may cost {' and '.join(limits)}." if limits else "Texts have no budget.", soft_wrap=True)


def _amount(written: str | None, kept: float | None) -> float | None:
    if written is None:
        return kept
    if written == _NONE:
        return None
    try:
        amount = float(written)
    except ValueError:
        amount = -1
    if not 0 <= amount <= _DEAREST:
        raise AntiphonError(f"{written!r} is no amount.", "Write a number such as 50, or none for no limit.")
    return amount
