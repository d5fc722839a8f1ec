"""Whatever people do, in whatever order it arrives, whatever is published meanwhile: what no journey may ever do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import text
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.addresses.evidence import read_evidence
from antiphon.addresses.models import ConsentFact, as_of
from antiphon.kit.buckets import abucket_of
from antiphon.store.db import Database

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PEOPLE = st.integers(0, 2)
CART = """\
journey: cart
name: Cart
trigger: {{event: Cart Abandoned, key: abandonment_id}}
reentry: {{mode: each_key}}
exits: [{{event: Order Completed, match: cart_id}}, {{event: Cart Emptied, match: cart_id}}]
steps:
  - id: first
    type: message
    channels: [sms, email]
    purpose: cart
    urgent: true
    content: &content
      sms: {{text: "Lamps: your cart. {{{{ cart_url }}}}"}}
      email: {{subject: Your cart, mjml: <mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>}}
  - {{id: rest, type: wait, for: {rest}}}
  - {{id: rescue, type: recover, min_value: 0, content: {{sms: {{text: "Lamps: still yours. {{{{ cart_url }}}}"}}}}}}
  - {{id: second, type: message, channels: [email], purpose: cart, content: *content}}
"""
HELLO = """\
journey: hello
name: Hello
trigger: {{event: [Email Subscribed, SMS Subscribed]}}
steps:
  - {{id: arms, type: split, holdout: 20, paths: [{{name: A, share: 80, next: hi}}]}}
  - {{id: hi, type: message, channels: [sms, email], content: &content {{sms: {{text: "Lamps: hi"}},
     email: {{subject: Hi, mjml: <mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>}}}}}}
  - {{id: rest, type: wait, until: {{event: Order Completed}}, timeout: {rest}, next: over, otherwise: more}}
  - {{id: more, type: message, channels: [email, sms], content: *content, next: ''}}
  - {{id: over, type: enter, journey: thanks}}
"""
THANKS = """\
journey: thanks
name: Thanks
trigger: {{event: Order Completed, key: order_id}}
reentry: {{mode: after, gap: {rest}}}
steps:
  - {{id: rest, type: wait, until_local: "09:30"}}
  - {{id: thanks, type: message, channels: [email, sms], content: {{sms: {{text: "Lamps: thanks"}},
     email: {{subject: Thanks, mjml: <mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>}}}}}}
"""
Facts = dict[tuple[int, str], list[ConsentFact]]
JOURNEYS = {"cart": CART, "hello": HELLO, "thanks": THANKS}


class Lives(RuleBasedStateMachine):
    """Examples share a shop and its clock, which never goes back; people are their own."""

    shop: ClassVar[ShopUnderTest]
    examples: ClassVar[int] = 0
    orders: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).examples += 1
        self.names = [f"{self.examples}{name}" for name in ("ann", "bob", "cem")]
        self.emails = [f"{name}@example.com" for name in self.names]
        self.phones = [f"+1212555{self.examples:02d}{place:02d}" for place in range(3)]

    @initialize()
    def begin(self) -> None:
        for place in range(3):
            self.shop.knows(self.names[place], timezone=("America/New_York", "Asia/Kolkata", "Europe/Paris")[place])
        self.consents(0, sms=False, state="subscribed")
        self.consents(0, sms=True, state="subscribed")
        self.consents(1, sms=False, state="subscribed")
        self.passes(1)
        self.leaves(0, "a", 0)
        self.leaves(1, "a", 0)

    @rule(place=PEOPLE, sms=st.booleans(), state=st.sampled_from(["subscribed", "unsubscribed"]))
    def consents(self, place: int, sms: bool, state: str) -> None:
        address = (self.phones if sms else self.emails)[place]
        purposes = ("marketing", "cart") if sms else ("marketing",)
        self.shop.consents(self.names[place], "sms" if sms else "email", address, *purposes, state=state)

    @rule(place=PEOPLE, cart=st.sampled_from("ab"), late=st.sampled_from([0, 0, 20, 90, 3000]))
    def leaves(self, place: int, cart: str, late: int) -> None:
        self.shop.leaves_cart(self.names[place], f"{self.names[place]}-{cart}", self.shop.now - timedelta(minutes=late))

    @rule(place=PEOPLE, cart=st.sampled_from("ab"), late=st.sampled_from([0, 0, 45]))
    def orders_it(self, place: int, cart: str, late: int) -> None:
        type(self).orders += 1
        at = self.shop.now - timedelta(minutes=late)
        props: dict[str, Any] = {"cart_id": f"{self.names[place]}-{cart}", "order_id": f"o{self.orders}", "total": 40.0}
        self.shop.does(self.names[place], "Order Completed", at, **props)

    @rule(place=PEOPLE)
    def looks(self, place: int) -> None:
        self.shop.does(self.names[place], "Product Viewed", product_id="p1")

    @rule(hours=st.sampled_from([1, 2, 8, 20]))
    def passes(self, hours: int) -> None:
        self.shop.passes(hours * HOUR, hours * HOUR / (2 if hours < 9 else 4))

    @rule(name=st.sampled_from(list(JOURNEYS)), rest=st.sampled_from(["2h", "4h", "1d"]))
    def publishes(self, name: str, rest: str) -> None:
        self.shop.publish(JOURNEYS[name].format(rest=rest))

    def teardown(self) -> None:
        """All of it can be told from what was done: asked once, when the life is over."""
        self.passes(60)
        self.each_text_and_email_was_allowed()
        self.nobody_is_reminded_of_what_they_bought()
        self.entries_obey_the_entry_and_versions_stay()

    def each_text_and_email_was_allowed(self) -> None:
        for sms, address in [*((False, one) for one in self.emails), *((True, one) for one in self.phones)]:
            sent = self.sent(address)
            facts = self.facts(address)
            for row in sent:
                assert self.subscribed(facts, "marketing", row.at), "before consent, or after it ended"
                if sms and row.purpose == "cart":
                    assert self.subscribed(facts, "cart", row.at)
                    assert row.at <= row.occasion_at + 48 * HOUR
            carts = [row.occasion_key for row in sent if sms and row.purpose == "cart"]
            assert len(set(carts)) == len(carts), "one text for one abandonment"
            spacing = 24 * HOUR if sms else 3 * HOUR
            assert all(after.at - before.at >= spacing for before, after in pairwise(sent))
            assert len({row.key for row in sent}) == len(sent)

    def nobody_is_reminded_of_what_they_bought(self) -> None:
        for name, email, phone in zip(self.names, self.emails, self.phones, strict=True):
            bought = {
                row.cart: row.received_at
                for row in self.shop.rows(
                    "SELECT e.props->>'cart_id' AS cart, min(e.received_at) AS received_at FROM event e "
                    "WHERE e.name = 'Order Completed' AND e.props->>'cart_id' LIKE :cart GROUP BY 1",
                    cart=f"{name}-%",
                )
            }
            left = {
                row.id: row.cart
                for row in self.shop.rows(
                    "SELECT id, props->>'cart_id' AS cart FROM event WHERE name = 'Cart Abandoned' "
                    "AND props->>'cart_id' LIKE :cart",
                    cart=f"{name}-%",
                )
            }
            for row in (*self.sent(email), *self.sent(phone)):
                cart = left.get(row.occasion_event)
                if row.purpose == "cart" and cart in bought and bought[cart] > row.occasion_at:
                    assert row.at <= bought[cart]

    def entries_obey_the_entry_and_versions_stay(self) -> None:
        assert not self.shop.rows(
            "SELECT 1 FROM entry e JOIN journey j ON j.id = e.journey WHERE j.slug = 'hello' AND e.n > 1"
        )
        mixed = self.shop.rows("SELECT bucket, run FROM move GROUP BY bucket, run HAVING count(DISTINCT version) > 1")
        assert mixed == [], "an edit changed a run under way"

    def sent(self, address: str) -> list[Any]:
        return self.shop.rows(
            "SELECT o.handing_at AS at, o.purpose, o.occasion_key, o.occasion_at, o.occasion_event, o.key FROM outbox o "
            "WHERE o.abucket = :abucket AND o.address = :address AND o.state = 'accepted' ORDER BY o.handing_at",
            abucket=abucket_of(address),
            address=address,
        )

    def facts(self, address: str) -> Facts:
        with self.shop.db.read() as connection:
            return read_evidence(connection, "email" if "@" in address else "sms", address).facts

    @staticmethod
    def subscribed(facts: Facts, purpose: str, at: datetime) -> bool:
        state = as_of(facts.get((1, purpose), []), at, at)
        return state is not None and state.state == "subscribed"


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)


@pytest.mark.slow
def test_journey_lives(shop: ShopUnderTest) -> None:
    Lives.shop, Lives.examples, Lives.orders = shop, 0, 0
    for source in JOURNEYS.values():
        shop.publish(source.format(rest="4h"))
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=8,
            derandomize=True,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    shop.passes(6 * DAY, 8 * HOUR)
    assert shop.one("SELECT count(*) FROM run") == 0, "a run ends"
    with shop.db.read() as connection:
        sent: dict[str, int] = dict(
            connection.execute(text("SELECT channel, count(*) FROM outbox WHERE state = 'accepted' GROUP BY 1")).all()
        )
    assert sent["sms"] > 4, "too little happened"
    assert sent["email"] > 12, "too little happened"
