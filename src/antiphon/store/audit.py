"""The audit log: who did what, when, from where and to what, written in the transaction of the change itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

#: What is recorded, in the order in which pages offer it.
AREAS = {
    "sign-in": "Signing in",
    "accounts": "Users and roles",
    "keys": "Keys",
    "settings": "Settings",
    "journeys": "Journeys",
    "campaigns": "Campaigns",
    "units": "Sign-up",
    "segments": "Audiences",
    "offers": "Offers",
    "emails": "Emails",
    "people": "People and imports",
    "consents": "Consents by hand",
    "privacy": "Exports and erasures",
}

_ADD = text("""
INSERT INTO audit (at, kind, who, origin, area, what, about, before, after)
VALUES (:at, :kind, :who, :origin, :area, :what, :about, :before, :after)
""").bindparams(bindparam("before", type_=JSONB(none_as_null=True)), bindparam("after", type_=JSONB(none_as_null=True)))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a ``user`` by email, a ``key`` by its name, or a ``process`` such as the command line.

    ``origin`` is the network address it comes from, where there is one.
    """

    who: str
    kind: str = "process"
    origin: str | None = None


COMMAND_LINE = Actor("command line")


def record(
    connection: Connection,
    now: datetime,
    actor: Actor,
    area: str,
    what: str,
    about: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one line inside the open transaction of the change. Of ``before`` and ``after`` only what differs is kept.

    Addresses and names of people do not belong here: ``about`` gives their id, so that an erasure leaves the log whole.
    """
    if area not in AREAS:
        raise ValueError(f"the audit log has no area {area!r}")
    if before is not None and after is not None:
        same = {name for name in before.keys() & after.keys() if before[name] == after[name]}
        before = {name: value for name, value in before.items() if name not in same}
        after = {name: value for name, value in after.items() if name not in same}
    values = {"at": now, "kind": actor.kind, "who": actor.who, "origin": actor.origin, "area": area, "what": what}
    connection.execute(_ADD, values | {"about": about, "before": before or None, "after": after or None})
