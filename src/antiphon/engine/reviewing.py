"""Reviewing a campaign: read first, however long that takes, then kept by a command if it still is what was read."""

from datetime import datetime
from typing import Any

from antiphon.campaigns.review import review as look
from antiphon.engine.commands import carry_out
from antiphon.store.audit import Actor
from antiphon.store.db import Database


def review(database: Database, slug: str, by: str | Actor, now: datetime) -> dict[str, Any]:
    """The review, with the campaign's name and state."""
    digest, found = look(database, slug, now)
    done = carry_out(database, "campaign.review", {"campaign": slug, "sha256": digest, "review": found}, by, now)
    return {**done, **found}
