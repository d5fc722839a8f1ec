"""Gathers what the pages about campaigns show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.audiences.describe import describe
from antiphon.audiences.models import Condition
from antiphon.campaigns import queries as campaigns
from antiphon.campaigns.kept import Kept, UnreadableCampaignError, find, read
from antiphon.campaigns.models import Campaign
from antiphon.campaigns.policy import origin_of
from antiphon.campaigns.progress import GROUPS, Progress, progress
from antiphon.campaigns.states import earlier_closes
from antiphon.campaigns.windows import Times, times
from antiphon.kit.buckets import bucket_of
from antiphon.kit.errors import AntiphonError
from antiphon.web.campaigns import queries
from antiphon.web.campaigns.answers import RECENT, Answers, ByChannel, KeptAnswers
from antiphon.web.people.models import name_of

#: States in which something of it may happen by itself.
GOING = frozenset({"planning", "sending"})
ENDED = frozenset({"done", "cancelled"})
#: Groups of states of messages that have left.
_LEFT = ("sent", "unknown")


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list. ``share``: how far it is, of what it was to send; ``messages`` counts by group of states."""

    row: Row[Any]
    campaign: Campaign | None
    audience: str
    look: str
    people: Mapping[str, int] = field(default_factory=dict)
    messages: Mapping[str, int] = field(default_factory=dict)
    answers: Answers | None = None

    @property
    def sent(self) -> int:
        return sum(self.messages.get(group, 0) for group in _LEFT)

    @property
    def planned(self) -> int:
        return self.people.get("email", 0) + self.people.get("sms", 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """One campaign. ``opens``, ``closes``: its window, or why there is none in ``untimely``."""

    kept: Kept
    look: str
    audience: str
    exclude: str
    window: Times | None
    untimely: str
    followers: Sequence[Row[Any]]
    earlier: str
    earlier_known: bool
    names: Mapping[int, str]

    @property
    def row(self) -> Row[Any]:
        return self.kept.row

    @property
    def campaign(self) -> Campaign:
        return self.kept.campaign


def look_of(row: Row[Any], now: datetime) -> str:
    """The state, as ``words.STATES`` has it."""
    if row.held_error is not None:
        return "held"
    if row.state == "draft" and row.review_error is not None:
        return "failed"
    waits = (
        row.state in GOING
        and row.plan_at is not None
        and now < (row.plan_at if row.state == "planning" else row.opens_at)
    )
    return "waiting" if waits else str(row.state)


def titles(connection: Connection) -> dict[str, str]:
    """Segments by their names in files."""
    return {row.name: row.title for row in connection.execute(queries.SEGMENTS)}


def people_words(condition: Condition | None, known: Mapping[str, str]) -> str:
    """Who is meant: a segment by its title, anything else in words."""
    if condition is None:
        return ""
    written = condition.model_dump(mode="json", by_alias=True)
    if written["kind"] == "segment":
        return known.get(written["segment"], written["segment"])
    words = describe(condition)
    return f"Everybody {'with' if words.startswith(('“', 'no “')) else 'who'} {words}" if words else "Everybody"


def whom(campaign: Campaign, known: Mapping[str, str], called: Mapping[str, str]) -> str:
    """Its audience, in one line; ``called``: campaigns by their names in files."""
    people = people_words(campaign.audience, known)
    if campaign.retarget is None:
        return people
    earlier = campaign.retarget.campaign
    followed = f"Who did not answer {called.get(earlier, earlier)}"
    return f"{followed}, of {people}" if people else followed


def listed(connection: Connection, kept: KeptAnswers, now: datetime) -> list[Listed]:
    """Every campaign: what goes on first, then drafts, then what is over, the newest of each first."""
    rows = connection.execute(campaigns.ALL).all()
    people = {row.campaign: row._asdict() for row in connection.execute(queries.PEOPLE)}
    opened = [(origin_of(row.id), row.opens_at) for row in rows if row.opens_at and now - row.opens_at < RECENT]
    answers = kept.of(opened, now)
    messages: dict[int, dict[str, int]] = {}
    origins = [origin_of(row.id) for row in rows if row.launched_at is not None]
    for row in connection.execute(queries.MESSAGES, {"origins": origins}) if origins else ():
        by = messages.setdefault(row.journey, {})
        by[GROUPS[row.state]] = by.get(GROUPS[row.state], 0) + row.n
    known = titles(connection)
    called = {row.slug: row.name for row in rows}
    found = [_listed(row, (known, called), now, people, messages, answers) for row in rows]
    return sorted(found, key=lambda one: 2 if one.row.state in ENDED else 0 if one.row.launched_at else 1)


def _listed(
    row: Row[Any],
    names: tuple[Mapping[str, str], Mapping[str, str]],
    now: datetime,
    people: Mapping[int, Mapping[str, int]],
    messages: Mapping[int, Mapping[str, int]],
    answers: Mapping[int, ByChannel],
) -> Listed:
    origin = origin_of(row.id)
    by = answers.get(origin)
    total = (
        None
        if by is None
        else Answers(sum(one.clicked for one in by.values()), sum(one.answered for one in by.values()))
    )
    try:
        campaign: Campaign | None = read(row.definition)
    except UnreadableCampaignError:
        campaign = None
    audience = whom(campaign, *names) if campaign else "It cannot be read any more"
    look = look_of(row, now)
    return Listed(row, campaign, audience, look, people.get(row.id, {}), messages.get(origin, {}), total)


def shown(connection: Connection, slug: str, now: datetime) -> Shown:
    one = find(connection, slug)
    known = titles(connection)
    window, untimely = _window(connection, one, now)
    followers = connection.execute(queries.FOLLOWERS, {"slug": slug}).all()
    earlier = one.campaign.retarget.campaign if one.campaign.retarget else ""
    called = {row.slug: row.name for row in connection.execute(queries.EARLIER)} if earlier else {}
    return Shown(
        one,
        look_of(one.row, now),
        whom(one.campaign, known, called),
        people_words(one.campaign.exclude, known),
        window,
        untimely,
        followers,
        called.get(earlier, earlier),
        earlier in called,
        _names(connection, one),
    )


def _window(connection: Connection, one: Kept, now: datetime) -> tuple[Times | None, str]:
    """When it goes out; of one that was not launched, if it were now."""
    row = one.row
    if row.launched_at is not None:
        return Times(row.gather_at, row.plan_at, row.opens_at, row.closes_at), ""
    try:
        zone = connection.execute(queries.BRAND).one().zone
        return times(one.campaign, zone, now, earlier_closes(connection, one)), ""
    except AntiphonError as error:
        return None, str(error)


def _names(connection: Connection, one: Kept) -> dict[int, str]:
    """The people of the review's whys, as pages call them."""
    people = [int(each["person"]) for each in (one.row.review or {}).get("whys", ())]
    if not people:
        return {}
    given = {"buckets": [bucket_of(person) for person in people], "people": people}
    return {row.id: name_of(row.traits) for row in connection.execute(queries.PEOPLE_NAMES, given)}


@dataclass(frozen=True, slots=True)
class Going:
    """A campaign under way: how far, who answered, and by what people were left out, the most first."""

    far: Progress
    answers: ByChannel
    left_out: Sequence[tuple[str, int]]
    put_off: Sequence[tuple[str, int]]

    def n(self, *states: str, channel: str = "") -> int:
        """Messages in any of some states."""
        channels = [channel] if channel else list(self.far.states)
        return sum(self.far.states.get(one, {}).get(state, 0) for one in channels for state in states)

    @property
    def sent(self) -> int:
        return self.n("accepted", "delivered", "unknown")

    @property
    def messages(self) -> int:
        return sum(sum(by.values()) for by in self.far.states.values())

    @property
    def clicked(self) -> int:
        return sum(one.clicked for one in self.answers.values())

    @property
    def answered(self) -> int:
        return sum(one.answered for one in self.answers.values())


def going(connection: Connection, one: Kept, kept: KeptAnswers, now: datetime) -> Going:
    far = progress(connection, one, now)
    answers = kept.of([(one.origin, one.opens)], now)[one.origin]
    left = {"unengaged": far.unengaged, "excluded": far.excluded, "address_taken": far.address_taken}
    for rules in (far.barred, far.stopped):
        for rule, n in rules.items():
            left[rule] = left.get(rule, 0) + n
    return Going(far, answers, _most_first(left), _most_first(far.put_off))


def _most_first(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((rule, n) for rule, n in counted.items() if n), key=lambda each: -each[1])
