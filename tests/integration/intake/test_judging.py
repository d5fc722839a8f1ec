"""Touches become events a few seconds later, with who is judged to have done it; each one once."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.intake.judging import judge
from antiphon.kit.config import Config
from antiphon.kit.signing import Signer
from antiphon.store.db import Database
from antiphon.web.app import create_app
from antiphon.web.context import WebContext

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
JOURNEY = """\
journey: told
name: Told
trigger: {event: Asked, key: key}
reentry: {mode: each_key}
exits: [{event: Email Clicked}]
steps:
  - {id: write, type: message, channels: [email], content: {email: {subject: Hi, mjml: "<mj-section><mj-column><mj-text>
     <a href='https://a.example/1'>1</a> <a href='https://a.example/2'>2</a> <a href='https://a.example/3'>3</a>
     <a href='https://a.example/4'>4</a></mj-text></mj-column></mj-section>"}}}
  - {id: rest, type: wait, for: 30d}
"""


class Mailed:
    """A message that ann got, and her ways to touch it at an instant of the virtual clock."""

    def __init__(self, shop: ShopUnderTest) -> None:
        self.shop = shop
        shop.publish(JOURNEY)
        shop.reachable("ann", email="ann@x.com")
        shop.does("ann", "Asked", key="k")
        shop.passes(timedelta(days=1), timedelta(hours=2))
        self.html: str = shop.one("SELECT html FROM sandbox_message")
        self.sent_at: datetime = shop.one("SELECT accepted_at FROM outbox WHERE state = 'accepted'")
        context = WebContext(shop.db, Signer(b"x" * 32), Config(), clock=lambda: shop.now)
        self.client = TestClient(create_app(context), base_url="https://shop.example", follow_redirects=False)
        links = re.findall(r'<a href="https://shop\.example(/c/[\w-]+)"', self.html)
        self.links, self.hidden = links[:4], links[-1]
        found = re.search(r'https://shop\.example(/o/[\w-]+)"', self.html)
        assert found
        self.picture = found[1]

    def touch(self, path: str, seconds: float, agent: str = CHROME, method: str = "GET") -> None:
        self.shop.now = self.sent_at + timedelta(seconds=seconds)
        assert self.client.request(method, path, headers={"user-agent": agent}).status_code in {200, 204, 302}

    def events(self, seconds: float = 3) -> list[Any]:
        self.shop.now += timedelta(seconds=seconds)
        self.shop.settle()
        return self.shop.rows(
            "SELECT name, at, props FROM event WHERE name LIKE 'Email %' AND name NOT LIKE '% Subscribed' ORDER BY at, name"
        )


@pytest.fixture
def mailed(db: Database) -> Iterator[Mailed]:
    for shop in open_shop(db):
        yield Mailed(shop)


def test_a_click_is_an_event_once_it_could_be_judged(mailed: Mailed) -> None:
    mailed.touch(mailed.links[1], 600)
    assert mailed.events(2.9) == []
    assert judge(mailed.shop.db, mailed.shop.now).next_due == mailed.sent_at + timedelta(seconds=603)
    (found,) = mailed.events(0.1)
    assert (found.name, found.at) == ("Email Clicked", mailed.sent_at + timedelta(seconds=600))
    props = found.props
    assert (props["link"], props["url"], props["class"], props["score"]) == (1, "https://a.example/2", "human", 0)
    assert "machine" not in props
    assert judge(mailed.shop.db, mailed.shop.now).judged == 0
    assert len(mailed.events(60)) == 1
    assert mailed.shop.one("SELECT clicks FROM engagement WHERE channel = 'email'") == 1
    assert mailed.shop.one("SELECT outcome FROM run_done") == "exited"


def test_a_gateway_that_poses_as_a_browser_shows_by_what_it_does(mailed: Mailed) -> None:
    for number, link in enumerate([*mailed.links, mailed.hidden]):
        mailed.touch(link, 30 + number / 10)
    found = mailed.events()
    assert [(row.props["link"], row.props["machine"]) for row in found] == [(n, True) for n in range(4)]
    assert {row.props["score"] for row in found} == {6 + 4 + 4}
    row = mailed.shop.rows("SELECT machine, clicks, responses, last_at FROM engagement WHERE channel = 'email'")[0]
    assert tuple(row) == (4, 0, 0, None)
    assert mailed.shop.one("SELECT count(*) FROM event_total WHERE name = 'Email Clicked'") == 0
    assert mailed.shop.rows("SELECT 1 FROM run_done") == []  # no journey takes it for an answer


def test_opens_are_told_apart_and_are_no_responses(mailed: Mailed) -> None:
    mailed.touch(mailed.picture, 5)
    mailed.touch(mailed.picture, 700, "Mozilla/5.0")
    mailed.touch(mailed.picture, 800)
    mailed.touch(mailed.picture, 900)
    found = mailed.events()
    assert [(row.name, row.props["class"], row.props.get("why")) for row in found] == [
        ("Email Opened", "machine", ["too soon"]),  # one of a mail is kept: the first
        ("Email Opened", "human", None),
    ]
    row = mailed.shop.rows("SELECT opens, opened_at, machine, last_at, responses FROM engagement")[0]
    assert tuple(row) == (1, mailed.sent_at + timedelta(seconds=800), 1, None, 0)


def test_one_place_that_clicks_for_everybody_is_no_reader(mailed: Mailed) -> None:
    """Twenty others of ann's domain were clicked for from where her click comes from."""
    mailed.touch(mailed.links[0], 900)
    with mailed.shop.db.begin("test") as connection:
        caller = connection.execute(text("SELECT caller FROM touch")).scalar_one()
        connection.execute(
            text(
                "INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, "
                "step, occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, state, state_at, accepted_at) "
                "SELECT 0, n, gen_random_uuid(), 'p' || n || '@x.com', 'email', 1, 'marketing', 0, 1, 1, 1, 1, 's', '', :at, "
                "1, '{}', :at, :at, 'accepted', :at, :at FROM generate_series(1, 20) n"
            ),
            {"at": mailed.sent_at},
        )
        connection.execute(
            text(
                "INSERT INTO touch (abucket, message, kind, link, method, at, agent, self_told, caller, judged_at) "
                "SELECT 0, n, 'click', 0, 'GET', :at, 'x', false, :caller, :at FROM generate_series(1, 20) n"
            ),
            {"at": mailed.shop.now - timedelta(minutes=9), "caller": caller},
        )
    (found,) = mailed.events()
    assert (found.props["machine"], found.props["score"], found.props["why"]) == (True, 3, ["one place, many readers"])


def test_touches_are_forgotten_and_never_judged_for_the_erased(mailed: Mailed) -> None:
    mailed.touch(mailed.links[0], 600)
    with mailed.shop.db.begin("test") as connection:
        connection.execute(text("UPDATE outbox SET address = 'erased:x'"))
    assert mailed.events() == []
    assert mailed.shop.one("SELECT count(*) FROM touch") == 1
    mailed.touch(mailed.links[1], 600 + 3 * 3600)
    mailed.events()
    assert mailed.shop.one("SELECT count(*) FROM touch") == 1
