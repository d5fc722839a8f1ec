"""``update``: changes what is known of the person, or has them leave a channel, and goes on once it is done.

The tick asks and parks the run; the stage ``errands`` hands the change in, as if the person had identified themselves; the
resolver makes it; the next tick wakes the run, whose next step sees it.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from antiphon.journeys.errands.asking import statements
from antiphon.journeys.steps.base import BaseStep, Compilation, Statements

#: Traits by which a person is found: a journey that could write them could make two people one.
POINTERS = frozenset({"email", "phone"})
MOST_TRAITS = 50
#: Beyond it not every reader of JSON takes a whole number as it is.
_EXACT = 2**53

Trait = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Scalar = (
    bool
    | int
    | Annotated[float, Field(allow_inf_nan=False)]
    | Annotated[str, StringConstraints(max_length=1_000)]
    | None
)
#: A property of the occasion, parts of it by dots and numbers: ``products.0.name``.
Path = Annotated[str, StringConstraints(pattern=r"^[^.]+(\.[^.]+)*$", max_length=200)]


class UpdateStep(BaseStep):
    """Writes traits, fixed ones or copied from the occasion, and lets the person leave channels."""

    icon: ClassVar[str] = "user-pen"

    type: Literal["update"]
    #: Traits as they are to be; `null` takes one away.
    set: dict[Trait, Scalar] = Field(default={})
    #: Traits from properties of the occasion; one that it lacks leaves the trait as it is.
    copy_: dict[Trait, Path] = Field(default={}, alias="copy")
    #: Channels of which the person gets no promotional messages any more, until they subscribe again.
    leave: list[Literal["email", "sms"]] = Field(default=[])
    next: str | None = None

    @field_validator("set", "copy_")
    @classmethod
    def _no_pointers(cls, traits: dict[str, object]) -> dict[str, object]:
        if barred := sorted(name for name in traits if name.strip().lower() in POINTERS):
            raise ValueError(f"`{barred[0]}` says who somebody is, so that a journey cannot write it")
        return traits

    @field_validator("set")
    @classmethod
    def _exact(cls, traits: dict[str, Scalar]) -> dict[str, Scalar]:
        if any(isinstance(value, int) and abs(value) > _EXACT for value in traits.values()):
            raise ValueError("whole numbers go to 2 to the power of 53; write a longer one as text")
        return traits

    @model_validator(mode="after")
    def _does_something(self) -> "UpdateStep":
        if not (self.set or self.copy_ or self.leave):
            raise ValueError("an update needs `set`, `copy` or `leave`")
        if both := sorted(self.set.keys() & self.copy_.keys()):
            raise ValueError(f"`{both[0]}` stands under `set` and under `copy`")
        if len(self.set) + len(self.copy_) > MOST_TRAITS:
            raise ValueError(f"an update writes at most {MOST_TRAITS} traits")
        return self

    def leads_to(self, following: str) -> dict[str, str]:
        return {"then": following if self.next is None else self.next}

    def describe(self) -> str:
        if self.note:
            return self.note
        parts = [f"{name} to {'nothing' if value is None else value}" for name, value in self.set.items()]
        parts += [f"{name} from {path}" for name, path in self.copy_.items()]
        left = [{"email": "emails", "sms": "texts"}[channel] for channel in self.leave]
        said = [f"Sets {', '.join(parts)}"] if parts else []
        said += [f"Ends promotional {' and '.join(left)}"] if left else []
        return "; ".join(said)

    def statements(self, compilation: Compilation, following: str) -> Statements:
        then = self.leads_to(following)["then"]
        return statements(compilation, self.id, "update", then, then)
