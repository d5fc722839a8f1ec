"""Merging what is said of a person at different times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

Traits = dict[str, Any]


def apply(traits: Traits, traits_at: datetime | None, told: Mapping[str, Any], at: datetime | None) -> Traits:
    """``traits`` (true at ``traits_at``) with what was ``told`` at ``at``.

    The newer of the two wins; the older one only fills gaps. A newer ``null`` removes a trait, an older one says
    nothing.
    """
    newer = traits_at is None or (at is not None and at >= traits_at)
    if not newer:
        return {**{k: v for k, v in told.items() if v is not None}, **traits}
    gone = {k for k, v in told.items() if v is None}
    return {k: v for k, v in {**traits, **told}.items() if k not in gone}
