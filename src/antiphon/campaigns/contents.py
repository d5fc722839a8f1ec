"""What messages of campaigns say, by the numbers that they bear."""

from antiphon.campaigns import kept, queries
from antiphon.campaigns.models import Campaign
from antiphon.campaigns.policy import content_of
from antiphon.content.models import MessageContent
from antiphon.store.db import Database


class Contents:
    """Definitions of launched campaigns, which never change: each is read once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, Campaign] = {}

    def content_of(self, origin: int, step: str) -> MessageContent:
        """Raises ``KeyError`` when there is no such campaign or step, ``UnreadableCampaignError`` when nobody can tell."""
        if origin not in self._known:
            with self._database.read() as connection:
                row = connection.execute(queries.DEFINITION, {"id": -origin}).first()
            if row is None:
                raise KeyError(origin)
            self._known[origin] = kept.read(row.definition)
        return content_of(self._known[origin], step)
