"""SQL functions that must equal Python's."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, literal
from sqlalchemy.dialects.postgresql import BIT


def hash64(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """``kit.buckets.hash64`` in SQL."""
    return cast(cast(literal("x") + func.md5(text), BIT(64)), BigInteger)
