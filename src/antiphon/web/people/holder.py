"""Whom the audit log names for an address: the person, never the address, so that an erasure leaves the log whole."""

from sqlalchemy import Connection

from antiphon.intake.graph import load_identifiers
from antiphon.people.identifiers import EMAIL, PHONE


def holder_of(connection: Connection, channel: str, address: str) -> str:
    """``person N`` where a person has the (normalised) address, else the channel."""
    key = (EMAIL if channel == "email" else PHONE), address
    known = load_identifiers(connection, (key,)).get(key)
    return f"person {known.person}" if known else channel
