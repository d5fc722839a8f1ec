"""Welcome, on the virtual clock: the channel of the sign-up, then who answers where; spacing, offers, the last one, exits."""

from tests.conftest import NOON
from tests.integration.catalogue.offers.codes import made
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.journeys.playbooks.walk import (
    DAY,
    HOUR,
    MINUTE,
    act,
    clicks,
    gaps,
    got,
    leap,
    left,
    person,
    phone,
    shelf,
    signs_up,
    steps,
    switch_on,
    walk,
    way,
)

ARMS = {"Five touches": 1, "Four touches": 0}
APART = {"A day": 24 * HOUR, "Two days": 48 * HOUR}


def test_each_is_written_to_where_they_answer(shop: ShopUnderTest) -> None:
    switch_on(shop, "welcome")
    shelf(shop)
    both, texts, emails = ([f"{name}{n}" for n in range(4)] for name in ("ann", "bob", "cem"))
    for who in both + emails:
        shop.knows(who, timezone="America/New_York")
        shop.consents(who, "email", f"{who}@example.com")
    for who in texts:
        signs_up(shop, who, "sms")
    shop.settle()
    shop.now += 10 * MINUTE
    for who in both + emails:
        signs_up(shop, who, "sms")
    for who in texts:
        signs_up(shop, who, "email")
    script = [one for who in both for one in (*clicks(who, "email", 0.2), *clicks(who, "sms", 0.3))]
    script += [one for who in texts for one in clicks(who, "sms", 0.3)]
    script += [one for who in emails for one in clicks(who, "email", 0.3)]
    walk(shop, 19 * DAY, script)

    for who in both:
        fourth = ["text-4"] * ARMS[way(shop, who, "how-many")]
        assert steps(shop, who) == ["hello-email", "email-2", "text-2", "email-3", *fourth, "email-5"]
        found = got(shop, who)
        assert min(gaps(found)) >= 24 * HOUR
        assert found[2].at - found[1].at >= APART[way(shop, who, "apart")]
    for who in texts:
        fourth = ["email-4"] * ARMS[way(shop, who, "how-many")]
        assert steps(shop, who) == ["hello-text", "text-2", "text-3", *fourth, "text-5"]
    for who in emails:
        fourth = ["text-4"] * ARMS[way(shop, who, "how-many")]
        assert steps(shop, who) == ["hello-email", "email-2", "email-3", *fourth, "email-5"]
    everybody = both + texts + emails
    assert {way(shop, who, "how-many") for who in everybody} == set(ARMS)
    assert {way(shop, who, "apart") for who in both} == set(APART)
    assert {left(shop, who) for who in everybody} == {("finished", "done")}


def test_who_answers_nowhere_gets_a_last_offer_on_the_cheaper_channel_and_goes_on_to_the_sunset(
    shop: ShopUnderTest,
) -> None:
    switch_on(shop, "welcome")
    signs_up(shop, "dee", "email", "sms")
    signs_up(shop, "eve", "sms")
    signs_up(shop, "fay", "email")
    walk(shop, 45 * DAY, clicks("fay", "email", 22))
    for who in ("dee", "fay"):
        fourth = ["email-4"] * ARMS[way(shop, who, "how-many")]
        assert steps(shop, who) == ["hello-email", "email-2", "email-3", *fourth, "last-email"]
        assert min(gaps(got(shop, who))) >= 24 * HOUR
    assert steps(shop, "eve") == ["hello-text", "text-2", "text-3", "last-text"]
    asked = shop.rows("SELECT person, props->>'journey' AS journey, at FROM event WHERE name = 'Journey Requested'")
    dee, eve = (person(shop, who) for who in ("dee", "eve"))
    wanted = {(dee, "sunset-email"), (dee, "sunset-sms"), (eve, "sunset-email"), (eve, "sunset-sms")}
    assert {(row.person, row.journey) for row in asked} == wanted, "who clicked after the last offer stays"
    assert min(row.at for row in asked) - NOON >= 30 * DAY
    assert left(shop, "fay") == ("finished", "done")


def test_the_first_message_is_at_once_and_none_comes_before_consent(shop: ShopUnderTest) -> None:
    switch_on(shop, "welcome")
    shop.knows("ann", timezone="America/New_York", email="ann@example.com", phone=phone("ann"))
    shop.consents("ann", "email", "ann@example.com", state="pending")
    leap(shop, NOON + 2 * HOUR)
    assert got(shop, "ann", sent=False) == []
    signs_up(shop, "ann", "email")
    signs_up(shop, "bob", "sms")
    shop.settle()
    shop.now += 9 * HOUR
    signs_up(shop, "cem", "sms")
    leap(shop, NOON + 22 * HOUR)
    assert [(one.step, one.at) for one in got(shop, "ann")] == [("hello-email", 2 * HOUR)]
    assert [(one.step, one.at) for one in got(shop, "bob")] == [("hello-text", 2 * HOUR)]
    assert [(one.step, one.at) for one in got(shop, "cem")] == [("hello-text", 22 * HOUR)], "the night is quiet"


def test_an_order_ends_it_whatever_comes_first(shop: ShopUnderTest) -> None:
    switch_on(shop, "welcome")
    shop.does("bob", "Order Completed", NOON + MINUTE, order_id="o1")
    shop.settle()
    shop.now += 2 * MINUTE
    shop.consents("ann", "email", "ann@example.com")
    shop.arrive("consent", consent("bob"), NOON)
    walk(shop, 6 * DAY, [act(2.5, "ann", "Order Completed", order_id="o2")])
    assert got(shop, "bob", sent=False) == [], "the order came after the sign-up, and arrived before it"
    assert steps(shop, "ann") == ["hello-email", "email-2"]
    assert left(shop, "ann")[0] == "exited"


def consent(who: str) -> dict[str, object]:
    body: dict[str, object] = {
        "userId": who,
        "channel": "email",
        "address": f"{who}@example.com",
        "purposes": ["marketing"],
    }
    return body | {"state": "subscribed", "effectiveAt": NOON.isoformat(), "method": "web form"}


def test_who_knows_us_already_is_only_welcomed(shop: ShopUnderTest) -> None:
    switch_on(shop, "welcome")
    shop.does("ann", "Order Completed", NOON - 3 * DAY, order_id="o0")
    shop.settle()
    signs_up(shop, "ann", "sms")
    walk(shop, 5 * DAY)
    assert steps(shop, "ann") == ["hello-text"]
    assert left(shop, "ann") == ("finished", "done")


def test_the_code_is_told_and_the_last_offer_goes_further(shop: ShopUnderTest) -> None:
    made(shop.db, "ten", "static", code="TEN", title="First")
    made(shop.db, "more", "static", code="MORE", title="Second")
    made(shop.db, "welcome", "steps", title="A gift", steps=["ten", "more"])
    switch_on(shop, "welcome")
    signs_up(shop, "ann", "email")
    signs_up(shop, "bob", "sms")
    walk(shop, 20 * DAY)
    first, *_, last = got(shop, "bob")
    assert "A gift with code TEN." in first.words
    assert "A gift with MORE." in last.words
    subjects = [one.words for one in got(shop, "ann")]
    assert subjects[0] == "Welcome, Ann. Your code is inside"
    assert subjects[-1] == "A gift, if you like"
