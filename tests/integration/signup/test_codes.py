"""Codes that units promise: given once to a person, not before their address is confirmed, told by a message and a page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.integration.signup.conftest import WELCOME, Counter

from antiphon.catalogue.offers.filling import bring
from antiphon.catalogue.offers.managing import checked, delete, save, users
from antiphon.engine.engine import Engine
from antiphon.intake.inbound import receive_text
from antiphon.intake.optout import opt_out
from antiphon.kit.errors import AntiphonError
from antiphon.signup.source import UnitError
from antiphon.store.audit import COMMAND_LINE

PHONE, SENDER = "+12125550187", "+12125550100"


@pytest.fixture
def shop(counter: Counter) -> Counter:
    """Its clock is the database's, for confirmations are ordered by that."""
    counter.now = datetime.now(UTC)
    with counter.db.begin("test") as connection:
        connection.execute(text("UPDATE brand SET from_phone = :phone, postal_address = 'A 1'"), {"phone": SENDER})
    return counter


def offering(shop: Counter, done: str = "offer: few", codes: int = 3, confirm: str = "", **values: object) -> None:
    """A pool ``few`` and the unit that names it."""
    save(shop.db, checked({"name": "few", "title": "Few", "kind": "pool", **values}), shop.now, COMMAND_LINE)
    if codes:
        bring(shop.db, "few", "\n".join(f"FEW-{n}" for n in range(1, codes + 1)).encode(), shop.now, COMMAND_LINE)
    source = re.sub(r"coupon: \w+", done, WELCOME)
    if confirm:
        source = source.replace("{email: link, sms: reply}", confirm).replace("[marketing, cart]", "[marketing]")
    shop.publish(source)


def signs_up(shop: Counter, email: str = "", phone: str = "", device: str = "d" * 24) -> dict[str, object]:
    """Through the whole form; returns its last answer."""
    drawn = shop.opens(device=device)
    fields = {"email": email, "agreed": "yes"} if email else {"skip": "yes"}
    drawn = shop.sends(drawn, "email", **fields)
    fields = {"phone": phone, "country": "US", "agreed": "yes"} if phone else {"skip": "yes"}
    return shop.sends(drawn, "phone", **fields)


def settles(shop: Counter) -> None:
    engine = Engine(shop.db, shop.context.signer, base_url="http://127.0.0.1:8420", worker="test")
    engine.settle(datetime.now(UTC) + timedelta(seconds=1))
    engine.close()


def confirms(shop: Counter, address: str) -> str:
    """Presses the button behind the link of the email; returns the page that comes then."""
    (mail,) = shop.rows("SELECT html FROM sandbox_message WHERE address = :to AND html LIKE '%/confirm/%'", to=address)
    (path,) = re.findall(r"http://127.0.0.1:8420(/confirm/[\w.=~-]+)", mail.html)[:1]
    return str(shop.browser.post(path).text)


def given(shop: Counter) -> list[str]:
    return [row.code for row in shop.rows("SELECT code FROM coupon_given ORDER BY code")]


def told(shop: Counter) -> dict[str, str]:
    """The words of the messages that tell codes, by address."""
    rows = shop.rows("SELECT address, body FROM sandbox_message WHERE body LIKE '%FEW-%' OR body LIKE '%WELCOME%'")
    return {row.address: row.body for row in rows}


def test_nobody_gets_a_code_before_they_confirmed(shop: Counter) -> None:
    offering(shop, valid_days=5)
    drawn = shop.opens()
    assert "FEW" not in str(drawn)
    assert (drawn["steps"][-1]["code"], "coupon" in drawn["steps"][-1]) == ("after", False)
    signs_up(shop, "ann@example.com")
    settles(shop)
    assert given(shop) == []
    assert shop.rows("SELECT 1 FROM coupon_wish") == []
    page = confirms(shop, "ann@example.com")
    assert "on its way to ann@example.com" in page
    settles(shop)
    assert given(shop) == ["FEW-1"]
    assert re.search(r"FEW-1\s+It is good until \d+ \w+ 20\d\d", told(shop)["ann@example.com"])
    assert shop.rows("SELECT 1 FROM coupon_wish") == []
    (mail,) = shop.rows("SELECT html FROM sandbox_message WHERE html LIKE '%FEW-1%'")
    assert "/preferences/" in mail.html
    assert "A 1" in mail.html


def test_one_person_in_two_forms_at_once_gets_one_code(shop: Counter) -> None:
    offering(shop)
    for _ in range(2):
        signs_up(shop, "ann@example.com", PHONE)
    settles(shop)
    confirms(shop, "ann@example.com")
    receive_text(shop.db, PHONE, SENDER, "YES")
    settles(shop)
    assert given(shop) == ["FEW-1"]
    assert {address: "FEW-1" in body for address, body in told(shop).items()} == {
        "ann@example.com": True, PHONE: True,
    }  # fmt: skip
    assert len(shop.rows("SELECT 1 FROM sandbox_message WHERE body LIKE '%FEW-1%'")) == 2


def test_who_confirmed_before_gets_theirs_by_message_and_never_a_second(shop: Counter) -> None:
    offering(shop, done="coupon: WELCOME10")
    signs_up(shop, "ann@example.com")
    settles(shop)
    assert "WELCOME10" in confirms(shop, "ann@example.com")
    settles(shop)
    offering(shop)
    for device in ("e" * 24, "f" * 24):
        answer = signs_up(shop, "ann@example.com", device=device)
        assert "FEW" not in str(answer)
        settles(shop)
    assert given(shop) == ["FEW-1"]
    assert len(shop.rows("SELECT 1 FROM sandbox_message WHERE body LIKE '%FEW-1%'")) == 1


def test_a_dry_pool_keeps_its_promise_when_it_is_filled(shop: Counter) -> None:
    offering(shop, codes=1)
    for name in ("ann", "ben"):
        signs_up(shop, f"{name}@example.com", device=name * 8)
    settles(shop)
    for name in ("ann", "ben"):
        confirms(shop, f"{name}@example.com")
    settles(shop)
    assert given(shop) == ["FEW-1"]
    assert len(shop.rows("SELECT 1 FROM coupon_wish")) == 1
    bring(shop.db, "few", b"FEW-2", datetime.now(UTC), COMMAND_LINE)
    settles(shop)
    assert given(shop) == ["FEW-1", "FEW-2"]
    assert set(told(shop)) == {"ann@example.com", "ben@example.com"}


def test_who_leaves_while_a_pool_is_dry_gets_nothing(shop: Counter) -> None:
    offering(shop, codes=0)
    signs_up(shop, "ann@example.com")
    settles(shop)
    confirms(shop, "ann@example.com")
    settles(shop)
    opt_out(shop.db, "email", "ann@example.com", "one-click", "test")
    bring(shop.db, "few", b"FEW-1", datetime.now(UTC), COMMAND_LINE)
    settles(shop)
    assert given(shop) == []
    assert shop.rows("SELECT 1 FROM coupon_wish") == []


def test_a_promise_ends_after_a_week(shop: Counter) -> None:
    offering(shop, codes=0)
    signs_up(shop, "ann@example.com")
    settles(shop)
    confirms(shop, "ann@example.com")
    settles(shop)
    with shop.db.begin("test") as connection:
        connection.execute(text("UPDATE coupon_wish SET until = now() - interval '1 second'"))
    settles(shop)
    assert shop.rows("SELECT 1 FROM coupon_wish") == []


def test_where_nothing_is_confirmed_a_code_comes_at_once(shop: Counter) -> None:
    offering(shop, confirm="{email: none, sms: none}")
    assert shop.opens()["steps"][-1]["code"] == "coming"
    signs_up(shop, "ann@example.com")
    settles(shop)
    assert given(shop) == ["FEW-1"]
    assert "FEW-1" in told(shop)["ann@example.com"]


def test_a_shop_may_show_a_code_for_everybody_when_the_form_is_sent(shop: Counter) -> None:
    offering(shop, done="coupon: WELCOME10\n    when: sent")
    drawn = shop.opens()
    assert drawn["steps"][-1]["coupon"] == "WELCOME10"
    save(shop.db, checked({"name": "all", "title": "All", "kind": "static", "code": "ALL-10"}), shop.now, COMMAND_LINE)
    shop.publish(re.sub(r"coupon: \w+", "offer: all\n    when: sent", WELCOME))
    assert shop.opens()["steps"][-1]["coupon"] == "ALL-10"
    signs_up(shop, "ann@example.com")
    settles(shop)
    assert given(shop) == []
    confirms(shop, "ann@example.com")
    settles(shop)
    assert given(shop) == ["ALL-10"]  # theirs by name: reminders and redemptions count


def test_offers_that_a_unit_cannot_name(shop: Counter) -> None:
    with pytest.raises(UnitError, match="no offer `none`"):
        shop.publish(re.sub(r"coupon: \w+", "offer: none", WELCOME))
    offering(shop)
    with pytest.raises(UnitError, match="nobody gets before they confirmed"):
        shop.publish(re.sub(r"coupon: \w+", "offer: few\n    when: sent", WELCOME))
    with pytest.raises(UnitError, match="keep one of them"):
        shop.publish(re.sub(r"coupon: \w+", "offer: few\n    coupon: AB", WELCOME))
    with shop.db.read() as connection:
        assert users(connection, "few") == ["unit welcome"]
    with pytest.raises(AntiphonError, match="is used by unit welcome"):
        delete(shop.db, "few", shop.now, COMMAND_LINE)
