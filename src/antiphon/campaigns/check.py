"""Checks of a whole campaign: of itself, and against what this installation has."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from sqlalchemy import Connection

from antiphon.audiences.check import ConditionError, asks_occasion, check_segments_exist
from antiphon.audiences.models import Condition
from antiphon.campaigns import queries
from antiphon.campaigns.models import Campaign
from antiphon.catalogue.offers.naming import named_in
from antiphon.catalogue.offers.read import offers
from antiphon.content.blocks import walk
from antiphon.content.check import check_content, check_email
from antiphon.content.library import taken_over
from antiphon.content.models import MessageContent
from antiphon.kit.errors import AntiphonError
from antiphon.kit.problems import Problem


def check(campaign: Campaign) -> list[Problem]:
    """Everything that is wrong with a campaign whose parts are each valid, wherever it is to run."""
    return [*_occasions(campaign), *_content(campaign), *_made_for(campaign)]


def conditions(campaign: Campaign) -> Iterator[tuple[str, Condition]]:
    """Every condition of a campaign, by where it stands in the file."""
    for where, condition in (("audience", campaign.audience), ("exclude", campaign.exclude)):
        if condition is not None:
            yield where, condition
    for where, content in _contents(campaign):
        for block in walk(content.email.blocks or ()) if content.email is not None else ():
            if block.when is not None:
                yield f"{where}.email", block.when


def _contents(campaign: Campaign) -> Iterator[tuple[str, MessageContent]]:
    yield "content", campaign.content
    if campaign.unengaged is not None:
        yield "unengaged", campaign.unengaged


def _occasions(campaign: Campaign) -> list[Problem]:
    return [
        Problem(where, "it asks about the occasion, which only journeys have.", "Write `within: 30d` instead.")
        for where, condition in conditions(campaign)
        if asks_occasion(condition)
    ]


def _content(campaign: Campaign) -> list[Problem]:
    return [
        Problem(f"{where}.{flaw.part}", flaw.what, flaw.hint, warning=flaw.doubtful)
        for where, content in _contents(campaign)
        for flaw in check_content(content)
    ]


def _made_for(campaign: Campaign) -> list[Problem]:
    """Who does not answer any more is written to only with an offer made for them."""
    if campaign.unengaged is None or (campaign.unengaged.email and campaign.unengaged.email.use):
        return []  # an email of the library is looked at once it is there
    return _offers_nothing(campaign.unengaged)


def _offers_nothing(content: MessageContent) -> list[Problem]:
    if named_in(content.model_dump(mode="json", by_alias=True)):
        return []
    what = "who does not answer any more is written to only with an offer made for them, and this names none."
    return [Problem("unengaged", what, "Put an offer's code into it, or leave `unengaged` out.")]


def completed(connection: Connection, campaign: Campaign) -> tuple[Campaign, list[Problem]]:
    """The campaign with the emails of the library that it names as they are now, and what this installation lacks for it:
    segments, offers, emails, the earlier campaign."""
    problems = [*_segments(connection, campaign), *_earlier(connection, campaign)]
    update: dict[str, MessageContent] = {}
    for where, content in _contents(campaign):
        taken, flaws = _with_email(connection, where, content)
        problems += flaws
        if where == "unengaged" and not flaws:
            problems += _offers_nothing(taken)
        update[where] = taken
    whole = campaign.model_copy(update=update)
    return whole, [*problems, *_offers(connection, whole)]


def check_segments(campaign: Campaign, known: Collection[str]) -> list[Problem]:
    """Segments that it names and that there are not, or not any more."""
    problems = []
    for where, condition in conditions(campaign):
        try:
            check_segments_exist(condition, known)
        except ConditionError as error:
            problems.append(Problem(where, error.what, error.hint))
    return problems


def _segments(connection: Connection, campaign: Campaign) -> list[Problem]:
    return check_segments(campaign, connection.execute(queries.SEGMENT_NAMES).scalars().all())


def _earlier(connection: Connection, campaign: Campaign) -> list[Problem]:
    if campaign.retarget is None:
        return []
    names = connection.execute(queries.SLUGS).scalars().all()
    wanted = campaign.retarget.campaign
    if wanted in names:
        return []
    near = get_close_matches(wanted, names, 1)
    hint = f"Did you mean `{near[0]}`?" if near else "`antiphon campaigns list` shows all of them."
    return [Problem("retarget.campaign", f"there is no campaign `{wanted}`.", hint)]


def _with_email(connection: Connection, where: str, content: MessageContent) -> tuple[MessageContent, list[Problem]]:
    if content.email is None or not content.email.use:
        return content, []
    place, name = f"{where}.email", content.email.use
    try:
        email = taken_over(connection, content.email)
    except AntiphonError as error:
        return content, [Problem(place, error.what, error.hint)]
    flaws = [flaw for flaw in check_email(email) if not flaw.doubtful]
    problems = [Problem(place, f"the email `{name}`: {flaw.what}", flaw.hint) for flaw in flaws]
    return content.model_copy(update={"email": email}), problems


def _offers(connection: Connection, campaign: Campaign) -> list[Problem]:
    named = [
        (where, name)
        for where, content in _contents(campaign)
        for name in sorted(named_in(content.model_dump(mode="json", by_alias=True)))
    ]
    if not named:
        return []
    known = [one.name for one in offers(connection).values() if one.deleted_at is None]
    hint = f"The offers are {', '.join(known[:10])}." if known else "Make it first: `antiphon offers make`."
    return [Problem(where, f"there is no offer `{name}`.", hint) for where, name in named if name not in known]
