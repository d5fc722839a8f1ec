"""Emails of the library: published journeys take them over, and do not change with them."""

from typing import Any

import pytest
from sqlalchemy import text
from tests.conftest import NOON

from antiphon.content.library import delete, draft, drafts, make, save, undo
from antiphon.content.models import EmailContent
from antiphon.journeys.publish import publish
from antiphon.journeys.source import JourneyError
from antiphon.kit.errors import NotFoundError
from antiphon.store.db import Database

JOURNEY = """
journey: welcome
name: Welcome
trigger: {event: Order Completed, key: order_id}
steps:
  - id: hello
    type: message
    channels: [email]
    content:
      email: {use: hello-there%s}
"""


def email(words: str) -> EmailContent:
    return EmailContent.model_validate({"subject": words, "blocks": [{"kind": "text", "html": words}]})


def published(db: Database, source: str) -> Any:
    with db.begin("commands") as connection:
        version = publish(connection, source, "test", NOON).version
        row = connection.execute(text("SELECT definition FROM journey_version WHERE id = :id"), {"id": version}).one()
    return row.definition["steps"][0]["content"]["email"]


def test_a_version_takes_an_email_over_and_keeps_it(db: Database) -> None:
    with db.begin("emails") as connection:
        assert make(connection, "Hello there!", email("one"), "ann", NOON) == "hello-there"
        assert make(connection, "Hello, there", email("other"), "ann", NOON) == "hello-there-2"
    first = published(db, JOURNEY % "")
    assert (first["subject"], first["of"], first["blocks"][0]["html"]) == ("one", "hello-there", "one")
    assert "use" not in first
    with db.begin("emails") as connection:
        save(connection, "hello-there", email("two"), "ann", NOON)
    assert published(db, JOURNEY % ", subject: Ours")["subject"] == "Ours"
    with db.read() as connection:
        said = connection.execute(
            text(
                "SELECT definition -> 'steps' -> 0 -> 'content' -> 'email' ->> 'subject' FROM journey_version ORDER BY id"
            )
        )
        assert said.scalars().all() == ["one", "Ours"]


def test_changes_can_be_undone_and_emails_deleted(db: Database) -> None:
    with db.begin("emails") as connection:
        name = make(connection, "A", email("one"), "ann", NOON)
        for words in ("two", "two", "three"):
            save(connection, name, email(words), "bob", NOON)
        assert [undo(connection, name, "ann", NOON) for _ in range(3)] == [True, True, False]
        assert draft(connection, name).content.subject == "one"
        assert [one.title for one in drafts(connection)] == ["A"]
        delete(connection, name)
        for what in (
            lambda: draft(connection, name),
            lambda: delete(connection, name),
            lambda: save(connection, name, email("x"), "a", NOON),
        ):
            with pytest.raises(NotFoundError, match="no email"):
                what()


def test_an_email_that_there_is_not_is_named_with_its_line(db: Database) -> None:
    with (
        db.begin("commands") as connection,
        pytest.raises(JourneyError, match="line 10: There is no email `hello-there`"),
    ):
        publish(connection, JOURNEY % "", "test", NOON)
