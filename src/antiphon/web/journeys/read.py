"""Gathers what the pages about journeys show."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.kit.errors import NotFoundError
from antiphon.web.definitions import Version, shape_of, versions
from antiphon.web.journeys import queries
from antiphon.web.journeys.flow import Block, Counts, Flow


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list."""

    slug: str
    name: str
    state: str
    number: int | None
    trigger: str
    held: bool
    here: int
    ended: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a journey with its counts."""

    slug: str
    name: str
    state: str
    version: Version
    current: bool
    numbers: tuple[int, ...]
    blocks: tuple[Block, ...]
    counts: dict[str, Counts]
    reached: int = 0
    #: In any of its versions.
    under_way: int = 0

    @property
    def entered(self) -> int:
        return self.here + self.ended

    @property
    def here(self) -> int:
        return sum(count.here for count in self.counts.values())

    @property
    def ended(self) -> int:
        return sum(count.left for count in self.counts.values())


def journeys(connection: Connection) -> list[Listed]:
    journey_of = {row.id: row.journey for row in connection.execute(queries.VERSION_JOURNEYS)}
    here, ended = Counter[int](), Counter[int]()
    for statement, counter in ((queries.HERE_BY_VERSION, here), (queries.ENDED_BY_VERSION, ended)):
        for row in connection.execute(statement):
            counter[journey_of[row.version]] += row.n
    return [
        Listed(
            row.slug,
            row.name,
            row.state,
            row.number,
            shape_of(row.definition).trigger if row.definition else "",
            row.held_at is not None,
            here[row.id],
            ended[row.id],
        )
        for row in connection.execute(queries.LIST)
    ]


def journey(connection: Connection, slug: str, number: int | None) -> Shown:
    """A version by its number, or the one that new people enter."""
    row = connection.execute(queries.JOURNEY, {"slug": slug}).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no journey {slug}", "The list of journeys has all there are.")
    known = connection.execute(queries.VERSIONS, {"journey": row.id}).all()
    wanted = _wanted(row, known, number)
    version = versions(connection, [wanted])[wanted]
    taken = {(flow.from_step, flow.to_step): flow.n for flow in connection.execute(queries.FLOW, {"version": wanted})}
    here = {found.step: found.n for found in connection.execute(queries.HERE_BY_STEP, {"version": wanted})}
    return Shown(
        row.slug,
        row.name,
        row.state,
        version,
        wanted == row.version,
        tuple(one.number for one in known),
        Flow(version.shape.nodes, taken).blocks(),
        {node.id: _counts(node.id, here, taken) for node in version.shape.nodes},
        connection.execute(queries.REACHED, {"version": wanted}).scalar_one() if version.shape.goal else 0,
        sum(here.values()) + _in_others(connection, row.id, wanted, len(known)),
    )


def _in_others(connection: Connection, journey: int, version: int, versions: int) -> int:
    """How many are in other versions; the page refreshes itself, and hardly a journey has more than one."""
    if versions == 1:
        return 0
    found = connection.execute(queries.HERE_IN_OTHERS, {"journey": journey, "version": version})
    return int(found.scalar_one())


def _wanted(row: Row[Any], known: Any, number: int | None) -> int:
    by_number = {one.number: one.id for one in known}
    found = row.version if number is None else by_number.get(number)
    if found is None:
        raise NotFoundError(f"{row.name} has no version {number or ''}".rstrip(), "Choose one of its versions.")
    return int(found)


def _counts(step: str, here: dict[str, int], taken: dict[tuple[str, str], int]) -> Counts:
    out = {to: n for (start, to), n in taken.items() if start == step and to != step}
    left = out.pop("", 0)
    return Counts(here.get(step, 0), sum(out.values()), left)
