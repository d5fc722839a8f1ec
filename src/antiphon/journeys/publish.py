"""Publishing: a checked journey becomes an immutable version that new entries join."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from antiphon.audiences.check import segments_of
from antiphon.catalogue.offers.naming import named_in
from antiphon.catalogue.offers.read import offers
from antiphon.content.check import check_email
from antiphon.content.library import taken_over
from antiphon.journeys import days, events, members, queries
from antiphon.journeys.check import check_segments, conditions
from antiphon.journeys.compile import CompiledVersion, compile_version
from antiphon.journeys.errands.addresses import admitted, place_of
from antiphon.journeys.errands.hosts import hosts
from antiphon.journeys.models import Journey
from antiphon.journeys.source import JourneyError, placed, read_journey
from antiphon.journeys.steps.call import CallStep
from antiphon.journeys.steps.enter import EnterStep
from antiphon.journeys.steps.messaging import MessagingStep
from antiphon.journeys.steps.offer import OfferStep
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.kit.problems import Problem
from antiphon.store.explain import explain

#: States in which a journey lets people in, or will again.
_LIVE = frozenset({"active", "paused"})


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing a file came to. ``changed`` is false when the newest version was the same; ``warnings``: what keeps it
    from doing all that it says, as the installation is set up now."""

    slug: str
    number: int
    version: int
    changed: bool
    state: str
    warnings: tuple[str, ...] = ()


class OvertakenError(AntiphonError):
    """Somebody else has published since."""


def publish(
    connection: Connection, source: str, by: str, now: datetime, *, activate: bool = True, base: int | None = None
) -> Published:
    """Make ``source`` the version that new entries join. Runs under way finish on theirs; nobody is enrolled anew.

    Raises ``JourneyError`` when the file cannot be used, names a segment that there is not, or compiles to what PostgreSQL
    refuses. ``base`` is the number of the version that the writer began from, 0 for none: ``OvertakenError`` when it is not
    the newest any more.
    """
    journey = read_journey(source)
    _check_offers(connection, journey, source)
    journey = _with_emails(connection, journey, source)
    _check_segments(connection, journey, source)
    unheard = tuple(str(one) for one in events.unheard(connection, journey))
    definition = journey.model_dump(mode="json", by_alias=True, exclude_unset=True)
    row = connection.execute(queries.JOURNEY_BY_SLUG, {"slug": journey.journey}).first()
    _check_base(connection, row.id if row else 0, base)
    before = _version_of(connection, row.version) if row is not None and row.state in _LIVE else None
    wanted = "active" if activate else "draft"
    if row is None:
        named = {"slug": journey.journey, "name": journey.name, "state": wanted, "now": now}
        journey_id, state = connection.execute(queries.INSERT_JOURNEY, named).scalar_one(), wanted
    else:
        journey_id, state = row.id, "active" if activate and row.state in {"draft", "archived"} else row.state
    # before anything is proved: a cluster reads no segment any more in a transaction that has explained statements
    days.follow(connection, journey, state, by, now)
    newest = connection.execute(queries.NEWEST_VERSION, {"journey": journey_id}).first()
    digest = hashlib.sha256(journey.model_dump_json(by_alias=True, exclude_unset=True).encode()).hexdigest()
    changed = newest is None or newest.sha256 != digest
    if changed:
        number = newest.number + 1 if newest else 1
        version = connection.execute(
            queries.INSERT_VERSION,
            {
                "journey": journey_id,
                "number": number,
                "definition": Jsonb(definition),
                "source": source,
                "sha256": digest,
                "now": now,
                "by": by,
            },
        ).scalar_one()
        prove(connection, compile_version(journey, journey_id, version), now)
    else:
        assert newest is not None
        number, version = newest.number, newest.id
    connection.execute(
        queries.UPDATE_JOURNEY,
        {"id": journey_id, "name": journey.name, "state": state, "version": version, "now": now},
    )
    if state in _LIVE:
        members.going_live(connection, journey, version, before, now)
    warnings = (*unheard, *_not_allowed(connection, journey), *_nobody_enters(connection, journey))
    return Published(journey.journey, number, version, changed, state, warnings)


def _not_allowed(connection: Connection, journey: Journey) -> tuple[str, ...]:
    """Calls of hosts that nobody has allowed: they wait for it, each as long as it is tried."""
    calls = [step for step in journey.steps if isinstance(step, CallStep)]
    allowed = hosts(connection) if calls else ()
    barred = [(step.id, place) for step in calls if admitted(place := place_of(step.url), allowed) is None]
    return tuple(
        f"step `{name}` calls {place.words}, which is not allowed yet. An owner allows it in Settings, or by "
        f"`antiphon calls allow {place.words}{' --private' if place.scheme == 'http' else ''}`."
        for name, place in barred
    )


def _nobody_enters(connection: Connection, journey: Journey) -> tuple[str, ...]:
    """Journeys that it lets people into, and that let nobody in as they stand: who asks for them meanwhile is not kept."""
    steps = [step for step in journey.steps if isinstance(step, EnterStep) and step.journey != journey.journey]
    rows = connection.execute(queries.STATES, {"slugs": [step.journey for step in steps]}) if steps else ()
    states = {row.slug: row.state for row in rows}
    found = [(step, states.get(step.journey, "not there")) for step in steps]
    return tuple(
        f"step `{step.id}` lets people into `{step.journey}`, which is {'a draft' if state == 'draft' else state}: "
        "nobody enters it so."
        for step, state in found
        if state != "active"
    )


def _check_base(connection: Connection, journey: int, base: int | None) -> None:
    newest = connection.execute(queries.NEWEST_VERSION, {"journey": journey}).first()
    number = newest.number if newest else 0
    if base is not None and base != number:
        what = f"version {number} was published since" if number else "the journey is gone"
        raise OvertakenError(
            f"Nothing was published: {what}, and these changes began from version {base}."
            if base
            else f"Nothing was published: {what}; a journey of this name is there already.",
            "Look at what differs, then put your changes onto it.",
        )


def flaws(connection: Connection, journey: Journey, source: str) -> list[Problem]:
    """What this installation lacks for a journey that is valid by itself: segments, offers, emails of the library, events."""
    found: list[Problem] = placed(source, events.unheard(connection, journey))
    for check in (_check_segments, _check_offers, _with_emails):
        try:
            check(connection, journey, source)
        except JourneyError as error:
            found += error.problems
    return found


def _check_segments(connection: Connection, journey: Journey, source: str) -> None:
    if not journey.trigger.segment and not any(segments_of(condition) for _, condition in conditions(journey)):
        return
    problems = check_segments(journey, connection.execute(queries.SEGMENT_NAMES).scalars().all())
    if problems:
        raise JourneyError(placed(source, problems), f"Journey `{journey.journey}`")


def _check_offers(connection: Connection, journey: Journey, source: str) -> None:
    """Offers that a step or a message names and that there are not, unless the step that asks for them allows for that."""
    optional = {step.offer for step in journey.steps if isinstance(step, OfferStep) and step.optional}
    named = [
        (place, name)
        for place, step in enumerate(journey.steps)
        for name in sorted(named_in(step.model_dump(mode="json", by_alias=True)) - optional)
    ]
    if not named:
        return
    known = [one.name for one in offers(connection).values() if one.deleted_at is None]
    problems = [
        Problem(
            f"steps.{place}",
            f"there is no offer `{name}`.",
            f"The offers are {', '.join(known[:10])}." if known else "Make it first: `antiphon offers make`.",
        )
        for place, name in named
        if name not in known
    ]
    if problems:
        raise JourneyError(placed(source, problems), f"Journey `{journey.journey}`")


def _with_emails(connection: Connection, journey: Journey, source: str) -> Journey:
    """The journey with the emails of the library that it names, as they are now: a version never changes.

    Raises ``JourneyError`` for one that there is not. Without the brand's postal address dispatch holds what is promotional:
    a journey may be published before the shop is set up.
    """
    problems, steps = [], []
    for place, step in enumerate(journey.steps):
        if not isinstance(step, MessagingStep) or step.content.email is None:
            steps.append(step)
            continue
        try:
            email = taken_over(connection, step.content.email)
        except AntiphonError as error:
            problems.append(Problem(f"steps.{place}.content.email", error.what, error.hint))
            continue
        flaws = check_email(email) if step.content.email.use else []
        problems += [
            Problem(f"steps.{place}.content.email", f"the email `{step.content.email.use}`: {flaw.what}", flaw.hint)
            for flaw in flaws
            if not flaw.doubtful
        ]
        steps.append(step.model_copy(update={"content": step.content.model_copy(update={"email": email})}))
    if problems:
        raise JourneyError(placed(source, problems), f"Journey `{journey.journey}`")
    return journey.model_copy(update={"steps": steps})


def prove(connection: Connection, compiled: CompiledVersion, now: datetime) -> None:
    """Have PostgreSQL plan every statement of a version, so that what it refuses is refused before anybody enters."""
    values: dict[str, Any] = {
        "buckets": [0],
        "now": now,
        "floor": now,
        "tick": 0,
        "limit": 1,
        "batch": 0,
        "behind": 0,
    }
    for name, statement in compiled.statements().items():
        try:
            explain(connection, statement, values)
        except DBAPIError as error:
            problem = Problem("", f"PostgreSQL cannot run {name}: {str(error.orig).splitlines()[0]}.")
            raise JourneyError([problem], f"Journey `{compiled.journey.journey}`") from error


def set_state(connection: Connection, slug: str, state: str, by: str, now: datetime) -> None:
    """Pause, resume or archive a journey; a segment of its own goes with it. An archived one comes back by publishing alone."""
    row = connection.execute(queries.JOURNEY_BY_SLUG, {"slug": slug}).first()
    if row is None:
        raise NotFoundError(f"There is no journey `{slug}`.", "`antiphon journeys list` shows all of them.")
    if row.state == "archived" and state in _LIVE:
        raise AntiphonError(
            f"`{slug}` is archived: its runs have ended, so that there is nothing to pause or to go on with.",
            f"To let people in anew, publish its file again: `antiphon journeys show {slug} --source > {slug}.yaml`, "
            f"then `antiphon journeys publish {slug}.yaml`.",
        )
    connection.execute(queries.SET_JOURNEY_STATE, {"id": row.id, "state": state, "now": now})
    known = _version_of(connection, row.version)
    if known is None:
        return
    if state in _LIVE and row.state not in _LIVE:
        members.going_live(connection, known[1], row.version, None, now)
    if days.there_is_one(connection, slug):
        days.follow(connection, known[1], state, by, now)


def _version_of(connection: Connection, version: int | None) -> tuple[int, Journey] | None:
    """A stored version; None for one of another release: nobody knows what it starts by, and it lets nobody in."""
    row = connection.execute(queries.DEFINITION, {"version": version}).first() if version else None
    try:
        return None if row is None or version is None else (version, Journey.model_validate(row.definition))
    except ValidationError:
        return None
