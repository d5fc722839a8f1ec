"""The library: emails with a name, written in the editor and put into journeys when those are published."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from antiphon.content import queries
from antiphon.content.models import EmailContent
from antiphon.kit.errors import AntiphonError, NotFoundError

#: How many changes can be undone.
KEPT = 50

#: Pages that stand beside emails' own.
_TAKEN = {"kit"}


@dataclass(frozen=True, slots=True)
class Draft:
    """An email of the library; ``document`` as it was checked when it was saved."""

    name: str
    title: str
    document: dict[str, Any]
    changed_at: datetime
    changed_by: str
    past: list[dict[str, Any]] = field(default_factory=list)

    @property
    def content(self) -> EmailContent:
        """Raises :class:`AntiphonError` where a later version takes such a document no more."""
        try:
            return EmailContent.model_validate(self.document)
        except ValidationError as error:
            raise AntiphonError(
                f"The email `{self.name}` cannot be read: {error.errors()[0]['msg']}.", "Mend it."
            ) from None


def drafts(connection: Connection) -> list[Draft]:
    return [
        Draft(row.name, row.title, row.document, row.changed_at, row.changed_by)
        for row in connection.execute(queries.EMAILS)
    ]


def draft(connection: Connection, name: str) -> Draft:
    """Raises :class:`NotFoundError`."""
    row = connection.execute(queries.EMAIL, {"name": name}).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no email `{name[:64]}`.", "Content, Emails has all there are.")
    return Draft(row.name, row.title, row.document, row.changed_at, row.changed_by, row.past)


def name_of(title: str) -> str:
    """A name for journeys: ``Winter sale!`` → ``winter-sale``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "email"
    return f"{found}-email" if found in _TAKEN else found


def make(connection: Connection, title: str, content: EmailContent, by: str, now: datetime) -> str:
    """Keep a new email; returns the name that it got, which no other has."""
    wanted = name_of(title)
    document = content.model_dump(mode="json", exclude_unset=True)
    for number in range(1, 1_000):
        name = wanted if number == 1 else f"{wanted}-{number}"
        values = {"name": name, "title": title, "document": document, "now": now, "by": by}
        if connection.execute(queries.MAKE, values).scalar_one_or_none() is not None:
            return name
    raise AntiphonError(f"There are a thousand emails called {wanted}.", "Give this one another name.")


def save(connection: Connection, name: str, content: EmailContent, by: str, now: datetime) -> None:
    """Keep what an email is now; what it was can be brought back by :func:`undo`."""
    row = connection.execute(queries.LOCK, {"name": name}).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no email `{name[:64]}`.", "Somebody has deleted it.")
    document = content.model_dump(mode="json", exclude_unset=True)
    if document != row.document:
        past = [*row.past, row.document][-KEPT:]
        connection.execute(queries.SAVE, {"name": name, "document": document, "past": past, "now": now, "by": by})


def undo(connection: Connection, name: str, by: str, now: datetime) -> bool:
    """Back to what it was before the newest change; false where there is nothing to undo."""
    row = connection.execute(queries.LOCK, {"name": name}).one_or_none()
    if row is None or not row.past:
        return False
    *past, document = row.past
    connection.execute(queries.SAVE, {"name": name, "document": document, "past": past, "now": now, "by": by})
    return True


def delete(connection: Connection, name: str) -> None:
    """Versions of journeys keep what they took over."""
    if connection.execute(queries.DELETE, {"name": name}).scalar_one_or_none() is None:
        raise NotFoundError(f"There is no email `{name[:64]}`.", "Somebody has deleted it.")


def taken_over(connection: Connection, content: EmailContent) -> EmailContent:
    """The email of the library that ``content`` names, with a subject and a preheader of the journey's own if it has them."""
    if not content.use:
        return content
    found = draft(connection, content.use).content
    own = {name: value for name in ("subject", "preheader") if (value := getattr(content, name))}
    return found.model_copy(update={**own, "of": content.use})
