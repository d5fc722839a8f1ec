"""A segment as it is written: a name, a title, and the condition that says who is in it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from antiphon.audiences.models import AnyCondition, Condition
from antiphon.kit.errors import AntiphonError

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60, examples=["regulars"])]


class Segment(BaseModel):
    """A segment file. ``segment`` is what conditions call it and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Antiphon segment")

    segment: Name
    title: Annotated[str, Field(min_length=1, max_length=120)]
    description: Annotated[str, Field(max_length=2000)] = ""
    who: Condition


#: Nobody: an archived segment, and one whose definition cannot be read.
NOBODY: Condition = AnyCondition(kind="any", of=[])


class UnreadableError(AntiphonError):
    """A definition that is stored and that this program cannot read."""


def stored(definition: Any) -> Segment:
    """A segment as the database has it. Raises ``UnreadableError``."""
    try:
        return Segment.model_validate(definition)
    except (ValidationError, RecursionError) as error:
        words = "it is nested too deep"
        if isinstance(error, ValidationError):
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            words = f"{'.'.join(map(str, first['loc'])) or 'the whole of it'}: {first['msg']}"
        raise UnreadableError(
            f"The stored definition cannot be read: {words}.", "Define it anew: `antiphon segments apply FILE`."
        ) from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a segment file."""
    schema: dict[str, Any] = Segment.model_json_schema()
    return schema
