"""The second half of a tick: due runs go on, cohort by cohort."""

from sqlalchemy import Connection

from antiphon.engine.cohort import Cohort
from antiphon.engine.work import PASSES, Advanced, Work
from antiphon.journeys import queries

#: How far one cohort looks into a backlog; what lies beyond waits for its turn.
LOOK = 200_000


def advance(connection: Connection, work: Work) -> Advanced:
    """Carry due runs forward until none is due, or the tick has done its share."""
    done = Advanced()
    versions = work.moving()
    for _ in range(PASSES):
        due = connection.execute(queries.DUE_STEPS, work.values(look=LOOK, versions=versions)).all()
        if not due:
            done.drained = True
            break
        before = done.all
        Cohort(connection, work, done).carry(due)
        if done.full(work) or done.all == before:
            break
    if done.drained and work.standing:
        done.standing = connection.execute(queries.ANY_STANDING, work.values(versions=versions)).scalar_one()
    return done
