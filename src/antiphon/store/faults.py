"""Whose fault a failed statement is: its own, or the world's."""

import psycopg
from sqlalchemy.exc import DBAPIError

#: SQLSTATE classes of what no statement can help: lost connections, rollbacks, full disks, shutdowns, locks.
_THE_WORLDS = ("08", "40", "53", "55", "58", "25")
_TIMEOUT = "57014"


def is_the_worlds(error: DBAPIError) -> bool:
    """Whether trying again may help: what failed was not in the statement."""
    state = getattr(error.orig, "sqlstate", None) or ""
    if not state and isinstance(error.orig, psycopg.DataError):
        return False  # the driver could not write or read a value, such as an instant that no calendar has
    if error.connection_invalidated or not state or state[:2] in _THE_WORLDS:
        return True
    return bool(state[:2] == "57" and state != _TIMEOUT)
