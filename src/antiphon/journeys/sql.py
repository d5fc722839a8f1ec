"""SQL that several statements of journeys share."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func

#: Keys come from events and stand in indexes, whose rows have little room: what is longer is no key.
MAX_KEY = 255


def usable_key(key: ColumnElement[Any]) -> ColumnElement[Any]:
    """``key`` where it can be one, else null."""
    return case((and_(key != "", func.length(key) <= MAX_KEY), key), else_=None)
