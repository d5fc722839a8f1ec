"""A segment as it is written: a name, a title, and the condition that says who is in it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from antiphon.audiences.models import Condition

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60, examples=["regulars"])]


class Segment(BaseModel):
    """A segment file. ``segment`` is what conditions call it and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Antiphon segment")

    segment: Name
    title: Annotated[str, Field(min_length=1, max_length=120)]
    description: Annotated[str, Field(max_length=2000)] = ""
    who: Condition


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a segment file."""
    schema: dict[str, Any] = Segment.model_json_schema()
    return schema
