"""What the kinds of conditions share: the node, property filters, and what a value must be to be compared."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Scalar = str | int | float | bool
Op = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "contains", "exists"]
Channel = Literal["email", "sms"]

#: A path of names: ``products`` or ``shipping.country``.
PATH = r"^[\w$][\w$ -]*(\.[\w$][\w$ -]*)*$"

Path = Annotated[str, Field(min_length=1, max_length=200, pattern=PATH)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Name], Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PropertyFilter(Node):
    """A test of one property, by path: ``products`` or ``shipping.country``."""

    prop: Path
    op: Op = "eq"
    value: Scalar | list[Scalar] | None = None

    @model_validator(mode="after")
    def _value_fits(self) -> PropertyFilter:
        check_value(self.op, self.value)
        return self


def check_value(op: Op, value: Scalar | list[Scalar] | None) -> None:
    """Raises ``ValueError`` for a value that an operator cannot be asked with."""
    if op == "in" and not isinstance(value, list):
        raise ValueError("`in` needs a list as its value")
    if op != "in" and isinstance(value, list):
        raise ValueError(f"`{op}` needs a single value, not a list; did you mean `in`?")
    if op in {"gt", "gte", "lt", "lte"} and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError(f"`{op}` compares numbers; {value!r} is none")
    if op in {"eq", "ne", "contains"} and value is None:
        raise ValueError(f"`{op}` needs a value")
    values = value if isinstance(value, list) else [value]
    if len(values) > 1000:
        raise ValueError("`in` takes a thousand values at most; keep longer lists as a trait of the people")
    for each in values:
        if isinstance(each, float) and not isfinite(each):
            raise ValueError(f"{each} is not a number that anything can be compared with")
        if isinstance(each, str) and "\x00" in each:
            raise ValueError("a text cannot hold a NUL character")


def check_bounds(least: float | None, most: float | None) -> None:
    """Raises ``ValueError`` where nobody can lie between the two."""
    if least is not None and most is not None and most < least:
        raise ValueError(f"at_most {most:g} is less than at_least {least:g}: nobody can match")
