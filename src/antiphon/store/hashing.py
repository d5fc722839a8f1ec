"""``kit.buckets.hash64`` in SQL."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, literal
from sqlalchemy.dialects.postgresql import BIT


def hash64(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first 64 bits of a text's md5 as a signed integer."""
    return cast(cast(literal("x") + func.md5(text), BIT(64)), BigInteger)
