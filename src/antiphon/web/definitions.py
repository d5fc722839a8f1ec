"""Journeys' versions as pages need them; versions never change, so each is read into models once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, text

from antiphon.journeys.describe import (
    Node,
    describe_caps,
    describe_exit,
    describe_goal,
    describe_reentry,
    describe_trigger,
    nodes,
)
from antiphon.journeys.models import Journey

_VERSIONS = text("""
SELECT v.id, v.number, v.sha256, v.definition, v.published_at, v.published_by, v.held_at, v.held_error, v.source,
       j.id AS journey, j.slug, j.name
  FROM journey_version v JOIN journey j ON j.id = v.journey WHERE v.id = ANY(:versions)
""")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a definition says, in words."""

    journey: Journey
    nodes: tuple[Node, ...]
    trigger: str
    reentry: str
    exits: tuple[str, ...]
    goal: str
    caps: str

    def sentence(self, step: str) -> str:
        """A step in words; a step that is not there keeps its id."""
        return next((node.sentence for node in self.nodes if node.id == step), step)

    def icon(self, step: str) -> str:
        return next((node.icon for node in self.nodes if node.id == step), "circle-dot")


@dataclass(frozen=True, slots=True)
class Version:
    id: int
    number: int
    journey: int
    slug: str
    name: str
    published_at: datetime
    published_by: str
    held_at: datetime | None
    held_error: str | None
    source: str
    shape: Shape


@lru_cache(maxsize=256)
def _shape(definition: bytes) -> Shape:
    journey = Journey.model_validate(orjson.loads(definition))
    return Shape(
        journey,
        tuple(nodes(journey)),
        describe_trigger(journey.trigger),
        describe_reentry(journey),
        tuple(describe_exit(one) for one in journey.exits),
        describe_goal(journey.goal) if journey.goal is not None else "",
        describe_caps(journey.caps) if journey.caps is not None else "",
    )


def shape_of(definition: Mapping[str, Any]) -> Shape:
    return _shape(orjson.dumps(definition, option=orjson.OPT_SORT_KEYS))


def versions(connection: Connection, ids: Iterable[int]) -> dict[int, Version]:
    """Version id → the version."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {
        row.id: Version(
            row.id,
            row.number,
            row.journey,
            row.slug,
            row.name,
            row.published_at,
            row.published_by,
            row.held_at,
            row.held_error,
            row.source,
            shape_of(row.definition),
        )
        for row in connection.execute(_VERSIONS, {"versions": wanted})
    }
