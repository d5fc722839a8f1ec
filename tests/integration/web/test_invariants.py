"""What must hold whatever changes: the invariants 1, 2, 4, 5, 6 and 9 of the rules of messaging (docs/rules.md)."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.conftest import NOON
from tests.integration.delivery.rows import Shop, dispatcher
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.addresses.wordings import Wording
from antiphon.content.links import Subscription, unsubscribe_token
from antiphon.delivery.dispatch import Dispatcher
from antiphon.intake.inbound import receive_text
from antiphon.intake.keywords import save_keyword
from antiphon.intake.sources import create_source
from antiphon.kit.buckets import abucket_of
from antiphon.kit.signing import Signer
from antiphon.store.db import Database

PHONE, NUMBER, MAIL = "+12125550101", "+15550100", "ann@example.com"
TABLES = (
    "arrival", "consent_fact", "consent", "suppression", "outbox", "message_log", "event", "inbound_text",
    "sandbox_message", "person", "identifier",
)  # fmt: skip


def everything(db: Database) -> dict[str, list[Any]]:
    """All that a repeat could have changed."""
    with db.read() as connection:
        return {table: sorted(map(repr, connection.execute(text(f"SELECT * FROM {table}")).all())) for table in TABLES}


def outgoing(shop: Shop) -> list[str]:
    return [row["address"] for row in shop.sandbox() if not row["inbound"]]


Grant = Callable[[Shop], None]
NO_CONSENT: dict[str, Grant] = {
    "none at all": lambda shop: None,
    "for email only": lambda shop: shop.consent("email", PHONE),
    "for orders only": lambda shop: shop.consent("sms", PHONE, "transactional"),
    "not confirmed": lambda shop: shop.consent("sms", PHONE, state="pending"),
    "revoked": lambda shop: shop.consent("sms", PHONE, state="unsubscribed"),
    "claimed by a file": lambda shop: shop.consent("sms", PHONE, state="claimed"),
}


@pytest.mark.parametrize("grant", NO_CONSENT.values(), ids=NO_CONSENT.keys())
@pytest.mark.parametrize("purpose", ["marketing", "cart"])
def test_invariant_1_no_marketing_text_without_a_consent_that_stands(db: Database, grant: Grant, purpose: str) -> None:
    shop = Shop(db)
    shop.react(NOON)
    grant(shop)
    message = shop.plan(PHONE, purpose=purpose)
    dispatcher(db).run_once(NOON)
    assert (shop.row(message)["state"], outgoing(shop)) == ("dropped", [])
    assert shop.row(message)["rule"].startswith("consent.")


def test_invariant_1_another_brands_consent_is_none(db: Database) -> None:
    shop = Shop(db)
    shop.react(NOON)
    with db.begin("test") as connection:
        connection.execute(
            text(
                "INSERT INTO brand (id, name, base_url, from_name, from_email, from_phone, postal_address, zone, settings) "
                "SELECT 2, name, base_url, from_name, from_email, from_phone, postal_address, zone, settings FROM brand"
            )
        )
    shop.subscribe(PHONE)
    message = shop.plan(PHONE, brand=2)
    dispatcher(db).run_once(NOON)
    assert (shop.row(message)["rule"], outgoing(shop)) == ("consent.missing", [])


def test_invariant_1_the_claim_reads_the_consent_in_its_own_transaction(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    claim = import_module("antiphon.delivery.claim")

    def watched(name: str) -> Callable[..., Any]:
        original: Callable[..., Any] = getattr(claim, name)

        def run(connection: object, *rest: Any) -> Any:
            seen.append(connection)
            return original(connection, *rest)

        return run

    for name in ("read_facts", "_take"):
        monkeypatch.setattr(claim, name, watched(name))
    shop = Shop(db)
    shop.react(NOON)
    shop.subscribe(PHONE)
    shop.plan(PHONE)
    dispatcher(db).run_once(NOON)
    assert len(seen) == 2
    assert seen[0] is seen[1]
    assert outgoing(shop) == [PHONE]


@pytest.mark.parametrize("said", ["STOP", "Stop please", "arrêt", "unsub", "take a hike", "no mas"])
def test_invariant_2_stop_in_any_form_blocks_all_but_its_answers(db: Database, said: str) -> None:
    shop = Shop(db)
    shop.react(NOON + timedelta(days=9))
    shop.subscribe(PHONE)
    waiting = [
        shop.plan(PHONE),
        shop.plan(PHONE, state="due"),
        shop.plan(PHONE, state="claimed"),
        shop.plan(PHONE, purpose="transactional", due_at=NOON + timedelta(days=1)),
        shop.plan(PHONE, attempts=3, rule="provider.deferred", due_at=NOON + timedelta(minutes=15)),
        shop.plan(PHONE, state="held"),
    ]
    receive_text(db, PHONE, NUMBER, said, NOON)
    later = [shop.plan(PHONE, planned_at=NOON), shop.plan(PHONE, purpose="service", step="confirmed", run=0)]
    with db.begin("test") as connection:  # a human lets the held one go
        connection.execute(text("UPDATE outbox SET state = 'due' WHERE state = 'held'"))
    for hours in (0, 1, 30):
        dispatcher(db).run_once(NOON + timedelta(hours=hours))
    assert set(shop.states().values()) == {"cancelled"}
    assert set(shop.states()) == {*waiting, *later}
    assert outgoing(shop) == []


@pytest.mark.parametrize(("brand", "journey", "hours", "held"), [(2, 7, 1, True), (1, 7, 1, True), (2, 7, 400, False)])
def test_invariant_4_a_phone_has_one_count_whatever_brand_and_journey_wrote_to_it(
    db: Database, brand: int, journey: int, hours: int, held: bool
) -> None:
    shop = Shop(db)
    shop.react(NOON + timedelta(days=3))
    shop.subscribe(PHONE)
    shop.plan(PHONE, state="accepted", handing_at=NOON - timedelta(hours=hours), brand=brand, journey=journey)
    message = shop.plan(PHONE)
    dispatcher(db).run_once(NOON)
    assert ("spacing.sms" in [rule for *_, rule in shop.log(message)]) == held
    assert (shop.states()[message] == "accepted") == (not held)


def test_invariant_5_a_redelivered_webhook_changes_nothing(
    shop: ShopUnderTest, site: Site, browser: TestClient
) -> None:
    key = create_source(shop.db, "provider", site.now)
    wording = Wording(1, "sms", ("marketing",), "en", "Text LAMPS for recurring texts")
    save_keyword(shop.db, "lamps", wording, site.now, "robin")
    said = ["HELP", "lamps", "YES", "How much?", "take a hike", "START", "STOP", "start"]

    def deliver(number: int) -> dict[str, Any]:
        body = {"from": PHONE, "to": NUMBER, "body": said[number], "messageId": f"SM{number}"}
        answer = browser.post("/v1/inbound/sms", json=body, auth=(key, ""))
        assert answer.status_code == 200
        shop.engine.cycle()
        found: dict[str, Any] = answer.json()
        return found

    first = [deliver(number) for number in range(len(said))]
    assert [answer["meaning"] for answer in first] == [
        "help", "keyword", "start", "reply", "stop", "start", "stop", "start",
    ]  # fmt: skip
    shop.engine.cycle()
    before = everything(shop.db)
    with shop.db.begin("test") as connection:  # even when the resolver has long forgotten the ids
        connection.execute(text("TRUNCATE seen_message_0, seen_message_1"))
    assert [deliver(number) for number in (6, 4, 0, 7, 1, 3, 2, 5)] == [first[n] for n in (6, 4, 0, 7, 1, 3, 2, 5)]
    assert everything(shop.db) == before, "a STOP that comes again after the START stops nobody"


def test_invariant_6_one_click_works_without_cookies_and_looking_never_unsubscribes(
    shop: ShopUnderTest, site: Site
) -> None:
    shop.consents("ann", "email", MAIL)
    shop.settle()
    out = f"/u/{unsubscribe_token(Signer(b'x' * 32), Subscription('email', MAIL, 1, 7))}"
    before = everything(shop.db)
    for method in ("GET", "HEAD"):
        for agent in ("Mozilla/5.0", "GoogleImageProxy", "Barracuda Sentinel", ""):
            assert site.browser().request(method, out, headers={"user-agent": agent}).status_code == 200
    assert everything(shop.db) == before
    assert site.browser().post(out, data={"List-Unsubscribe": "Two-Click"}).status_code == 400
    assert everything(shop.db) == before
    bare = site.browser()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = bare.post(out, content=b"List-Unsubscribe=One-Click", headers=headers)
        assert (answer.status_code, answer.content, dict(bare.cookies)) == (200, b"", {})
    assert shop.one("SELECT count(*) FROM suppression WHERE reason = 'one-click'") == 1


def test_invariant_9_every_stop_says_its_rule_its_version_and_the_zones(db: Database) -> None:
    shop = Shop(db)
    shop.react(NOON + timedelta(days=3))
    others = [f"+121255502{number:02d}" for number in range(8)]
    shop.subscribe(PHONE, *others)
    shop.suppress("sms", others[0])
    with db.begin("test") as connection:
        connection.execute(
            text("UPDATE consent SET paused_until = :until WHERE abucket = :a AND address = :address"),
            {"until": NOON + timedelta(days=2), "a": abucket_of(others[1]), "address": others[1]},
        )
    shop.plan(PHONE, state="accepted", handing_at=NOON - timedelta(hours=1))
    expected = {
        shop.plan(others[0]): "suppression.stop",
        shop.plan(others[1]): "preference.paused",
        shop.plan(PHONE): "spacing.sms",
        shop.plan(others[2], expires_at=NOON): "expired",
        shop.plan("+12125550299"): "consent.missing",
        shop.plan(others[3], purpose="cart", occasion_at=NOON - timedelta(hours=49)): "carrier.48h",
    }
    dispatcher(db).run_once(NOON)
    night = NOON + timedelta(hours=10)
    expected[shop.plan(others[4], due_at=night)] = "quiet_hours.sms"
    dispatcher(db).run_once(night)

    class Raced(Dispatcher):
        def checkpoint(self, name: str) -> None:
            if name == "handing":
                shop.suppress("sms", others[5])

    late = shop.plan(others[5], due_at=NOON + timedelta(hours=24))
    expected[late] = "suppression.stop"
    Raced(db, lambda version, step: dispatcher(db)._content_of(version, step), "raced", Signer(b"x" * 32), "").run_once(
        NOON + timedelta(hours=24)
    )
    with db.read() as connection:
        stops = connection.execute(
            text("SELECT message, rule, detail FROM message_log WHERE rule IS NOT NULL ORDER BY seq")
        ).all()
    assert expected.items() <= {row.message: row.rule for row in stops}.items()
    for row in stops:
        assert row.detail["version"], row.rule
        assert isinstance(row.detail["zones"], list), row.rule
