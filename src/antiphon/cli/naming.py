"""Who is meant on the command line: by their number, an address of theirs, or any identifier."""

from typing import Annotated

import typer
from sqlalchemy import Connection

from antiphon.intake.graph import load_identifiers
from antiphon.intake.verdicts import current
from antiphon.kit.errors import AntiphonError, NotFoundError
from antiphon.people.identifiers import EMAIL, PHONE, Key
from antiphon.people.identifiers import address as normalised
from antiphon.web.identity.documents import key_named

HIGHEST = 2**63 - 1

Person = Annotated[
    str, typer.Argument(help="Who: their number, ann@example.com, +12125550123, or any identifier as KIND=VALUE.")
]


def person_named(connection: Connection, words: str) -> int:
    """The person that ``words`` name, merged ones by whom they are now. Raises ``NotFoundError``, ``AntiphonError``."""
    if words.isdecimal():
        if not 0 < int(words) <= HIGHEST:
            raise AntiphonError(f"{words[:40]} is no person's number.", "It is the last part of their page's address.")
        return current(connection, int(words))
    key = key_of(words)
    known = load_identifiers(connection, (key,)).get(key)
    if known is None:
        raise NotFoundError(f"Nobody is known by {key[0]} {key[1]}.", "They may have been erased.")
    return known.person


def key_of(words: str) -> Key:
    """``KIND=VALUE``, or an address without its kind, as an identifier is kept."""
    kind, sign, value = words.partition("=")
    if sign and "@" not in kind:  # an equals sign may stand in an email's local part
        return key_named(kind.strip(), value)
    for name, channel in ((EMAIL, "email"), (PHONE, "sms")):
        if found := normalised(channel, words):
            return name, found
    raise AntiphonError(
        f"{words[:80]!r} is neither a person's number nor an address.", "Write another identifier as customer_id=17."
    )
