"""Erasing one person, wherever they are at that moment: nothing of them remains, leaves afterwards, or comes back."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.conftest import NOON
from tests.emptying import empty
from tests.integration.engine.shop import ShopUnderTest, open_shop
from tests.statements import import_tables

from antiphon.addresses.erased import hasher
from antiphon.delivery.touches import Touch, keep
from antiphon.engine.commands import carry_out, run_commands, submit
from antiphon.intake.inbound import receive_text
from antiphon.intake.judging import judge
from antiphon.intake.optout import opt_out
from antiphon.intake.resolve import resolve
from antiphon.people.identifiers import EMAIL
from antiphon.privacy import erase as erasing
from antiphon.privacy import queries
from antiphon.privacy.subject import preview
from antiphon.store.db import Database
from antiphon.store.schema import metadata

EMAIL_OF, PHONE_OF = "ann@example.com", "+12125550101"
#: What must not be found anywhere any more.
TRACES = ("ann@example.com", "5550101", "Featherstone", "ann-7", "device-of-ann", "cart-of-ann")


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)


def ann(shop: ShopUnderTest) -> int:
    found = shop.one("SELECT person FROM identifier WHERE value = 'ann-7'")
    assert found is not None
    return int(found)


def erase(shop: ShopUnderTest, person: int) -> dict[str, Any]:
    return carry_out(shop.db, "person.erase", {"person": person}, "test", shop.now)


def traces(shop: ShopUnderTest, *more: str) -> list[str]:
    """Where anything of Ann stands, table by table."""
    import_tables()
    words = [*TRACES, *more]
    found = []
    with shop.db.begin("test") as connection:
        # what no row holds in any form is asked of each table once: words times tables took longer than what is tested
        counts = ", ".join(f"count(*) FILTER (WHERE row ILIKE :like{n}) AS n{n}" for n in range(len(words)))
        some = " OR ".join(f"row ILIKE :like{n}" for n in range(len(words)))
        likes = {f"like{n}": f"%{word}%" for n, word in enumerate(words)}
        tables = sorted(metadata.tables)
        each = [
            f"(SELECT '{name}', {counts} FROM (SELECT t::text AS row FROM {name} t) r WHERE {some})" for name in tables
        ]
        for name, *numbers in connection.execute(text(" UNION ALL ".join(each)), likes):
            found += [f"{name}: {word} ({n})" for word, n in zip(words, numbers, strict=True) if n]
    return found


def lives(shop: ShopUnderTest) -> None:
    """Ann has a history: traits, a device, both channels, a cart that is about to be written about; Bob is beside her."""
    shop.playbook("abandoned-cart")
    shop.arrive(
        "identify",
        {"userId": "ann-7", "anonymousId": "device-of-ann", "traits": {"lastName": "Featherstone", "state": "TX"}},
    )
    shop.reachable("ann-7", EMAIL_OF, PHONE_OF)
    shop.reachable("bob", "bob@example.com")
    for who in ("ann-7", "bob"):
        shop.leaves_cart(who, f"cart-of-{who[:3]}")
    shop.settle()


def sent_to(shop: ShopUnderTest, *words: str) -> int:
    return sum(int(shop.one("SELECT count(*) FROM sandbox_message WHERE address = :w", w=word)) for word in words)


@pytest.mark.parametrize("hours", [0, 1, 5, 30])
def test_nothing_remains_whenever_it_comes(shop: ShopUnderTest, hours: int) -> None:
    lives(shop)
    shop.passes(timedelta(hours=hours), timedelta(minutes=30))
    shop.does("ann-7", "Product Viewed", product_id="p2")  # waits, unresolved
    shop.arrive("consent", {"channel": "email", "address": EMAIL_OF, "state": "perhaps"})  # will be set aside
    resolve(shop.db, shop.now - timedelta(hours=1))
    before = int(shop.one("SELECT count(*) FROM outbox"))
    result = erase(shop, ann(shop))
    assert result["erased"]
    assert traces(shop) == []
    assert shop.one("SELECT count(*) FROM outbox") == before  # counts remain
    assert shop.one("SELECT count(*) FROM outbox WHERE person = 0 AND state IN ('planned','due','claimed','held')") == 0
    assert shop.one("SELECT count(*) FROM identifier WHERE value = 'bob'") == 1
    shop.passes(timedelta(days=3), timedelta(hours=1))
    assert traces(shop) == []
    assert sent_to(shop, EMAIL_OF, PHONE_OF) == 0
    if hours < 30:
        assert sent_to(shop, "bob@example.com") >= 1


def test_erasing_twice_is_harmless_and_so_is_erasing_nobody(shop: ShopUnderTest) -> None:
    lives(shop)
    person = ann(shop)
    erase(shop, person)
    suppressed = shop.rows("SELECT * FROM suppression ORDER BY address")
    assert not erase(shop, person)["erased"]
    assert not erase(shop, 4711)["erased"]
    assert shop.rows("SELECT * FROM suppression ORDER BY address") == suppressed


def test_the_address_stays_barred_after_it_is_imported_again(shop: ShopUnderTest) -> None:
    lives(shop)
    erase(shop, ann(shop))
    shop.now += timedelta(days=1)
    body = {"userId": "new-id", "channel": "email", "address": EMAIL_OF, "purposes": ["marketing"]}
    shop.arrive("consent", body | {"state": "subscribed", "method": "import", "effectiveAt": NOON.isoformat()})
    shop.arrive("consent", body | {"state": "subscribed", "method": "import", "effectiveAt": shop.now.isoformat()})
    shop.leaves_cart("new-id", "c-new")
    shop.passes(timedelta(days=2), timedelta(hours=1))
    rows = shop.rows("SELECT state, rule FROM outbox WHERE address = :a", a=EMAIL_OF)
    assert rows
    assert {tuple(row) for row in rows} == {("cancelled", "suppression.erased")}
    assert sent_to(shop, EMAIL_OF) == 0


def test_what_was_agreed_to_before_the_erasure_does_not_count(shop: ShopUnderTest) -> None:
    lives(shop)
    erase(shop, ann(shop))
    body = {"userId": "new-id", "channel": "email", "address": EMAIL_OF, "purposes": ["marketing"]}
    at = (NOON - timedelta(days=30)).isoformat()
    shop.now += timedelta(days=1)
    shop.arrive("consent", body | {"state": "subscribed", "method": "web form", "effectiveAt": at})
    shop.settle()
    assert (
        shop.one("SELECT state FROM consent WHERE address = :a AND purpose = 'marketing'", a=EMAIL_OF) == "unsubscribed"
    )


def test_only_the_persons_own_act_opens_the_address_again(shop: ShopUnderTest) -> None:
    lives(shop)
    erase(shop, ann(shop))
    shop.now += timedelta(days=1)
    shop.reachable("ann-again", EMAIL_OF)
    shop.leaves_cart("ann-again", "c-new")
    shop.passes(timedelta(days=2), timedelta(hours=1))
    assert sent_to(shop, EMAIL_OF) >= 1


def test_an_opt_out_of_an_erased_address_brings_nothing_back(shop: ShopUnderTest) -> None:
    lives(shop)
    erase(shop, ann(shop))
    shop.now += timedelta(hours=1)
    opt_out(shop.db, "email", EMAIL_OF, "one-click", "link", shop.now)
    receive_text(shop.db, PHONE_OF, "+15550100", "STOP", shop.now)
    shop.settle()
    assert [each for each in traces(shop) if not each.startswith(("sandbox_message", "inbound_text"))] == []
    assert shop.one("SELECT max(hits) FROM suppression") > 1


def test_a_harder_reason_stays_the_reason(shop: ShopUnderTest) -> None:
    lives(shop)
    opt_out(shop.db, "email", EMAIL_OF, "hard bounce", "mail server", shop.now)
    erase(shop, ann(shop))
    with shop.db.read() as connection:
        name = hasher(connection).of(EMAIL_OF)
    assert shop.one("SELECT reason FROM suppression WHERE address = :a", a=name) == "hard bounce"


def test_an_address_that_somebody_else_holds_stays_theirs_and_is_barred(shop: ShopUnderTest) -> None:
    lives(shop)
    shop.consents("bob", "sms", PHONE_OF, "marketing")
    shop.settle()
    with shop.db.read() as connection:
        found = preview(connection, ann(shop))
    assert found is not None
    assert found.subject.shared == {("sms", PHONE_OF)}
    erase(shop, ann(shop))
    assert shop.one("SELECT reason FROM suppression WHERE address = :a", a=PHONE_OF) == "erased"
    assert shop.one("SELECT count(*) FROM person_address WHERE address = :a", a=PHONE_OF) == 1
    shop.does("bob", "Order Completed", total=5)
    shop.arrive("identify", {"userId": "bob", "traits": {"phone": PHONE_OF}})
    shop.settle()
    assert shop.one("SELECT count(*) FROM identifier WHERE value = :a", a=PHONE_OF) == 1


def test_who_was_merged_is_gone_under_either_name(shop: ShopUnderTest) -> None:
    lives(shop)
    shop.arrive("identify", {"userId": "ann-old", "traits": {"lastName": "Featherstone"}})
    shop.settle()
    old = int(shop.one("SELECT person FROM identifier WHERE value = 'ann-old'"))
    carry_out(shop.db, "people.merge", {"person": ann(shop), "other": old}, "test", shop.now)
    survivor = ann(shop)
    gone = shop.one("SELECT person FROM alias WHERE to_person = :p", p=survivor)
    assert erase(shop, int(gone))["person"] == survivor
    assert traces(shop, "ann-old") == []


def test_a_command_of_a_merge_after_the_erasure_finds_nobody(shop: ShopUnderTest) -> None:
    lives(shop)
    person, bob = ann(shop), int(shop.one("SELECT person FROM identifier WHERE value = 'bob'"))
    submit(shop.db, "person.erase", {"person": person}, "test", shop.now)
    submit(shop.db, "people.merge", {"person": person, "other": bob}, "test", shop.now)
    run_commands(shop.db, shop.now)
    first, second = shop.rows("SELECT result, error FROM command ORDER BY id")
    assert first.error is None
    assert "no person" in second.error
    assert traces(shop) == []


@pytest.mark.parametrize("place", ["claimed", "rendered", "handing", "sent", "settled"])
def test_in_the_middle_of_a_dispatch(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """The erasure comes between two commits of dispatch: what has not reached the provider never does."""
    lives(shop)
    person = ann(shop)
    done: list[dict[str, Any]] = []

    def erase_here(name: str) -> None:
        if name == place and not done and shop.one("SELECT count(*) FROM outbox WHERE person = :p", p=person):
            done.append(erase(shop, person))

    monkeypatch.setattr(shop.engine.dispatcher, "checkpoint", erase_here)
    shop.passes(timedelta(days=3), timedelta(hours=1))
    assert done
    assert traces(shop) == []
    assert sent_to(shop, EMAIL_OF, PHONE_OF) == 0


def test_beside_workers_that_never_rest(shop: ShopUnderTest) -> None:
    """Erasures while ticks, resolving and dispatch go on in another thread: no deadlock, no crash, nobody comes back."""
    shop.playbook("abandoned-cart")
    names = [f"ann-7{n}" for n in range(8)]
    for n, name in enumerate(names):
        shop.reachable(name, f"ann@example.com{n}.org", f"+1212555010{n}")
        shop.leaves_cart(name, f"cart-of-ann-{n}")
    shop.settle()
    people = [int(shop.one("SELECT person FROM identifier WHERE value = :v", v=name)) for name in names]
    stop, wrong = threading.Event(), []

    def work() -> None:
        try:
            while not stop.is_set():
                shop.now += timedelta(minutes=20)
                shop.engine.cycle(shop.now)
        except Exception as error:  # noqa: BLE001
            wrong.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for person in people:
            carry_out(shop.db, "person.erase", {"person": person}, "test", shop.now)
    finally:
        stop.set()
        worker.join(60)
    assert not wrong
    shop.settle()
    assert shop.one("SELECT count(*) FROM command WHERE error IS NOT NULL") == 0
    assert traces(shop) == []


def erase_with(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch, other: Callable[[], Any]) -> None:
    """Erase Ann, while something else begins between the look at what waits and her own rows."""
    beside = threading.Thread(target=other)
    forget = erasing._forget_arrivals

    def forget_and_let_others_go_on(*given: Any) -> int:
        found = forget(*given)
        beside.start()
        beside.join(3)
        return found

    monkeypatch.setattr(erasing, "_forget_arrivals", forget_and_let_others_go_on)
    erase(shop, ann(shop))
    beside.join(60)
    assert not beside.is_alive()
    shop.settle()
    assert traces(shop) == []


def test_what_a_journey_is_about_to_write_does_not_come_back(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.publish(
        "journey: writes\nname: Writes\ntrigger: {event: Started}\nsteps:\n"
        "  - {id: write, type: update, set: {tier: gold}, leave: [email]}\n  - {id: rest, type: wait, for: 30d}\n"
    )
    lives(shop)
    shop.does("ann-7", "Started")
    resolve(shop.db, shop.now)
    shop.engine.ticker.tick(shop.now)
    assert shop.one("SELECT count(*) FROM errand WHERE state = 'open'") == 1
    erase_with(shop, monkeypatch, lambda: shop.engine.errands.carry_on(shop.now))


def test_what_is_judged_just_then_does_not_come_back(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.publish(
        "journey: greets\nname: Greets\ntrigger: {event: Started}\nsteps:\n"
        "  - {id: greet, type: message, channels: [email], content: {email: {subject: Hi, mjml: <mj-section/>}}}\n"
    )
    lives(shop)
    shop.does("ann-7", "Started")
    shop.settle()
    (message,) = shop.rows("SELECT abucket, id FROM outbox WHERE address = :to", to=EMAIL_OF)
    keep(shop.db, Touch(message.abucket, message.id, "open", 0, "GET", shop.now, "Mozilla/5.0 Firefox", False, None))
    shop.now += timedelta(minutes=1)
    erase_with(shop, monkeypatch, lambda: judge(shop.db, shop.now))


_STEPS = st.lists(
    st.sampled_from(["identify", "cart", "order", "device", "stop", "consent", "erase", "time", "settle"]), max_size=14
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=_STEPS)
def test_whatever_happened_before(prepared: Database, steps: list[str]) -> None:
    """Any order of things: after an erasure with nothing new behind it, no table knows the person."""
    empty(prepared, NOON)
    for shop in open_shop(prepared):
        shop.playbook("abandoned-cart")
        for step in [*steps, "settle", "erase", "time"]:
            _take(shop, step)
        assert [each for each in traces(shop) if not each.startswith(("sandbox_message", "inbound_text"))] == []


def _take(shop: ShopUnderTest, step: str) -> None:
    def consent() -> None:
        shop.consents("ann-7", "sms", PHONE_OF, "marketing", "cart")
        shop.consents("ann-7", "email", EMAIL_OF)

    def everybody() -> None:
        for row in shop.rows("SELECT DISTINCT person FROM identifier"):
            erase(shop, int(row.person))

    named = {"userId": "ann-7", "traits": {"lastName": "Featherstone", "email": EMAIL_OF}}
    acts: dict[str, Callable[[], object]] = {
        "identify": lambda: shop.arrive("identify", named),
        "cart": lambda: shop.leaves_cart("ann-7", "cart-of-ann"),
        "order": lambda: shop.does("ann-7", "Order Completed", total=40, cart_id="cart-of-ann"),
        "device": lambda: shop.arrive("identify", {"userId": "ann-7", "anonymousId": "device-of-ann"}),
        "stop": lambda: opt_out(shop.db, "sms", PHONE_OF, "stop", "test", shop.now),
        "consent": consent,
        "time": lambda: shop.passes(timedelta(hours=4), timedelta(hours=1)),
        "settle": shop.settle,
        "erase": everybody,
    }
    acts[step]()


def test_every_table_that_names_a_person_is_erased() -> None:
    """A new table keyed by a person's bucket must be listed, or an erasure would leave it."""
    import_tables()
    keyed = {
        name for name, table in metadata.tables.items() if "person" in table.c and "bucket" in table.primary_key.columns
    }
    assert keyed - {"alias"} == set(queries.PERSONAL)


def test_the_log_tells_who_erased_whom_and_no_name(shop: ShopUnderTest) -> None:
    lives(shop)
    person = ann(shop)
    erase(shop, person)
    row = shop.rows("SELECT who, area, about, after FROM audit WHERE what = 'person erased'")[0]
    assert (row.who, row.area, row.about) == ("test", "privacy", f"person {person}")
    assert row.after["counts"]["event"] >= 1


def test_preview_counts_and_kinds(shop: ShopUnderTest) -> None:
    lives(shop)
    with shop.db.read() as connection:
        found = preview(connection, ann(shop))
        assert preview(connection, 4711) is None
    assert found is not None
    assert (EMAIL, EMAIL_OF) in found.subject.keys
    assert set(found.subject.addresses) == {("email", EMAIL_OF), ("sms", PHONE_OF)}
    assert found.counts["event"] >= 1
