"""A feed that is the whole catalogue: what it does not tell of is not for sale any more.

A file that was cut off, or of another shop, would empty a catalogue: where more than half of it would go, nothing does until
somebody says so.
"""

from datetime import datetime

from sqlalchemy import Connection

from antiphon.catalogue.words import read_word
from antiphon.catalogue.writing import PORTION, write_words
from antiphon.intake.feeds import queries
from antiphon.intake.feeds.models import Feed
from antiphon.kit.errors import AntiphonError


def sweep(connection: Connection, found: Feed, at: datetime, now: datetime) -> int:
    """Delete some of the products that the feed lacks; 0 when none is left. What was told since ``at`` stays.

    Raises :class:`AntiphonError` at its beginning where more than half would go and nobody has said that they may.
    """
    row = connection.execute(queries.LACKING, {"id": found.id, "at": at}).one()
    if not found.counts["gone"] and not found.mapping.force and row.gone * 2 > row.n:
        raise AntiphonError(
            f"The file lacks {row.gone:,} of {row.n:,} products, more than half, so none of those was deleted.",
            "Look whether it is whole; if it is, have them deleted all the same.",
        )
    ids = connection.execute(queries.GONE, {"id": found.id, "at": at, "limit": PORTION}).scalars().all()
    if ids:
        words = [read_word({"id": id_, "deleted": True, "updated_at": at}) for id_ in ids]
        write_words(connection, words, now)
    return len(ids)
