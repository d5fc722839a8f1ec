"""Campaigns as files: ``antiphon campaigns``."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from antiphon.campaigns.check import completed
from antiphon.campaigns.kept import all_of, find
from antiphon.campaigns.models import Campaign, json_schema
from antiphon.campaigns.progress import Progress, progress
from antiphon.campaigns.source import examine, placed
from antiphon.cli.installation import existing_database, open_installation, wall_clock
from antiphon.cli.output import AsJson, console, print_json, print_table
from antiphon.cli.sources import document, is_broken, read_source, tell
from antiphon.engine.commands import carry_out
from antiphon.engine.reviewing import review as review_campaign
from antiphon.kit.definitions import errors_of
from antiphon.kit.errors import AntiphonError
from antiphon.kit.problems import Problem
from antiphon.store.audit import COMMAND_LINE
from antiphon.web.campaigns.looking import times_of

File = Annotated[Path, typer.Argument(help="A campaign file.")]
Name = Annotated[str, typer.Argument(help="A campaign's name.")]

group = typer.Typer(help="Campaigns: review, launch, watch, pause, cancel.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="campaigns")


@group.command()
def schema() -> None:
    """Print the JSON Schema of a campaign file, for editors."""
    print_json(json_schema())


@group.command()
def check(path: File, as_json: AsJson = False) -> None:
    """Check a campaign file without touching anything. Exit code 1 when it cannot be used.

    Where there is a database, it has to have the segments, emails, offers and earlier campaigns that the file names; of a
    window in which nothing can go out any more it warns.
    """
    source = read_source(path)
    campaign, problems = examine(source)
    looked = None if campaign is None else _lacking(source, campaign)
    problems = sorted([*problems, *(looked or ())], key=lambda problem: problem.line)
    name = campaign.campaign if campaign else None
    if as_json:
        print_json(document(path, "campaign", name, problems) | {"looked_up": looked is not None})
    else:
        tell(path, "campaign", name, problems)
        if campaign is not None and looked is None:
            _say("No database was found, so it was not looked whether the segments, emails and offers are there.")
    if is_broken(problems):
        sys.exit(1)


def _lacking(source: str, campaign: Campaign) -> list[Problem] | None:
    """What this installation lacks for it; ``None`` where there is no database to ask."""
    with existing_database() as database:
        if database is None:
            return None
        with database.read() as connection:
            problems = errors_of(completed(connection, campaign)[1])
            try:
                times_of(connection, campaign, wall_clock())
            except AntiphonError as error:
                problems.append(Problem("window", error.what, error.hint, warning=True))
            return placed(source, problems)


@group.command()
def review(
    what: Annotated[str, typer.Argument(help="A campaign file, which is saved, or a saved campaign's name.")],
    as_json: AsJson = False,
) -> None:
    """What it would come to: counts by channel and hour, cost, what is barred by what, whys. Sends nothing."""
    with open_installation() as installation:
        database, now = installation.database, wall_clock()
        if Path(what).suffix in {".yaml", ".yml"}:
            given = {"source": read_source(Path(what)), "lenient": True}
            what = carry_out(database, "campaign.save", given, COMMAND_LINE, now)["campaign"]
        found = review_campaign(database, what, COMMAND_LINE, now)
    if as_json:
        print_json(found)
    else:
        _tell_review(found)


def _tell_review(found: dict[str, Any]) -> None:
    out, channels = found["left_out"], found["channels"]
    _say(
        f"{found['campaign']}: {found['audience']:,} people; left out: {out['unengaged']:,} who do not answer any more, "
        f"{out['excluded']:,} excluded; {found['to_decide']:,} to decide"
    )
    if not found["exact"]:
        _say(f"{found['decided']:,} of them were decided; what follows is what that comes to, with its interval.")
    names = [*list(channels)[:2], "nothing"]
    if found["exact"]:
        print_table(
            ("", "messages"), [(name, f"{one['n']:,}") for name, one in zip(names, channels.values(), strict=True)]
        )
    else:
        rows = [
            (name, f"{one['n']:,}", f"{one['low']:,} to {one['high']:,}")
            for name, one in zip(names, channels.values(), strict=True)
        ]
        print_table(("", "messages", "between"), rows)
    texts, cost = found["texts"], found["cost"]
    _say(f"Texts: at most {texts['segments']:,} segments, {cost['sms']:,.2f}. Emails: {cost['email']:,.2f}.")
    for rule, n in found["barred"].items():
        _say(f"nothing to {n:,}: {rule}")
    if found["hours"]:
        print_table(
            ("hour (UTC)", "channel", "messages"), [(h["at"][:16], h["channel"], f"{h['n']:,}") for h in found["hours"]]
        )
    for why in found["whys"]:
        _say(f"person {why['person']}: {why['why']}")
    if (pace := found["throttle"]) and pace["too_many"]:
        _say(f"{pace['per_hour']:,} an hour leave no room for {pace['too_many']:,} messages inside the window.")
    _say(_next(found))


def _next(found: dict[str, Any]) -> str:
    """What a launch would do."""
    launch = f"`antiphon campaigns launch {found['campaign']}`"
    if not any(found["channels"][channel]["n"] for channel in ("email", "sms")):
        return f"As of now nobody would get anything. {launch} launches it all the same."
    return f"{launch} sends it."


def _say(words: str) -> None:
    console.print(words, markup=False, soft_wrap=True)


def _switch(act: str, name: str, as_json: bool) -> None:
    with open_installation() as installation:
        given = {"campaign": name}
        result = carry_out(installation.database, f"campaign.{act}", given, COMMAND_LINE, wall_clock())
    if as_json:
        print_json(result)
    elif result.get("launched") is False:
        _say(f"{name} was launched before; it is {result['state']}")
    else:
        _say(f"{name} is {result['state']}")


@group.command()
def launch(name: Name, as_json: AsJson = False) -> None:
    """Send it as it was reviewed. Launched again, nothing happens."""
    _switch("launch", name, as_json)


@group.command()
def pause(name: Name, as_json: AsJson = False) -> None:
    """Plan and hand over nothing more of it until it is resumed."""
    _switch("pause", name, as_json)


@group.command()
def resume(name: Name, as_json: AsJson = False) -> None:
    """Go on after a pause, or after an error that was mended."""
    _switch("resume", name, as_json)


@group.command()
def cancel(name: Name, as_json: AsJson = False) -> None:
    """Have nothing leave that was not handed over. For good."""
    _switch("cancel", name, as_json)


@group.command("list")
def list_campaigns(as_json: AsJson = False) -> None:
    """The campaigns with their states, the newest first."""
    with open_installation() as installation, installation.database.read() as connection:
        rows = [
            {
                "campaign": row.slug,
                "name": row.name,
                "state": row.state,
                "launched_at": row.launched_at,
                "held": row.held_error,
            }
            for row in all_of(connection)
        ]
    if as_json:
        print_json({"campaigns": rows})
    elif rows:
        told = [
            (
                r["campaign"],
                r["name"],
                r["state"],
                r["launched_at"].isoformat()[:16] if r["launched_at"] else "",
                r["held"],
            )
            for r in rows
        ]
        print_table(("campaign", "name", "state", "launched", "held"), told)
    else:
        console.print("No campaigns yet. `antiphon campaigns review FILE` begins one.")


@group.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """How far it is: planned, sent, barred; how fast, and when it will be over."""
    now = wall_clock()
    with open_installation() as installation, installation.database.read() as connection:
        one = find(connection, name)
        found = progress(connection, one, now)
    if as_json:
        print_json({"campaign": name, **found.document()} | {"held": one.row.held_error})
        return
    _tell_progress(name, found)
    if one.row.held_error:
        _say(f"It is held: {one.row.held_error}. `antiphon campaigns resume {name}` tries again.")


def _tell_progress(name: str, found: Progress) -> None:
    _say(f"{name} is {found.state}")
    _say(
        f"people: {found.audience:,}, of whom {found.unengaged:,} do not answer any more and {found.excluded:,} are excluded"
    )
    _say(
        f"planned: {found.planned:,} of {found.to_plan:,} ({found.email:,} by email, {found.sms:,} by text, "
        f"{found.unwritten:,} get nothing)"
    )
    for channel, by in found.messages.items():
        _say(f"{channel}: " + ", ".join(f"{n:,} {group}" for group, n in sorted(by.items())))
    for rule, n in (found.barred | found.stopped).items():
        _say(f"{n:,}: {rule}")
    if found.address_taken:
        _say(f"{found.address_taken:,}: somebody at the same address gets it, or they were erased since")
    for rule, n in found.put_off.items():
        _say(f"put off, {n:,}: {rule}")
    if found.rate:
        what = "people planned" if found.state == "planning" else "messages handed over"
        pace = f"{found.rate:,.1f} {what} a second" if found.rate >= 1 else f"{found.rate * 3600:,.0f} {what} an hour"
        _say(pace)
    if found.eta:
        _say(f"over at about {found.eta:%Y-%m-%d %H:%M} UTC")
