"""Journeys' versions as pages need them; versions never change, so each is read into models once. And whatever asked for a
decision or message, by the number that these bear as their version: a journey's version, or a campaign below zero."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, text

from antiphon.campaigns.policy import MESSAGE, UNENGAGED, origin_of
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

_CAMPAIGNS = text("SELECT id, slug, name FROM campaign WHERE id = ANY(:ids)")

#: What the policies of a campaign come to, for lists of messages.
_STEPS = {
    MESSAGE: "On the channel that suits best",
    "email": "By email alone",
    "sms": "By text alone",
    UNENGAGED: "The offer for those who do not answer any more",
}


class Origin(Protocol):
    """What asked for a decision or message. ``kind`` is its noun."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    def sentence(self, step: str) -> str:
        """A step in words."""
        ...

    def page(self, step: str) -> str:
        """The address of its page, at the step where it shows steps."""
        ...


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

    @property
    def kind(self) -> str:
        return "journey"

    def sentence(self, step: str) -> str:
        return self.shape.sentence(step)

    def page(self, step: str) -> str:
        return f"/journeys/{self.slug}?version={self.number}#step-{step}"


@dataclass(frozen=True, slots=True)
class Sender:
    """A campaign as what it asked for names it."""

    slug: str
    name: str

    @property
    def kind(self) -> str:
        return "campaign"

    def sentence(self, step: str) -> str:
        return _STEPS.get(step, step)

    def page(self, step: str) -> str:  # noqa: ARG002  # it shows no steps
        return f"/campaigns/{self.slug}"


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


def origins(connection: Connection, ids: Iterable[int]) -> dict[int, Origin]:
    """The version of a decision or message → what asked for it."""
    wanted = set(ids)
    found: dict[int, Origin] = dict(versions(connection, (one for one in wanted if one > 0)))
    if campaigns := [-one for one in wanted if one < 0]:
        for row in connection.execute(_CAMPAIGNS, {"ids": campaigns}):
            found[origin_of(row.id)] = Sender(row.slug, row.name)
    return found
