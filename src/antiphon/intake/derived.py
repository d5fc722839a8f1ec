"""What follows from what people tell and buy, beside people, events and the consents that they give themselves."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from antiphon.intake import implying
from antiphon.intake.facts import Fact
from antiphon.intake.graph import Known
from antiphon.kit.buckets import bucket_of
from antiphon.people import queries
from antiphon.people.identifiers import Key
from antiphon.rules.whereabouts import ADDRESSED, of_profile, places, spots, telling

#: Person, place, identifier that told it.
_Place = tuple[int, str, str]


def derive(
    connection: Connection,
    facts: Sequence[Fact],
    person_of: Mapping[Key, int],
    known: Mapping[Key, Known],
    now: datetime,
) -> None:
    """Places and implied consents of a batch whose people, addresses and events are written.

    ``known``: the identifiers of the batch that were stored before it, with the person that each had.
    """
    _note_places(connection, facts, person_of)
    implying.imply(connection, facts, person_of, known, now)


def _note_places(connection: Connection, facts: Sequence[Fact], person_of: Mapping[Key, int]) -> None:
    """The states and countries that orders, checkouts and profiles name."""
    found: dict[_Place, datetime] = {}
    for fact in facts:
        if fact.traits and telling(fact.traits):
            told = places(of_profile(fact.traits))
        elif fact.props and fact.name in ADDRESSED:
            told = places(spots(fact.props))
        else:
            continue
        for place in told:
            key = (person_of[fact.keys[0]], place, ":".join(fact.keys[0]))
            found[key] = min(fact.at, found.get(key, fact.at))
    if found:
        rows = sorted(found.items())
        connection.execute(
            queries.NOTE_PLACES,
            {
                "buckets": [bucket_of(person) for (person, _, _), _ in rows],
                "people": [person for (person, _, _), _ in rows],
                "places": [place for (_, place, _), _ in rows],
                "vias": [via for (*_, via), _ in rows],
                "sinces": [since.isoformat() for _, since in rows],
            },
        )
