"""Links in messages recognise their reader, and nobody else."""

from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.signup.conftest import ORIGIN, Counter

from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.inbound import receive_text
from antiphon.intake.models import Arrival, Scope
from antiphon.intake.opting_in import SignUp, begin_opt_in, confirm
from antiphon.intake.sources import create_source
from antiphon.kit.buckets import abucket_of
from antiphon.kit.signing import Signer
from antiphon.signup.visits import BROWSERS, led

ANN, BOB = "ann-device-0000000000", "bob-device-0000000000"
MESSAGE = 4_711
EMAIL = "ann@example.com"


_MESSAGE = text("""
INSERT INTO outbox (abucket, id, key, address, channel, brand, purpose, bucket, person, run, journey, version, step,
                    occasion_key, occasion_at, occasion_event, zones, planned_at, due_at, state, state_at)
VALUES (:abucket, :id, gen_random_uuid(), :address, 'email', 1, 'marketing', 0, 0, 0, 1, 1, 's', '', :now, 0, '{}', :now,
        :now, 'accepted', :now)
""")


def token(counter: Counter, *, origin: str = ORIGIN, signer: Signer | None = None, nonce: int = 1) -> str:
    message = (abucket_of(EMAIL), MESSAGE)
    url = led(signer or counter.context.signer, f"{origin}/sale?a=1#top", message, (origin,), counter.now, nonce)
    assert url.startswith(f"{origin}/sale?a=1&aph=")
    assert url.endswith("#top")
    return url.partition("aph=")[2].removesuffix("#top")


def asks(counter: Counter, device: str, **body: Any) -> dict[str, Any]:
    answer = counter.posts("/v1/units", device=device, zone="America/New_York", **body)
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.fixture
def sent(counter: Counter) -> Counter:
    """A message was sent to Ann, who is subscribed to emails."""
    with counter.db.begin("test") as connection:
        values = {"abucket": abucket_of(EMAIL), "id": MESSAGE, "address": EMAIL, "now": counter.now}
        connection.execute(_MESSAGE, values)
    drawn = counter.opens(device="other-device-00000000")
    counter.sends(drawn, "email", email=EMAIL, agreed="yes")
    counter.resolves()
    with counter.db.begin("test") as connection:
        connection.execute(text("UPDATE person_address SET marketing = 'subscribed'"))
    return counter


def owner(counter: Counter, kind: str, value: str) -> int | None:
    found = counter.rows("SELECT person FROM identifier WHERE kind = :kind AND value = :value", kind=kind, value=value)
    return int(found[0].person) if found else None


def test_a_click_ties_the_browser_to_its_reader(sent: Counter) -> None:
    answer = asks(sent, ANN, token=token(sent))
    assert answer["has"] == ["email"]
    assert answer["pass"]
    assert answer["country"] == "US"
    assert EMAIL not in str(answer)
    sent.resolves()
    assert owner(sent, "device", ANN) == owner(sent, "email", EMAIL) is not None
    assert asks(sent, ANN, **{"pass": answer["pass"]})["has"] == ["email"]


def test_a_token_works_for_the_first_device_only(sent: Counter) -> None:
    shown = token(sent)
    asks(sent, ANN, token=shown)
    again = asks(sent, BOB, token=shown)
    assert (again["has"], again["pass"]) == ([], "")
    sent.resolves()
    assert owner(sent, "device", BOB) is None


def test_a_token_is_over_after_a_quarter_of_an_hour(sent: Counter) -> None:
    shown = token(sent)
    sent.passes(16 * 60)
    assert asks(sent, BOB, token=shown)["pass"] == ""
    assert sent.arrivals() == []


def test_forged_and_foreign_tokens_say_nothing(sent: Counter) -> None:
    good = token(sent)
    bent = good[:30] + ("A" if good[30] != "A" else "B") + good[31:]
    elsewhere = token(sent, origin="https://other.example")
    forged = token(sent, signer=Signer(b"y" * 32))
    strange = sent.context.signer.sign("antiphon.visit", b"short")
    for shown in (bent, elsewhere, forged, strange, "x", "é" * 40, "A" * 600):
        answer = asks(sent, BOB, token=shown)
        assert (answer["has"], answer["pass"]) == ([], "")
    assert sent.arrivals() == []


def test_a_pass_is_its_devices_own(sent: Counter) -> None:
    passed = asks(sent, ANN, token=token(sent))["pass"]
    assert asks(sent, BOB, **{"pass": passed})["has"] == []
    sent.passes(181 * 86_400)
    assert asks(sent, ANN, **{"pass": passed})["has"] == []


def test_what_is_forwarded_to_many_is_nobodys(sent: Counter) -> None:
    for number in range(BROWSERS):
        assert asks(sent, f"device-{number:020}", token=token(sent, nonce=number))["pass"]
    assert asks(sent, BOB, token=token(sent, nonce=99))["pass"] == ""


def test_without_a_device_nothing_is_tied(sent: Counter) -> None:
    for device in ("", "short", "x" * 100, "a b c d e f g h i j"):
        assert asks(sent, device, token=token(sent))["pass"] == ""
    assert sent.arrivals() == []


def test_links_elsewhere_carry_nothing(counter: Counter) -> None:
    for url in ("https://other.example/a", "https://shop.example.evil.example/", "http://shop.example/", "//x", "x"):
        assert led(counter.context.signer, url, (0, 1), (ORIGIN,), counter.now, 1) == url


def test_a_known_person_is_not_asked_again_by_the_rules(sent: Counter) -> None:
    stranger, known = asks(sent, BOB), asks(sent, ANN, token=token(sent))
    assert stranger["units"] == known["units"]  # who sees what is decided in the browser, from ``has``
    assert stranger.keys() == known.keys()


VICTIM = "+12125550187"


def passed(counter: Counter) -> str:
    """The pass of Ann's browser."""
    key = str(asks(counter, ANN, token=token(counter))["pass"])
    counter.resolves()
    return key


def test_a_number_that_was_typed_beside_ones_own_address_tells_nothing(sent: Counter) -> None:
    join = SignUp("sms", VICTIM, wording="Yes")
    begin_opt_in(sent.db, join, key="victim")
    sent.resolves()
    receive_text(sent.db, VICTIM, "+15550100", "YES")
    sent.resolves()
    drawn = sent.sends(sent.opens(device=ANN), "email", email=EMAIL, agreed="yes")
    sent.sends(drawn, "phone", phone=VICTIM, country="US", agreed="yes")
    tag = {"anonymousId": ANN, "traits": {"email": EMAIL, "phone": VICTIM}}
    create_source(sent.db, "tag", sent.now, Scope.EVENTS)
    store_arrivals(sent.db, [Arrival("tag", "1", "identify", sent.now, False, tag)])
    sent.resolves()
    key = passed(sent)
    assert owner(sent, "phone", VICTIM) == owner(sent, "email", EMAIL)
    assert sent.rows("SELECT 1 FROM person_address WHERE channel = 'sms' AND marketing = 'subscribed'")
    with sent.db.begin("test") as connection:
        connection.execute(text("UPDATE person_address SET marketing = 'subscribed'"))
    assert asks(sent, ANN, **{"pass": key})["has"] == ["email"]


def test_both_addresses_of_a_form_that_both_confirmed_are_told(sent: Counter) -> None:
    drawn = sent.sends(sent.opens(device=ANN), "email", email=EMAIL, agreed="yes")
    sent.sends(drawn, "phone", phone=VICTIM, country="US", agreed="yes")
    sent.resolves()
    key = passed(sent)
    assert receive_text(sent.db, VICTIM, "+15550100", "YES").meaning == "start"
    sent.resolves()
    with sent.db.begin("test") as connection:
        connection.execute(text("UPDATE person_address SET marketing = 'subscribed'"))
    assert asks(sent, ANN, **{"pass": key})["has"] == ["email"]  # the email was not confirmed
    assert confirm(sent.db, "email", EMAIL, 1, "confirmation link")
    sent.resolves()
    assert asks(sent, ANN, **{"pass": key})["has"] == ["email", "sms"]


@pytest.mark.parametrize(("source", "told"), [("shop", ["email", "sms"]), ("tag", ["email"])])
def test_what_a_server_says_goes_together_is_told(sent: Counter, source: str, told: list[str]) -> None:
    create_source(sent.db, "shop", sent.now)
    create_source(sent.db, "tag", sent.now, Scope.EVENTS)
    known = {"userId": "7", "traits": {"email": EMAIL, "phone": VICTIM}}
    store_arrivals(sent.db, [Arrival(source, "1", "identify", sent.now, False, known)])
    sent.resolves()
    with sent.db.begin("test") as connection:
        connection.execute(text("UPDATE person_address SET marketing = 'subscribed'"))
    assert asks(sent, ANN, **{"pass": passed(sent)})["has"] == told
