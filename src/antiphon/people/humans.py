"""Which events are acts of people: opens and clicks that were judged to be a machine's are none."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, true
from sqlalchemy.types import Text

from antiphon.people.counted import JUDGED


def of_people(names: Iterable[str], props: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an event of one of ``names`` is not a machine's; asks nothing where machines do nothing of the kind."""
    if not set(names) & set(JUDGED):
        return true()
    return func.jsonb_extract_path_text(props, "machine", type_=Text).is_distinct_from("true")
