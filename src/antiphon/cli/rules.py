"""``antiphon rules``: what the rules say, by themselves."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from antiphon.cli.output import AsJson, console, print_json
from antiphon.kit.errors import AntiphonError
from antiphon.kit.zones import FIRST_YEAR, LAST_YEAR, local, zone_names
from antiphon.people.identifiers import phone as normalised
from antiphon.rules.area import place_named
from antiphon.rules.laws.naming import named
from antiphon.rules.texting import TextHours, text_hours

group = typer.Typer(help="Look at what the law allows.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="rules")


@group.command()
def hours(
    phone: Annotated[str, typer.Argument(help="The number, in international form.")],
    at: Annotated[str, typer.Option("--at", metavar="ISO", help="The instant: 2026-11-23T20:30:00-05:00.")],
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="Where an order of theirs goes or is paid: TX, ON; repeat it for more."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whether a marketing text may go to a number at an instant, and when the next may. A brand's hours lie inside."""
    number = normalised(phone)
    if number is None:
        raise AntiphonError(f"{phone!r} is not a phone number.", "Write it in international form, like +12125550100.")
    found = text_hours(number, _instant(at), tuple(_place(each) for each in state or []))
    names = [zone_names()[zone] for zone in found.zones]
    if as_json:
        told: dict[str, Any] = {"allowed": found.allowed, "next": found.next and found.next.isoformat()}
        told |= {"zones": names, "rules": found.laws, "barred_by": found.barred_by, "version": found.version}
        print_json(told)
    else:
        console.print(_sentence(number, found, at), markup=False, soft_wrap=True)
        console.print(f"Zones: {', '.join(names)}. Rules of {found.version}:", soft_wrap=True)
        for law in map(named, found.laws):
            console.print(f"  {law.id}: {law.name}, {law.hours} ({law.source})", markup=False, soft_wrap=True)


def _place(state: str) -> str:
    found = place_named(state)
    if found is None:
        raise AntiphonError(
            f"{state!r} is no state, territory or province of the United States or Canada.",
            "Name it by its two letters, like TX or ON.",
        )
    return found


def _instant(at: str) -> datetime:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        raise AntiphonError(f"{at!r} is not an instant.", "Write it like 2026-11-23T20:30:00-05:00.") from None
    if found.tzinfo is None:
        raise AntiphonError(f"{at!r} does not say in which time zone it is.", f"Write {at}Z for UTC, or {at}-05:00.")
    if not FIRST_YEAR < found.year < LAST_YEAR - 1:
        raise AntiphonError(
            f"{at!r} is outside of the years that the rules know.", f"They know {FIRST_YEAR + 1} to {LAST_YEAR - 2}."
        )
    return found.astimezone(UTC)


def _sentence(number: str, found: TextHours, at: str) -> str:
    if found.allowed:
        return f"A marketing text may go to {number} at {at}."
    barred = f" ({', '.join(found.barred_by)})" if found.barred_by else ""
    if found.next is None:
        return (
            f"A marketing text may not go to {number} at {at}{barred}, and no instant within 8 days suits every zone."
        )
    zone = found.zones[0]
    clock = f"{local(zone, found.next):%A %H:%M} in {zone_names()[zone]}"
    return f"A marketing text may not go to {number} at {at}{barred}, but at {found.next.isoformat()}: {clock}."
