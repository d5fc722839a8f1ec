"""Who reached what a journey is for: noted beside the entry, once, by the version in which the run is or was."""

from sqlalchemy import and_, exists, func, literal, or_, select, update

from antiphon.audiences.filters import compile_filters
from antiphon.journeys.matching import occasion_props, same
from antiphon.journeys.models import Goal
from antiphon.journeys.react import Reacting, fresh_events
from antiphon.journeys.tables import entry, run, run_done
from antiphon.people.tables import event, fresh

_KEY = (entry.c.bucket, entry.c.journey, entry.c.person, entry.c.run_key, entry.c.n)


def reached(goal: Goal, journey_id: int, version: int) -> Reacting:
    """Notes the first event of each entry that happened after it and within the goal's time. Backfilled events count."""
    joined, mine = fresh_events([goal.event])
    of_version = (
        exists().where(one.c.bucket == entry.c.bucket, one.c.id == entry.c.run, one.c.version == version)
        for one in (run, run_done)
    )
    found = (
        select(*_KEY, func.min(fresh.c.at).label("at"))
        .select_from(
            joined.join(
                entry,
                and_(
                    entry.c.bucket == fresh.c.bucket,
                    entry.c.journey == journey_id,
                    entry.c.person == fresh.c.person,
                ),
            )
        )
        .where(
            mine,
            entry.c.goal_at.is_(None),
            fresh.c.event != entry.c.occasion_event,
            fresh.c.at >= entry.c.at,
            fresh.c.at - entry.c.at <= literal(goal.within),
            compile_filters(goal.where, event.c.props),
            same(goal.match, event.c.props, occasion_props(entry, goal.match)),
            or_(*of_version),
        )
        .group_by(*_KEY)
        .subquery("reached")
    )
    statement = (
        update(entry)
        .values(goal_at=found.c.at, goal_version=version)
        .where(*(column == found.c[column.name] for column in _KEY))
    )
    return Reacting(frozenset([goal.event]), statement)
