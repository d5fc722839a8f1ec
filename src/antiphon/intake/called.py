"""Whom somebody means: a person by the number, the address or the customer id that they are called by."""

from sqlalchemy import Connection

from antiphon.catalogue.offers.queries import IS_THERE
from antiphon.intake.graph import load_identifiers
from antiphon.intake.verdicts import current
from antiphon.kit.buckets import bucket_of
from antiphon.kit.errors import NotFoundError
from antiphon.people.identifiers import CUSTOMER, EMAIL, PHONE, Key, email, phone

_HIGHEST = 2**63 - 1


def person_called(connection: Connection, words: str) -> int:
    """The person whose id, email address, phone number or customer id ``words`` is, whole; after merges who they are now.

    A number is a person's id first. Raises :class:`NotFoundError` where nobody is called so.
    """
    said = words.strip()
    if said.isdecimal() and int(said) <= _HIGHEST:
        person = current(connection, int(said))
        if connection.execute(IS_THERE, {"bucket": bucket_of(person), "person": person}).scalar_one():
            return person
    keys = list(_keys(said))
    known = load_identifiers(connection, keys)
    for key in keys:
        if key in known:
            return current(connection, known[key].person)
    raise NotFoundError(
        f"Nobody is called {said[:60]!r}.", "Say a person's id, email address, phone number or customer id, whole."
    )


def _keys(said: str) -> tuple[Key, ...]:
    if not 0 < len(said) <= 320 or "\0" in said:
        return ()
    found = [(kind, value) for kind, value in ((EMAIL, email(said)), (PHONE, phone(said))) if value]
    return (*found, (CUSTOMER, said))
