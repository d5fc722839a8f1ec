"""``journeys show``: a published journey in sentences, with who rests where."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from antiphon.cli.installation import open_installation
from antiphon.cli.output import AsJson, console, numbered, print_json
from antiphon.journeys import queries
from antiphon.journeys.describe import (
    describe_caps,
    describe_exit,
    describe_goal,
    describe_reentry,
    describe_trigger,
    nodes,
)
from antiphon.journeys.models import Journey
from antiphon.kit.errors import AntiphonError, NotFoundError


def show(
    journey: str,
    version: Annotated[int, typer.Option("--version", help="Of which version; that which people enter, else.")] = 0,
    source: Annotated[bool, typer.Option("--source", help="Print the file that was published.")] = False,
    as_json: AsJson = False,
) -> None:
    """A journey in sentences: what starts and ends it, its steps, and how many people rest at each."""
    with open_installation() as installation, installation.database.read() as connection:
        row = connection.execute(queries.VERSION_BY_NUMBER, {"slug": journey, "number": version}).first()
        if row is None:
            raise NotFoundError(
                f"There is no version {version} of a journey `{journey}`."
                if version
                else f"There is no journey `{journey}`.",
                "`antiphon journeys list` shows all of them.",
            )
        here = {one.step: one.n for one in connection.execute(queries.STANDING_AT, {"version": row.id})}
    if source:
        print_json({"journey": row.slug, "version": row.number, "source": row.source}) if as_json else print(
            row.source, end=""
        )
        return
    try:
        known = Journey.model_validate(row.definition)
    except ValidationError as error:
        what = f"Version {row.number} of `{journey}` is of another release, which this one cannot read."
        raise AntiphonError(what, "With --source its file is printed.") from error
    told = _told(known, row.state, row.number, here)
    if as_json:
        print_json(told)
    else:
        _tell(told)


def _told(journey: Journey, state: str, number: int, here: dict[str, int]) -> dict[str, Any]:
    return {
        "journey": journey.journey,
        "name": journey.name,
        "state": state,
        "version": number,
        "trigger": describe_trigger(journey.trigger),
        "reentry": describe_reentry(journey),
        "exits": [describe_exit(one) for one in journey.exits],
        "goal": describe_goal(journey.goal) if journey.goal is not None else None,
        "caps": describe_caps(journey.caps) if journey.caps is not None else None,
        "steps": [
            {"id": one.id, "type": one.type, "sentence": one.sentence, "ways": one.ways, "here": here.get(one.id, 0)}
            for one in nodes(journey)
        ],
    }


def _tell(told: dict[str, Any]) -> None:
    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    say(f"{told['name']} ({told['journey']}), version {told['version']}, is {told['state']}")
    goal = f"For {told['goal']}" if told["goal"] else None
    for line in (told["trigger"], told["reentry"], *told["exits"], goal, told["caps"]):
        if line:
            say(f"  {line}")
    for step in told["steps"]:
        here = f" – {numbered(step['here'], 'run')} here" if step["here"] else ""
        say(f"{step['id']}: {step['sentence']}{here}")
        for way, to in step["ways"].items():
            say(f"  {'' if way == 'then' else f'{way} '}-> {to or 'the end'}")
