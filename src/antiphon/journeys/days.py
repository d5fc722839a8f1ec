"""The segment of a journey that starts by a date: kept as all segments are, as long as the journey starts by it.

Whoever changes it holds the resolver's turn (:mod:`antiphon.audiences.segments.managing`).
"""

from datetime import datetime

from sqlalchemy import Connection, text

from antiphon.audiences.check import segments_of
from antiphon.audiences.segments.managing import define, set_state
from antiphon.audiences.segments.models import Segment
from antiphon.audiences.segments.users import users_of
from antiphon.journeys.check import conditions
from antiphon.journeys.models import Journey
from antiphon.journeys.trigger import own_segment
from antiphon.kit.errors import AntiphonError

_ABOUT = text("SELECT definition->>'description' AS about FROM segment WHERE name = :name")


def there_is_one(connection: Connection, slug: str) -> bool:
    """Whether the journey ``slug`` has, or had, a segment of its own."""
    row = connection.execute(_ABOUT, {"name": own_segment(slug)}).first()
    return row is not None and row.about == _about(slug)


def follow(connection: Connection, journey: Journey, state: str, by: str, now: datetime) -> None:
    """Keep, take up again or archive the segment, as the journey and its ``state`` ask for.

    Raises ``AntiphonError`` where somebody else's segment has its name.
    """
    if journey.trigger.date is not None and state != "archived":
        _keep(connection, journey, by, now)
    elif there_is_one(connection, journey.journey) and not _used(connection, journey, state):
        set_state(connection, own_segment(journey.journey), "archived", by, now)


def _keep(connection: Connection, journey: Journey, by: str, now: datetime) -> None:
    name, day = own_segment(journey.journey), journey.trigger.date
    assert day is not None
    there = connection.execute(_ABOUT, {"name": name}).first()
    if there is not None and there.about != _about(journey.journey):
        raise AntiphonError(
            f"The segment `{name}` is somebody's own, and this journey needs one of this name.",
            "Give the journey another name.",
        )
    title = f"{journey.name}: the day is near"
    segment = Segment(segment=name, title=title, description=_about(journey.journey), who=day.condition())
    define(connection, segment, "", by, now)


def _about(slug: str) -> str:
    return f"Kept along with the journey `{slug}`, which starts by it."


def _used(connection: Connection, journey: Journey, state: str) -> bool:
    """Whether anything else asks for it: another journey, an email, a segment, a condition of this one."""
    name = own_segment(journey.journey)
    if state != "archived" and any(name in segments_of(condition) for _, condition in conditions(journey)):
        return True
    return any((one.kind, one.name) != ("journey", journey.journey) for one in users_of(connection, name))
