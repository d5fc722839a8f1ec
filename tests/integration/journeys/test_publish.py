"""Publishing: versions are immutable, PostgreSQL has planned every statement, and edits change nothing that runs."""

import pytest
from sqlalchemy import text
from tests.conftest import NOON

from antiphon.engine.segments import apply
from antiphon.journeys.playbooks import playbooks
from antiphon.journeys.publish import publish, set_state
from antiphon.journeys.registry import Registry
from antiphon.journeys.segments.ready import ready
from antiphon.journeys.source import JourneyError, read_journey
from antiphon.store.audit import COMMAND_LINE
from antiphon.store.db import Database


@pytest.mark.parametrize("name", sorted(playbooks()))
def test_every_playbook_can_be_published(db: Database, name: str) -> None:
    if segment := read_journey(playbooks()[name]).trigger.segment:
        apply(db, ready()[segment], COMMAND_LINE, NOON)
    with db.begin("commands") as connection:
        published = publish(connection, playbooks()[name], "test", NOON)
    assert (published.slug, published.number, published.changed, published.state) == (name, 1, True, "active")


def test_publishing_the_same_again_makes_no_version(db: Database) -> None:
    source = playbooks()["abandoned-cart"]
    with db.begin("commands") as connection:
        first = publish(connection, source, "test", NOON)
        second = publish(connection, "# only a comment\n" + source, "test", NOON)
        third = publish(connection, source.replace("for: 4h", "for: 5h"), "test", NOON)
    assert (second.changed, second.version) == (False, first.version)
    assert (third.changed, third.number) == (True, 2)


def test_the_registry_lets_new_people_into_the_newest_version_only(db: Database) -> None:
    source = playbooks()["abandoned-cart"]
    with db.begin("commands") as connection:
        first = publish(connection, source, "test", NOON)
        second = publish(connection, source.replace("for: 4h", "for: 5h"), "test", NOON)
    registry = Registry(db)
    with db.read() as connection:
        registry.refresh(connection)
    assert {number: one.entering for number, one in registry.live.items()} == {
        first.version: False,
        second.version: True,
    }
    with db.begin("commands") as connection:
        set_state(connection, "abandoned-cart", "paused", "test", NOON)
    with db.read() as connection:
        registry.refresh(connection)
    assert not any(one.entering or one.moving for one in registry.live.values())
    assert registry.content_of(first.version, "first-touch").sms is not None


def test_a_broken_journey_leaves_nothing_behind(db: Database) -> None:
    broken = playbooks()["abandoned-cart"].replace("next: only-code", "next: only-cod")
    with pytest.raises(JourneyError, match="line 45: step `reach` leads"), db.begin("commands") as connection:
        publish(connection, broken, "test", NOON)
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM journey")).scalar_one() == 0
