"""A decision against writing, as its page shows it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.kit.errors import NotFoundError
from antiphon.web.definitions import Origin, origins
from antiphon.web.messages import queries
from antiphon.web.messages.explained import Key, decision_of
from antiphon.web.people.models import name_of
from antiphon.web.times import Place
from antiphon.web.why import Why, read_reasons


@dataclass(frozen=True, slots=True)
class Against:
    """``row``: the decision; ``origin``: what asked for the message that was not written."""

    row: Row[Any]
    origin: Origin | None
    why: Why
    person: str
    place: Place


def against(connection: Connection, key: Key, shop: Place) -> Against:
    """Raises ``NotFoundError`` where there is no such decision, or where it was one to write."""
    row = decision_of(connection, key)
    if row is None or row.channel is not None:
        raise NotFoundError("There is no such decision", "The address may be mistyped, or its person was erased.")
    person = connection.execute(queries.PERSON, {"bucket": key.bucket, "person": row.person}).one_or_none()
    zone = person.zone if person else None
    place = Place(shop.zone, "shop’s time, theirs is unknown") if zone is None else Place(zone, "their time")
    return Against(
        row,
        origins(connection, [row.version]).get(row.version),
        read_reasons(row.reasons, place),
        name_of(person.traits) if person else "",
        place,
    )
