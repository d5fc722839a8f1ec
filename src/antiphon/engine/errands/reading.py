"""Claiming errands, and reading what they are about: all under the locks of their buckets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from antiphon.engine.errands import queries
from antiphon.engine.errands.models import Errand
from antiphon.people.grouping import strongest_first
from antiphon.people.identifiers import Key as Pointer
from antiphon.store.locks import lock_buckets

#: What points at people, the strongest first.
Pointers = Mapping[tuple[int, int], Sequence[Pointer]]


class _Keyed(Protocol):
    @property
    def bucket(self) -> int: ...
    @property
    def run(self) -> int: ...
    @property
    def step(self) -> str: ...
    @property
    def entered_at(self) -> datetime: ...


def columns(errands: Sequence[_Keyed]) -> dict[str, Any]:
    """The keys of errands, column by column."""
    return {
        "buckets": [one.bucket for one in errands],
        "runs": [one.run for one in errands],
        "steps": [one.step for one in errands],
        "entered": [one.entered_at for one in errands],
    }


def claim(connection: Connection, due: Sequence[Any], lease: datetime) -> list[Errand]:
    """Take errands until ``lease``: those that nobody took meanwhile and whose runs wait for them; what nobody waits for any
    more is forgotten."""
    if not due:
        return []
    lock_buckets(connection, sorted({row.bucket for row in due}))
    given = columns(due) | {"attempts": [row.attempts for row in due]}
    claimed = connection.execute(queries.CLAIM, given | {"lease": lease}).all()
    rows = connection.execute(queries.READ, columns(claimed)).all()
    gone = [row for row in rows if not row.stands]
    if gone:
        connection.execute(queries.FORGET, columns(gone))
    here = [row for row in rows if row.stands]
    slugs = {
        row.id: row.slug
        for row in connection.execute(queries.JOURNEYS, {"versions": sorted({row.version for row in here})})
    }
    return [
        Errand(
            row.bucket, row.run, row.step, row.entered_at, row.person, row.version, row.at, row.until, row.attempts,
            slugs[row.version], row.traits, row.event, row.occasion_at, row.props,
        )
        for row in here
    ]  # fmt: skip


def pointers_of(connection: Connection, errands: Iterable[Errand]) -> Pointers:
    """What points at the people of errands."""
    people = sorted({errand.who for errand in errands})
    if not people:
        return {}
    found: defaultdict[tuple[int, int], list[Pointer]] = defaultdict(list)
    given = {"buckets": [bucket for bucket, _ in people], "people": [person for _, person in people]}
    for row in connection.execute(queries.POINTERS, given):
        found[row.bucket, row.person].append((row.kind, row.value))
    return {who: sorted(keys, key=strongest_first) for who, keys in found.items()}
