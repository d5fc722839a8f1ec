"""``antiphon affinity``: which channel people answer more often, and what choosing by it gains."""

from typing import Annotated, Any

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.naming import person_named
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.decisions.affinity.standing import OnChannel, Standing, of_person, standing

group = typer.Typer(
    help="Affinity: which channel people answer more often, and how sure that is.", no_args_is_help=True
)

#: By what a channel is chosen, as the page says it too.
BY = {
    "declared": "they asked for it",
    "model": "it brings most by how often they answer each",
    "last engaged": "they last answered on it",
    "mean": "nothing is known of them, and it brings most from everybody",
}
_NOUNS = {"email": "email", "sms": "text"}


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="affinity")


@group.callback()
def _group() -> None:
    pass


@group.command()
def show(
    person: Annotated[
        str | None,
        typer.Argument(
            metavar="PERSON", help="Who: their number, an address, or any identifier as KIND=VALUE. Without: everybody."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How often somebody answers on each channel, how sure it is which one more, and by what the channel is chosen."""
    with open_installation() as installation, installation.database.read() as connection:
        if person is None:
            _everybody(standing(connection), as_json=as_json)
            return
        number = person_named(connection, person)
        found = of_person(connection, number, wall_clock())
    if as_json:
        print_json({"person": str(number), **found.document()})
        return
    _one(number, found)


def _one(number: int, found: Standing) -> None:
    if not found.known:
        console.print(
            f"Person {number}: nothing was ever sent to them, so that they are taken for everybody.", soft_wrap=True
        )
    else:
        console.print(f"Person {number} {found.leaning.words} ({_sure(found.leaning.sure)} sure).", soft_wrap=True)
    sides = ((name, getattr(found, name)) for name in _NOUNS)
    print_table(
        ("channel", "delivered", "answers", "answers a message", "between (90 %)", "everybody"),
        [_row(name, side) for name, side in sides],
    )
    console.print(f"Chosen: {_NOUNS[found.channel]}; {BY[found.by]}.", soft_wrap=True)
    if not found.fitted:
        console.print("Everybody’s figures are assumed in part: too few messages were sent yet.", soft_wrap=True)


def _sure(share: float) -> str:
    return "over 99%" if share > 0.99 else f"{share:.0%}"  # nobody is ever known for certain


def _row(name: str, side: OnChannel) -> tuple[str, ...]:
    return (
        _NOUNS[name], f"{side.delivered:,}", f"{side.responses:,}", f"{side.rate:.1%}",
        f"{side.low:.1%} to {side.high:.1%}", f"{side.everybody:.1%}",
    )  # fmt: skip


def _everybody(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    gate, model, gain = found["gate"], found["model"], found["gain"]
    if model is None or not model["fitted"]:
        wanting = ", ".join(f"{gate[each]:,} of {gate['needs'][each]:,} {name}" for each, name in _WANTED.items())
        console.print(f"Too little is known to learn from: {wanting} within 180 days.", soft_wrap=True)
        return
    rates = " and ".join(
        f"{model[each]['mean']:.1%} of {name}" for each, name in (("email", "emails"), ("sms", "texts"))
    )
    console.print(f"Version {model['version']} of {model['at']}: people answer {rates}.", soft_wrap=True)
    if gain is None:
        console.print(
            "Too few people got both channels to tell whether choosing by it gains: the rule stands.", soft_wrap=True
        )
        return
    share, low, high = (f"{1000 * gain[name]:+,.2f}" for name in ("share", "low", "high"))
    console.print(
        f"Choosing by it would have gained {share} ({low} to {high}) for 1,000 messages over the rule; "
        f"{'it chooses' if found['used'] else 'not shown, so that the rule stands'}.",
        soft_wrap=True,
    )


_WANTED = {"people": "people", "email": "emails", "sms": "texts"}
