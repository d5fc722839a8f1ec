"""People as those see them from whom personal data is hidden: that they are there, and what happened, not who they are."""

from collections.abc import Sequence
from dataclasses import replace

from antiphon.people.identifiers import EMAIL, PHONE
from antiphon.web.figures import mask
from antiphon.web.people.models import Entry, PersonRow, Profile


def row(person: PersonRow) -> PersonRow:
    reaches = tuple(replace(reach, address=mask(reach.address)) for reach in person.reaches)
    return replace(person, traits={}, reaches=reaches)


def profile(person: Profile) -> Profile:
    """Without traits; identifiers and addresses masked."""
    identifiers = tuple(
        (kind, mask(value) if kind in {EMAIL, PHONE} else f"{value[:2]}…", at) for kind, value, at in person.identifiers
    )
    standings = tuple(replace(each, address=mask(each.address)) for each in person.standings)
    return replace(person, row=row(person.row), identifiers=identifiers, standings=standings)


def entries(listed: Sequence[Entry]) -> list[Entry]:
    """What happened, without the particulars, which others wrote and may name anybody."""
    return [replace(entry, about="", facts=(), address="", action="") for entry in listed]
