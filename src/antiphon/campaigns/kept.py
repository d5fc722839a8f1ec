"""A campaign as the database has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row

from antiphon.campaigns import queries
from antiphon.campaigns.models import Campaign
from antiphon.campaigns.policy import origin_of
from antiphon.kit.errors import AntiphonError, NotFoundError


class UnreadableCampaignError(AntiphonError):
    """A stored campaign that this program cannot read: of another release, or written past it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of ``campaign`` with its definition read. The instants are set once it was launched."""

    row: Row[Any]
    campaign: Campaign

    @property
    def id(self) -> int:
        number: int = self.row.id
        return number

    @property
    def origin(self) -> int:
        return origin_of(self.id)

    @property
    def opens(self) -> datetime:
        at: datetime = self.row.opens_at
        return at

    @property
    def closes(self) -> datetime:
        at: datetime = self.row.closes_at
        return at


def find(connection: Connection, slug: str) -> Kept:
    """Raises ``NotFoundError``, and ``UnreadableCampaignError`` where a later version takes such a definition no more."""
    row = connection.execute(queries.BY_SLUG, {"slug": slug}).first()
    if row is None:
        raise NotFoundError(f"There is no campaign `{slug[:63]}`.", "`antiphon campaigns list` shows all of them.")
    return kept(row)


def kept(row: Row[Any]) -> Kept:
    return Kept(row, read(row.definition))


def read(definition: Any) -> Campaign:
    """A definition as it is stored."""
    try:
        return Campaign.model_validate(definition)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its definition"
        raise UnreadableCampaignError(
            f"The campaign cannot be read: `{place}` is not possible.", "Write it anew."
        ) from None


def earlier_of(connection: Connection, campaign: Campaign) -> Kept | None:
    """The campaign whose people it follows, if it follows one."""
    return None if campaign.retarget is None else find(connection, campaign.retarget.campaign)


def all_of(connection: Connection) -> Iterable[Row[Any]]:
    return connection.execute(queries.ALL).all()
