"""Whether somebody is known already, and by which profile id."""

from collections.abc import Sequence

from antiphon.intake.files.queries import EXPORT_IDENTIFIERS
from antiphon.intake.graph import load_identifiers
from antiphon.intake.klaviyo.profiles import KIND
from antiphon.kit.buckets import bucket_of
from antiphon.people.identifiers import Key
from antiphon.store.db import Database


def known_profile(database: Database, keys: Sequence[Key]) -> tuple[bool, str | None]:
    """Whether a person has one of ``keys``, and the profile id that the person has, if any.

    What came in a moment ago may not be anybody's yet: then it is not known.
    """
    with database.read() as connection:
        found = load_identifiers(connection, keys)
        people = [found[key].person for key in keys if key in found]
        if not people:
            return False, None
        where = {"bucket": bucket_of(people[0]), "people": [people[0]]}
        ids = [row.value for row in connection.execute(EXPORT_IDENTIFIERS, where) if row.kind == KIND]
    return True, ids[0] if ids else None
