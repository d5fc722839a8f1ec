"""Merging what is said of a person at different times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from antiphon.people import lists

Traits = dict[str, Any]

#: The trait by which people say on which channel they like to be written to, and that trait as a shop may spell it: what was
#: said in the first counts before the other.
PREFERRED = "preferred_channel"
PREFERRED_SPELLINGS = (PREFERRED, "preferredChannel")


def apply(traits: Traits, traits_at: datetime | None, told: Mapping[str, Any], at: datetime | None) -> Traits:
    """``traits`` (true at ``traits_at``) with what was ``told`` at ``at``.

    The newer of the two wins; the older one only fills gaps. A newer ``null`` removes a trait, an older one says
    nothing. A change of a list (``people.lists``) changes what there is, whenever it comes.
    """
    told, changes = lists.parted(told)
    newer = traits_at is None or (at is not None and at >= traits_at)
    if newer:
        gone = {k for k, v in told.items() if v is None}
        found = {k: v for k, v in {**traits, **told}.items() if k not in gone}
    else:
        found = {**{k: v for k, v in told.items() if v is not None}, **traits}
    return with_changes(found, changes)


def with_changes(traits: Traits, changes: Mapping[str, Any]) -> Traits:
    """``traits`` after changes of lists among them."""
    after = {name: lists.changed(traits.get(name), change) for name, change in changes.items()}
    return {**traits, **{name: value for name, value in after.items() if value is not None}}
