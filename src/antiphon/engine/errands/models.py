"""What the stage ``errands`` carries, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from antiphon.journeys.errands.addresses import Place

#: The key of an errand: bucket, run, step, entered_at.
Key = tuple[int, int, str, datetime]


@dataclass(slots=True)
class Ran:
    """What a turn did. ``more``: the tick, or this stage, has something to do at this very instant."""

    sent: int = 0  # changes of people, to the resolver
    answered: int = 0
    called: int = 0
    more: bool = False
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """A row of ``errand`` whose run waits for it, with what it is about."""

    bucket: int
    run: int
    step: str
    entered_at: datetime
    person: int
    version: int
    at: datetime
    until: datetime | None
    attempts: int
    journey: str
    traits: dict[str, Any]
    event: str
    occasion_at: datetime
    props: dict[str, Any]

    @property
    def key(self) -> Key:
        return self.bucket, self.run, self.step, self.entered_at

    @property
    def who(self) -> tuple[int, int]:
        return self.bucket, self.person

    @property
    def name(self) -> str:
        """The same however often it is tried, and whoever the person is by then."""
        return f"{self.run}|{self.step}|{self.entered_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it goes over the wire."""

    id: str
    place: Place
    method: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``status`` is 0 where nobody answered; ``retry_after`` in seconds, as asked for."""

    status: int = 0
    error: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    retry_after: int = 0
    hopeless: bool = False  # no attempt would end otherwise

    @property
    def well(self) -> bool:
        return 200 <= self.status < 300

    @property
    def final(self) -> bool:
        """Whether trying again would not help."""
        return self.well or self.hopeless or (300 <= self.status < 500 and self.status not in {408, 429})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of an errand: ``state`` done, failed or open, and then when it is tried again."""

    errand: Errand
    state: str
    why: dict[str, Any]
    try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calls:
    """Claimed calls: the requests that can be made, and those of which it is known already how they came out."""

    requests: list[tuple[Errand, Request]] = field(default_factory=list)
    refused: list[tuple[Errand, Answer]] = field(default_factory=list)
