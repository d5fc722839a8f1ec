"""What links in messages lead to: only people's clicks count, and only a POST opts out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.conftest import NOON
from tests.integration.delivery.rows import BASE_URL, SIGNER, Shop, dispatcher

from antiphon.content.links import TRAP, Subscription, unsubscribe_token
from antiphon.delivery import public
from antiphon.delivery.clicks import Click
from antiphon.delivery.touches import Touch
from antiphon.kit.errors import NotFoundError
from antiphon.kit.signing import Signer
from antiphon.store.db import Database

MAIL, PHONE = "ann@example.com", "+12125550101"
CART = "https://shop.example/cart?a=1&b=%20x"
LED = "&visitor=1"
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"


@dataclass
class Application:
    """What the public pages need, keeping what they hand over."""

    database: Database
    signer: Signer = SIGNER
    touches: list[Touch] = field(default_factory=list)
    left: list[tuple[Subscription, datetime]] = field(default_factory=list)

    def clock(self) -> datetime:
        return NOON

    def lead(self, click: Click) -> str:
        return click.url + LED

    def keep_touch(self, touch: Touch) -> None:
        self.touches.append(touch)

    def opt_out(self, out: Subscription, at: datetime) -> None:
        self.left.append((out, at))


@pytest.fixture
def application(db: Database) -> Application:
    return Application(db)


@pytest.fixture
def client(application: Application) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.context = application
    app.include_router(public.router)
    with TestClient(app, base_url=BASE_URL, follow_redirects=False) as client:
        client.headers["user-agent"] = BROWSER
        yield client


@pytest.fixture
def links(db: Database) -> dict[str, str]:
    """The link of an email and of a text that were really sent."""
    shop = Shop(db)
    shop.react(NOON)
    ann = shop.person(first_name="Ann")
    shop.event(ann, "Cart Abandoned", NOON - timedelta(minutes=30), 5, cart_url=CART)
    shop.subscribe(MAIL, PHONE)
    for address in (MAIL, PHONE):
        shop.plan(address, person=ann, purpose="cart", occasion_event=5)
    dispatcher(db).run_once(NOON)
    return {row["channel"]: re.findall(r"https://go\.example\.com/c/[\w-]+", row["body"])[0] for row in shop.sandbox()}


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_click_leads_on_and_is_kept_until_it_is_judged(
    client: TestClient, application: Application, links: dict[str, str], channel: str
) -> None:
    answer = client.get(links[channel])
    assert (answer.status_code, answer.headers["location"]) == (302, CART + LED)
    (touch,) = application.touches
    assert (touch.kind, touch.link, touch.method, touch.at) == ("click", 0, "GET", NOON)
    assert (touch.agent, touch.self_told, touch.caller is None) == (BROWSER, False, False)


def test_machines_are_led_on_without_a_token(
    client: TestClient, application: Application, links: dict[str, str]
) -> None:
    answers = [
        client.head(links["email"]),
        client.get(links["email"], headers={"user-agent": "Barracuda Sentinel"}),
        client.get(links["email"], headers={"sec-purpose": "prefetch"}),
    ]
    assert [(a.status_code, a.headers["location"]) for a in answers] == [(302, CART)] * 3
    assert [(t.method, t.self_told) for t in application.touches] == [("HEAD", False), ("GET", False), ("GET", True)]


def test_an_email_tells_that_it_was_opened_and_hides_a_link(
    client: TestClient, application: Application, links: dict[str, str], db: Database
) -> None:
    (html,) = (row["html"] for row in Shop(db).sandbox() if row["channel"] == "email")
    (picture,) = re.findall(r'<img src="(https://go\.example\.com/o/[\w-]+)"', html)
    (hidden,) = re.findall(r'<div aria-hidden="true" style="display:none;[^"]*"><a href="([^"]*)" tabindex="-1">', html)
    answer = client.get(picture)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content[:6] == b"GIF89a"
    assert client.get(hidden).status_code == 204
    assert [(t.kind, t.link) for t in application.touches] == [("open", 0), ("click", TRAP)]
    changed = picture[:-2] + ("AA" if picture[-2:] != "AA" else "BB")
    with pytest.raises(NotFoundError):
        client.get(changed)
    assert len(application.touches) == 2


def test_a_link_that_is_not_ours_leads_nowhere(
    client: TestClient, application: Application, links: dict[str, str]
) -> None:
    own = links["email"]
    changed = own[:-3] + ("A" if own[-3] != "A" else "B") + own[-2:]
    for url in (changed, f"{BASE_URL}/c/x", f"{BASE_URL}/u/x"):
        with pytest.raises(NotFoundError):
            client.get(url)
    assert application.touches == []


@pytest.fixture
def way_out() -> str:
    return "/u/" + unsubscribe_token(SIGNER, Subscription("email", "o'neil+<x>@example.com", 1, 7))


def test_looking_at_the_way_out_changes_nothing(client: TestClient, application: Application, way_out: str) -> None:
    answer = client.get(way_out)
    assert answer.status_code == 200
    assert "o&#x27;neil+&lt;x&gt;@example.com" in answer.text
    assert "<form" in answer.text
    assert client.head(way_out).status_code == 200
    assert application.left == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_mailbox_provider_opts_out_by_one_post(
    client: TestClient, application: Application, way_out: str, times: int
) -> None:
    for _ in range(times):
        answer = client.post(
            way_out,
            content=b"List-Unsubscribe=One-Click",
            headers={"content-type": "application/x-www-form-urlencoded", "user-agent": "python-requests"},
        )
        assert (answer.status_code, answer.content) == (200, b"")
    assert application.left == [(Subscription("email", "o'neil+<x>@example.com", 1, 7), NOON)] * times


def test_the_same_as_multipart(client: TestClient, application: Application, way_out: str) -> None:
    assert client.post(way_out, files={"List-Unsubscribe": (None, "One-Click")}).status_code == 200
    assert len(application.left) == 1


def test_the_button_of_the_page_opts_out_and_says_so(
    client: TestClient, application: Application, way_out: str
) -> None:
    form = dict(re.findall(r'name="([^"]+)" value="([^"]+)"', client.get(way_out).text))
    answer = client.post(way_out, data=form)
    assert "You are unsubscribed" in answer.text
    assert len(application.left) == 1


@pytest.mark.parametrize("data", [{}, {"List-Unsubscribe": "Two-Click"}, {"page": "1"}])
def test_a_post_that_says_something_else_does_nothing(
    client: TestClient, application: Application, way_out: str, data: dict[str, str]
) -> None:
    assert client.post(way_out, data=data).status_code == 400
    assert application.left == []
