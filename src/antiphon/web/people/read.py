"""Gathers what one person's page shows beside the timeline."""

from dataclasses import replace

from sqlalchemy import Connection

from antiphon.addresses.erased import hasher
from antiphon.kit.buckets import abucket_of, bucket_of
from antiphon.kit.errors import NotFoundError
from antiphon.people.engagement import Engagement
from antiphon.web.people import queries
from antiphon.web.people.models import Consent, PersonRow, Profile, Reach, Standing
from antiphon.web.people.search import with_reaches
from antiphon.web.times import Place


def alias_of(connection: Connection, person: int) -> int | None:
    """Whom a person has become by a merge."""
    values = {"bucket": bucket_of(person), "person": person}
    found: int | None = connection.execute(queries.ALIAS, values).scalar_one_or_none()
    return found


def profile(connection: Connection, person: int, shop: Place) -> Profile:
    key = {"bucket": bucket_of(person), "person": person}
    keys = {"buckets": [key["bucket"]], "people": [person]}
    rows = with_reaches(connection, connection.execute(queries.PEOPLE, keys).all())
    if not rows:
        raise NotFoundError("There is no such person", "The address may be mistyped, or the person was erased.")
    (row,) = rows
    identifiers = connection.execute(queries.IDENTIFIERS, key)
    engaged = connection.execute(queries.ENGAGEMENT, key).mappings()
    return Profile(
        row,
        tuple((found.kind, found.value, found.first_at) for found in identifiers),
        standings(connection, row.reaches),
        {found["channel"]: Engagement(**found) for found in engaged},
        tuple(connection.execute(queries.TOTALS, key)),
        tuple(connection.execute(queries.RUNS, key)),
        place_of_person(connection, row, shop),
    )


def address_keys(reaches: tuple[Reach, ...]) -> dict[str, list[object]]:
    return {
        "abuckets": [abucket_of(reach.address) for reach in reaches],
        "channels": [reach.channel for reach in reaches],
        "addresses": [reach.address for reach in reaches],
    }


def standings(connection: Connection, reaches: tuple[Reach, ...]) -> tuple[Standing, ...]:
    """How each address stands, from the ledger's own table and not the mirror that planning uses."""
    keys = address_keys(reaches)
    names = hasher(connection).both(reach.address for reach in reaches)
    # an address may stand barred by its hash alone, since its person was erased
    both = address_keys(
        tuple(replace(r, address=name) for r in reaches for name, at in names.items() if at == r.address)
    )
    both["abuckets"] = [abucket_of(names[str(name)]) for name in both["addresses"]]
    consents: dict[tuple[str, str], list[Consent]] = {}
    for row in connection.execute(queries.CONSENTS, keys):
        consent = Consent(row.purpose, row.state, row.effective_at, row.double_opt_in)
        consents.setdefault((row.channel, row.address), []).append(consent)
    out = {(row.channel, names[row.address]): row for row in connection.execute(queries.SUPPRESSIONS, both)}
    found = []
    for reach in reaches:
        place = (reach.channel, reach.address)
        stopped = out.get(place)
        found.append(
            Standing(
                *place,
                tuple(consents.get(place, ())),
                stopped.at if stopped else None,
                stopped.reason if stopped else "",
            )
        )
    return tuple(found)


def place_of_person(connection: Connection, row: PersonRow, shop: Place) -> Place:
    """The person's own zone; else the one of their phone's area code; else the shop's, and says so."""
    if row.zone is not None:
        return Place(row.zone, "their time")
    keys = {"buckets": [bucket_of(row.id)], "people": [row.id]}
    zones: list[int] = next((found.zones for found in connection.execute(queries.REACHES, keys) if found.zones), [])
    if zones:
        return Place(zones[0], "by their area code")
    return Place(shop.zone, "shop’s time, theirs is unknown")
