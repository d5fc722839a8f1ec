"""Reviewing a campaign: read first, however long that takes, then kept by a command if it still is what was read."""

from datetime import datetime
from typing import Any

from antiphon.campaigns.kept import find
from antiphon.campaigns.review import review as look
from antiphon.campaigns.states import OPEN, digest_of, read_whole
from antiphon.engine.commands import carry_out
from antiphon.kit.errors import AntiphonError
from antiphon.store.audit import Actor
from antiphon.store.db import Database


def review(database: Database, slug: str, by: str | Actor, now: datetime) -> dict[str, Any]:
    """The review, with the campaign's name and state.

    Emails of the library are taken as they are now. That a review failed, and why, is kept with the campaign.
    """
    _renew(database, slug, by, now)
    with database.read() as connection:
        digest = find(connection, slug).row.sha256
    try:
        digest, found = look(database, slug, now)
    except AntiphonError as error:
        failed = {"campaign": slug, "sha256": digest, "error": str(error)}
        carry_out(database, "campaign.review_failed", failed, by, now)
        raise
    done = carry_out(database, "campaign.review", {"campaign": slug, "sha256": digest, "review": found}, by, now)
    return {**done, **found}


def _renew(database: Database, slug: str, by: str | Actor, now: datetime) -> None:
    """Save it once more where what it names has changed since."""
    with database.read() as connection:
        row = find(connection, slug).row
        if row.state not in OPEN or digest_of(read_whole(connection, row.source)[0]) == row.sha256:
            return
    carry_out(database, "campaign.save", {"source": row.source, "lenient": True}, by, now)
