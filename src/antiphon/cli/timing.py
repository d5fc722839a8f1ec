"""``antiphon timing``: at which hours people are written to, and what that gains."""

from pathlib import Path
from typing import Annotated, Any

import typer

from antiphon.cli.installation import open_installation, wall_clock
from antiphon.cli.output import AsJson, console, numbered, print_json, print_table
from antiphon.decisions.timing.asking import gained, sentences
from antiphon.decisions.timing.evaluate import LEAST_SESSIONS
from antiphon.decisions.timing.evaluate import evaluate as measure
from antiphon.decisions.timing.reading import NAMES, read_acts
from antiphon.decisions.timing.standing import standing
from antiphon.decisions.timing.telling import tell_answers
from antiphon.kit.errors import AntiphonError

group = typer.Typer(
    help="Send time: what is learned of people's hours, and how well that would have done on a file.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="timing")


@group.callback()
def _group() -> None:
    pass


@group.command()
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(help="A .csv or .parquet file, a row per act: person, ts_utc, tz_offset_min.", dir_okay=False),
    ],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="OURS=THEIRS: the file's name of person, ts_utc or tz_offset_min."),
    ] = None,
    least_sessions: Annotated[
        int, typer.Option(help="People with fewer sessions are left out.", min=10)
    ] = LEAST_SESSIONS,
    as_json: AsJson = False,
) -> None:
    """Learn people's hours from the first 70 % of what they did, and count how much of the rest falls into the best three."""
    told = measure(read_acts(file, _mapping(columns)), least_sessions)
    if as_json:
        print_json({"file": file.name, **told})
        return
    console.print(f"{told['people']:,} people, {told['sessions']:,} sessions.", soft_wrap=True)
    for why, number in told["left_out"].items():
        console.print(f"{numbered(number, 'row')} left out: {why}.", soft_wrap=True)
    if told["unknown_zones"]:
        console.print(
            f"{told['unknown_zones']:,} rows have no offset: their person's most frequent one is taken, or UTC.",
            soft_wrap=True,
        )
    print_table(
        ("first", "everybody's window", "own histogram", "ours", "ours - everybody's", "ours - histogram"),
        [_row(stage) for stage in told["stages"]],
    )


@group.command()
def show(as_json: AsJson = False) -> None:
    """What is learned of people's hours here, and whether these are shown to gain."""
    with open_installation() as installation, installation.database.read() as connection:
        found = standing(connection)
    if as_json:
        print_json(found)
        return
    model = found["model"]
    if model is None:
        console.print("Nothing is learned yet: everybody is written to at the brand's hours.", soft_wrap=True)
    else:
        console.print(
            f"Version {model['version']} of {model['at']}: {model['people']:,} people. The brand's curve counts as "
            f"{model['kappa']:.0f} acts in a person's own.",
            soft_wrap=True,
        )
    for channel, gain in found["gains"].items():
        console.print(f"{channel}: {_standing(gain)}", soft_wrap=True)
    for line in tell_answers(found["answers"]):
        console.print(line, soft_wrap=True)


@group.command()
def gain(as_json: AsJson = False) -> None:
    """What hours gain: arms that were drawn side by side, what drawn hours tell, and how many messages would show 5 %."""
    with open_installation() as installation:
        found = gained(installation.database, wall_clock())
    if as_json:
        print_json(found)
        return
    for channel, told in found.items():
        for line in sentences(channel, told):
            console.print(line, soft_wrap=True)


def _standing(gain: dict[str, Any] | None) -> str:
    if gain is None:
        return "too few answers to tell whether own hours gain; a tenth is written to at them by lot, the rest at the brand's."
    low, high = gain["interval"]
    words = f"own hours gain {gain['share'] * 100:+.2f} points ({low * 100:+.2f} to {high * 100:+.2f})"
    return f"{words}; they are used." if gain["used"] else f"{words}: not shown, so that the brand's are used."


def _row(stage: dict[str, Any]) -> tuple[str, ...]:
    share = stage["share"]
    shares = (f"{share[name]:.1%}" for name in ("global", "raw", "ours"))
    return (str(stage["first"]), *shares, _points(stage["over_global"]), _points(stage["over_raw"]))


def _points(gain: dict[str, Any]) -> str:
    low, high = gain["interval"]
    return f"{gain['share'] * 100:+.1f} ({low * 100:+.1f} to {high * 100:+.1f})"


def _mapping(columns: list[str] | None) -> dict[str, str]:
    found = {}
    for one in columns or []:
        ours, equals, theirs = one.partition("=")
        if not equals or ours not in NAMES or not theirs:
            raise AntiphonError(f"`--map {one}` is not OURS=THEIRS.", "For example --map person=user_id.")
        found[ours] = theirs
    return found
