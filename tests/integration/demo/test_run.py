"""A small shop carried through the real engine: it comes to something, breaks no rule, and comes to the same again."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, literal, select, text
from sqlalchemy.engine import make_url

from antiphon.demo.content import KIT
from antiphon.demo.run import Demo, Plan, build, resume
from antiphon.demo.summary import Summary
from antiphon.engine.engine import Engine
from antiphon.journeys.segments.ready import ready
from antiphon.kit.errors import AntiphonError
from antiphon.kit.signing import Signer
from antiphon.people.levels import level
from antiphon.people.tables import engagement
from antiphon.store.db import Database
from antiphon.store.install import prepare
from antiphon.store.schema import Instant

UNTIL = datetime(2026, 10, 15, tzinfo=UTC)
PLAN = Plan(seed=3, people=260, days=1, until=UNTIL)


class BrokenOffError(Exception):
    pass


@contextmanager
def emptied(server: str, name: str) -> Iterator[Database]:
    """A database of its own on the test server."""
    url = make_url(server)
    maker = create_engine(url, isolation_level="AUTOCOMMIT")
    with maker.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(url.set(database=name).render_as_string(hide_password=False))
    try:
        prepare(database, PLAN.start)
        yield database
    finally:
        database.dispose()
        with maker.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        maker.dispose()


def carried(database: Database, told: Callable[[str, float], None], plan: Plan = PLAN) -> tuple[Summary, Demo]:
    engine = Engine(database, Signer(b"k" * 32), base_url="http://demo.test")
    try:
        return build(engine, plan, told)
    finally:
        engine.close()


@pytest.mark.slow
def test_a_small_shop(server: str) -> None:
    told: list[tuple[str, float]] = []
    with emptied(server, "demo_one") as database:
        summary, demo = carried(database, lambda words, part: told.append((words, part)))
        assert summary.people > 0.95 * PLAN.people
        assert summary.events > 2000
        assert summary.runs > 3
        assert summary.messages["email"] > 3
        assert sum(summary.messages.values()) <= sum(summary.states.values())
        assert summary.clean, summary.violations
        assert set(summary.as_json()) == {"people", "events", "runs", "messages", "states", "gated", "violations"}
        assert set(summary.gated) == {"held", "deferred", "dropped", "cancelled"}
        parts = [part for _, part in told]
        assert parts == sorted(parts)
        assert parts[-1] == 1.0
        with database.read() as connection:
            backfilled = connection.execute(
                text(
                    "SELECT count(*) FROM run_done r JOIN event e"
                    " ON e.bucket = r.bucket AND e.person = r.person AND e.id = r.occasion_event WHERE e.backfill"
                )
            ).scalar_one()
            sent = connection.execute(text("SELECT count(*) FROM sandbox_message WHERE NOT inbound")).scalar_one()
            emails = connection.execute(
                text(
                    "SELECT j.slug, s.html FROM sandbox_message s JOIN outbox o ON o.abucket = s.abucket AND o.id = s.message"
                    " JOIN journey j ON j.id = o.journey WHERE s.channel = 'email'"
                )
            ).all()
            library = connection.execute(text("SELECT name FROM email_draft ORDER BY name")).scalars().all()
            levels = connection.execute(
                select(level(engagement, literal(UNTIL).cast(Instant))).where(engagement.c.channel == "email")
            )
            spread = Counter(levels.scalars())
            members = connection.execute(
                text(
                    "SELECT s.name, count(m.person) AS n FROM segment s LEFT JOIN segment_member m ON m.segment = s.id"
                    " GROUP BY s.name"
                )
            )
            segments = {row.name: row.n for row in members}
        carts = [row.html for row in emails if row.slug == "abandoned-cart"]
        assert carts
        for html in carts:
            assert KIT.button in html
            assert "cart" in html
        assert any("$" in html and "LANTERN" in html for html in carts), "lines with prices, and an invitation to texts"
        assert library == [
            "cart-a-closer-look", "cart-last-note", "cart-still-right-for-you", "cart-what-you-left",
            "checkout-anything-to-clear-up", "checkout-did-something-go-wrong", "checkout-last-note",
            "checkout-still-what-you-want", "thank-you", "we-have-your-order",
            "win-back-best-sellers", "win-back-last-offer", "win-back-what-may-fit", "win-back-what-you-left",
        ]  # fmt: skip
        assert min(spread[name] for name in ("engaged", "cooling", "unengaged")) > 5, spread
        assert set(segments) == set(ready())
        assert sum(n > 0 for n in segments.values()) >= 7, segments
        assert backfilled == 0
        assert demo.seen == sent == sum(summary.messages.values())
        assert carried(database, lambda *_: None)[0] == summary  # there is nothing to do
        with pytest.raises(AntiphonError, match="has people already"):
            carried(database, lambda *_: None, replace(PLAN, seed=4))
        again = resume(database)
        assert again is not None
        assert (again.plan, again.shop, again.seen, again.write_key) == (PLAN, demo.shop, demo.seen, demo.write_key)
    with emptied(server, "demo_two") as database:
        assert resume(database) is None
        twin, _ = carried(database, lambda *_: None)
    assert twin == summary


def test_a_demo_that_was_broken_off_is_begun_anew(server: str) -> None:
    def stop(_: str, part: float) -> None:
        if part > 0.4:
            raise BrokenOffError

    with emptied(server, "antiphon_broken_off") as database:
        with pytest.raises(BrokenOffError):
            carried(database, stop)
        summary, _ = carried(database, lambda _, __: None)
        assert summary.clean
        with database.read() as connection:
            versions = connection.execute(text("SELECT max(number) FROM journey_version")).scalar_one()
        assert versions == 1
