"""Events about codes: written where the tick finds what is new, under the locks of the people's buckets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from antiphon.catalogue.offers import queries


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a person. Its id is made of what it tells, so that it cannot happen twice."""

    bucket: int
    person: int
    at: datetime
    id: int
    name: str
    props: Mapping[str, Any]
    backfill: bool = False


def tell(connection: Connection, events: Sequence[Told], now: datetime) -> None:
    """Write them; what is there already stays once."""
    if not events:
        return
    batch = connection.execute(queries.BATCH).scalar_one()
    columns: dict[str, Any] = {
        "buckets": [one.bucket for one in events],
        "people": [one.person for one in events],
        "ats": [one.at for one in events],
        "ids": [one.id for one in events],
        "names": [one.name for one in events],
        "backfills": [one.backfill for one in events],
        "now": now,
    }
    said = [{name: value for name, value in one.props.items() if value is not None} for one in events]
    connection.execute(queries.EVENTS, columns | {"props": [orjson.dumps(props).decode() for props in said]})
    connection.execute(queries.FRESH, columns | {"batch": batch})
