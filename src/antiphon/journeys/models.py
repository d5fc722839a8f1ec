"""A journey as written: the models behind the YAML, the pages and the API."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from antiphon.audiences.models import PropertyFilter
from antiphon.journeys.matching import Match
from antiphon.journeys.steps.branch import BranchStep
from antiphon.journeys.steps.call import CallStep
from antiphon.journeys.steps.enter import EnterStep
from antiphon.journeys.steps.exit import ExitStep
from antiphon.journeys.steps.message import MessageStep
from antiphon.journeys.steps.offer import OfferStep
from antiphon.journeys.steps.recover import RecoverStep
from antiphon.journeys.steps.split import SplitStep
from antiphon.journeys.steps.update import UpdateStep
from antiphon.journeys.steps.wait import WaitStep
from antiphon.journeys.trigger import Trigger, check_own_segment
from antiphon.kit.durations import Duration

Step = Annotated[
    WaitStep
    | BranchStep
    | SplitStep
    | MessageStep
    | RecoverStep
    | OfferStep
    | UpdateStep
    | CallStep
    | EnterStep
    | ExitStep,
    Field(discriminator="type"),
]


#: Decisions that are older than this are not counted.
LONGEST_CAP = timedelta(days=365)


#: Which goes first where several want the same person at once.
Priority = Literal["low", "normal", "high"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reentry(_Part):
    """How often one person may enter: once; once for each run key; or again after a gap."""

    mode: Literal["once", "each_key", "after"] = "once"
    gap: Duration | None = None

    @model_validator(mode="after")
    def _gap_fits(self) -> "Reentry":
        if (self.mode == "after") != (self.gap is not None):
            raise ValueError("`gap` goes with mode `after`, and `after` needs it")
        return self


class Exit(_Part):
    """What ends a run at once, wherever it stands, if it happened at or after the occasion."""

    event: str
    where: list[PropertyFilter] = Field(default=[], max_length=20)
    #: The property that the event and the occasion must share; where one of them lacks it, the event counts.
    match: Match | None = None


class Goal(Exit):
    """What the journey is for: who does it within a time since they entered has reached it. With ``exit`` it ends the run."""

    within: Duration
    exit: bool = False

    @model_validator(mode="after")
    def _takes_time(self) -> "Goal":
        if not self.within:
            raise ValueError("`within` says how long after entering it counts: write it as 7d")
        return self


class Caps(_Part):
    """At most so many promotional ``messages`` of this journey to one person in any stretch of ``per``."""

    messages: int = Field(ge=1, le=1000)
    per: Duration

    @model_validator(mode="after")
    def _is_a_time(self) -> "Caps":
        if not timedelta() < self.per <= LONGEST_CAP:
            raise ValueError(f"`per` is a time of {LONGEST_CAP.days} days at most: write it as 7d")
        return self


class Journey(_Part):
    """A journey: who enters, what happens, what ends it."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Antiphon journey")

    journey: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="The name in addresses and files")
    name: str = Field(min_length=1, max_length=120)
    about: str = ""
    trigger: Trigger
    reentry: Reentry = Reentry()
    exits: list[Exit] = []
    goal: Goal | None = None
    caps: Caps | None = None
    priority: Priority = "normal"
    steps: list[Step] = Field(min_length=1)

    @model_validator(mode="after")
    def _key_fits(self) -> "Journey":
        if self.reentry.mode == "each_key" and not self.trigger.run_key:
            raise ValueError(
                "re-entry `each_key` needs `trigger.key`: the property that tells one occasion from another"
            )
        if self.trigger.date is not None:
            check_own_segment(self.journey)
        return self

    @property
    def endings(self) -> list[Exit]:
        """What ends a run at once: the exits, and the goal where it does."""
        return [*self.exits, *([self.goal] if self.goal is not None and self.goal.exit else [])]

    def step(self, step_id: str) -> Step:
        return next(step for step in self.steps if step.id == step_id)

    def after(self, step_id: str) -> str:
        """The step behind a step in the file; '' behind the last."""
        ids = [step.id for step in self.steps]
        place = ids.index(step_id) + 1
        return ids[place] if place < len(ids) else ""


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of a journey file."""
    return Journey.model_json_schema(by_alias=True)
