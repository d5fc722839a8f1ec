"""The sign-up endpoint: what becomes of forms, and what does not."""

import re
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import count

import orjson
import pytest
from tests.integration.signup.conftest import ORIGIN, WELCOME, Counter

from antiphon.intake import codes
from antiphon.intake.inbound import receive_text
from antiphon.intake.opting_in import confirm
from antiphon.intake.optout import opt_out
from antiphon.signup.publish import set_state

PHONE = "(212) 555-0187"
NO_CONFIRMATION = (
    WELCOME.replace("{email: link, sms: reply}", "{email: none, sms: none}")
    .replace("purposes: [marketing, cart]", "purposes: [marketing]")
    .replace("{brand}, cart reminders among them,", "{brand}")
)


def test_email_then_phone_make_one_person_with_two_pending_consents(counter: Counter) -> None:
    drawn = counter.opens(device="d" * 24, page="https://shop.example/?q=1")
    assert drawn["step"] == "email"
    drawn = counter.sends(drawn, "email", email=" Ann@Example.com ", agreed="yes")
    assert (drawn["step"], drawn["errors"]) == ("phone", {})
    drawn = counter.sends(drawn, "phone", phone=PHONE, country="US", agreed="yes")
    assert drawn["step"] == "done"
    counter.resolves()
    assert counter.rows("SELECT count(DISTINCT person) FROM identifier")[0][0] == 1
    facts = counter.rows(
        "SELECT channel, address, purpose, state, wording, ip, agent, detail FROM consent_fact ORDER BY 1, 3"
    )
    assert [(f.channel, f.address, f.purpose, f.state) for f in facts] == [
        ("email", "ann@example.com", "marketing", "pending"),
        ("sms", "+12125550187", "cart", "pending"),
        ("sms", "+12125550187", "marketing", "pending"),
    ]
    assert "My shop" in facts[0].wording
    assert "https://shop.example/privacy" in facts[0].wording
    assert facts[0].agent == "Safari"
    assert facts[0].detail["page"] == "https://shop.example/"
    assert facts[0].detail["unit"] == "welcome"


def test_the_same_form_twice_is_one_sign_up(counter: Counter) -> None:
    drawn = counter.opens(device="d" * 24)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: counter.sends(drawn, "email", email="ann@example.com", agreed="yes"), range(4))
        )
    assert {answer["step"] for answer in answers} == {"phone"}
    counter.resolves()
    assert counter.rows("SELECT count(*) FROM consent_fact")[0][0] == 1
    assert counter.rows("SELECT count(*) FROM event WHERE name = 'Form Submitted'")[0][0] == 1
    assert counter.rows("SELECT count(*) FROM rejected_arrival")[0][0] == 0


def test_no_consent_without_the_box(counter: Counter) -> None:
    drawn = counter.opens()
    answer = counter.sends(drawn, "email", email="ann@example.com")
    assert (answer["step"], set(answer["errors"])) == ("email", {"agreed"})
    answer = counter.sends(drawn, "email", email="ann@example.com", agreed="on")
    assert set(answer["errors"]) == {"agreed"}
    assert counter.arrivals() == []


def test_skipping_gives_nothing(counter: Counter) -> None:
    drawn = counter.sends(counter.opens(), "email", skip="yes", email="ann@example.com", agreed="yes")
    drawn = counter.sends(drawn, "phone", skip="yes")
    assert drawn["step"] == "done"
    assert counter.arrivals() == []


def test_machines_go_through_and_leave_nothing(counter: Counter) -> None:
    trapped = counter.sends(counter.opens(), "email", email="a@example.com", agreed="yes", company_site="http://x")
    human = counter.sends(counter.opens(), "email", email="b@example.com", agreed="yes")
    assert trapped.keys() == human.keys()
    assert (trapped["step"], trapped["errors"]) == (human["step"], human["errors"])
    counter.sends(trapped, "phone", phone=PHONE, country="US", agreed="yes")
    written = orjson.dumps(counter.arrivals()).decode()
    assert "b@example.com" in written
    assert "a@example.com" not in written
    assert "5550187" not in written


def test_haste_is_asked_again(counter: Counter) -> None:
    answer = counter.posts("/v1/units/welcome/open").json()
    again = counter.sends(answer, "email", email="ann@example.com", agreed="yes")
    assert "quick" in again["errors"]["form"]
    counter.passes(2)
    assert counter.sends(again, "email", email="ann@example.com", agreed="yes")["step"] == "phone"


def test_whoever_is_known_is_answered_as_whoever_is_not(counter: Counter) -> None:
    first = counter.sends(counter.opens(), "email", email="ann@example.com", agreed="yes")
    counter.resolves()
    second = counter.sends(counter.opens(), "email", email="ann@example.com", agreed="yes")
    stranger = counter.sends(counter.opens(), "email", email="new@example.com", agreed="yes")
    shapes = [{name: type(value) for name, value in one.items()} for one in (first, second, stranger)]
    assert shapes[0] == shapes[1] == shapes[2]
    assert {one["step"] for one in (first, second, stranger)} == {"phone"}


def test_an_address_is_written_to_three_times_a_day_at_most(counter: Counter) -> None:
    for _ in range(6):
        answer = counter.sends(counter.opens(), "email", email="ann@example.com", agreed="yes")
        assert (answer["step"], answer["errors"]) == ("phone", {})
    assert sum(one.get("of", {}).get("address") == "ann@example.com" for one in counter.arrivals()) == 3


def test_a_network_has_its_limit_by_the_hour(counter: Counter) -> None:
    for number in range(20):
        counter.sends(counter.opens(), "email", email=f"a{number}@example.com", agreed="yes")
    drawn = counter.opens()
    answer = counter.posts("/v1/units/welcome", flow=drawn["flow"], step="email", email="z@example.com", agreed="yes")
    assert answer.status_code == 429
    assert "Too many sign-ups came from your network." in answer.text
    counter.passes(3_700)
    assert counter.sends(counter.opens(), "email", email="z@example.com", agreed="yes")["step"] == "phone"
    assert not any("example" in row.key for row in counter.rows("SELECT key FROM sign_up_mark"))


def test_work_is_asked_and_spent(counter: Counter) -> None:
    counter.publish(WELCOME.replace("show:", "abuse: {work: 8}\nshow:"))
    drawn = counter.opens()
    assert drawn["work"] == 8
    without = counter.sends(drawn, "email", email="ann@example.com", agreed="yes")
    assert "check" in without["errors"]["form"]
    answer = next(str(n) for n in count() if sha256(f"{drawn['challenge']}:{n}".encode()).digest()[0] == 0)
    done = counter.sends(drawn, "email", email="ann@example.com", agreed="yes", work=answer)
    assert done["step"] == "phone"
    other = counter.opens()
    again = counter.sends(other, "email", email="eve@example.com", agreed="yes", work=answer)
    assert again["errors"] or sha256(f"{other['challenge']}:{answer}".encode()).digest()[0] == 0
    assert counter.browser.get("/s/welcome").status_code == 404


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "https://shop.example.evil.example", "http://shop.example"]
)
def test_only_pages_of_the_shop(counter: Counter, origin: str | None) -> None:
    for path in ("/v1/units", "/v1/units/welcome/open", "/v1/units/welcome"):
        answer = counter.posts(path, origin=origin)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_forged_and_foreign_flows(counter: Counter) -> None:
    drawn = counter.opens()
    other = counter.context.signer.sign("antiphon.unsubscribe", b'["email"]')
    for flow in ("", "x", drawn["flow"][:-4] + "AAAA", other, "A" * 4_000, drawn["flow"] + "é"):
        answer = counter.posts("/v1/units/welcome", flow=flow, step="email", email="a@example.com", agreed="yes")
        assert (answer.status_code, answer.json()["error"]) == (
            400,
            "This form is not fresh any more. Please fill it in again.",
        )
    counter.passes(25 * 3600)
    assert counter.posts("/v1/units/welcome", flow=drawn["flow"], step="email").status_code == 400
    assert counter.arrivals() == []


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"flow": 7, "step": {}}', "x" * 20_000, '{"a":"\\u0000"}'])
def test_bodies_that_are_none(counter: Counter, body: str) -> None:
    answer = counter.browser.post("/v1/units/welcome", content=body, headers={"origin": ORIGIN})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_hostile_text_is_kept_as_text(counter: Counter) -> None:
    drawn = counter.opens(page="https://shop.example/<script>", device="'; DROP TABLE person; --")
    answer = counter.sends(drawn, "email", email="ann\u0000@example.com", agreed="yes")
    assert answer["step"] == "phone"
    counter.resolves()
    assert counter.rows("SELECT count(*) FROM rejected_arrival")[0][0] == 0


def test_what_they_agreed_to_is_what_they_were_shown(counter: Counter) -> None:
    drawn = counter.opens()
    counter.publish(WELCOME.replace("Yes, {brand} may send me", "Well, {brand} may send me"))
    counter.sends(drawn, "email", email="ann@example.com", agreed="yes")
    counter.resolves()
    found = counter.rows("SELECT wording, wording_version, detail FROM consent_fact")[0]
    assert found.wording.startswith("Yes, ")
    assert found.detail["unitVersion"] == 1
    kept = counter.rows("SELECT text FROM wording WHERE version = :v", v=found.wording_version)
    assert [row.text for row in kept] == [found.wording]


def test_a_paused_unit_is_not_open(counter: Counter) -> None:
    drawn = counter.opens()
    with counter.db.begin("settings") as connection:
        set_state(connection, "welcome", "paused", counter.now)
    counter.forgets()
    assert counter.posts("/v1/units/welcome", flow=drawn["flow"], step="email").status_code == 404
    assert counter.browser.get("/s/welcome").status_code == 404
    assert counter.posts("/v1/units").json()["units"] == []


def test_two_taps(counter: Counter) -> None:
    drawn = counter.opens(device="d" * 24)
    drawn = counter.sends(drawn, "email", email="ann@example.com", agreed="yes")
    way = drawn["text"]
    assert way["href"] == f"sms:{way['number']}?&body={way['body'].replace(' ', '%20')}"
    assert way["qr"].startswith("<svg")
    found = receive_text(counter.db, "+12125550187", way["number"], way["body"], counter.now)
    assert found.meaning == "keyword"
    other = receive_text(counter.db, "+12125550199", way["number"], way["body"], counter.now)  # a code works once
    assert other.meaning == "reply"
    counter.resolves()
    facts = counter.rows("SELECT DISTINCT address, method, state FROM consent_fact WHERE channel = 'sms'")
    assert [tuple(row) for row in facts] == [("+12125550187", "keyword", "pending")]
    assert (
        counter.rows(
            "SELECT count(DISTINCT person) FROM identifier WHERE value = ANY(ARRAY['ann@example.com', '+12125550187'])"
        )[0][0]
        == 1
    )


def test_the_keyword_alone_joins_as_well(counter: Counter) -> None:
    assert receive_text(counter.db, "+12125550187", "+15550100", "Join!").meaning == "keyword"


def test_hosted_pages_need_no_script(counter: Counter) -> None:
    page = counter.browser.get("/s/welcome")
    assert "<script" not in page.text
    assert "checked" not in page.text
    counter.passes(5)

    def post(body: str, **fields: str) -> str:
        flow = re.search(r'name="flow" value="([^"]+)"', body)
        step = re.search(r'name="step" value="([^"]+)"', body)
        assert flow
        assert step
        return counter.browser.post("/s/welcome", data={"flow": flow[1], "step": step[1], **fields}).text

    wrong = post(page.text, email="<b>ann", agreed="yes")
    assert "&lt;b&gt;ann" in wrong
    assert "Write an email address" in wrong
    phone = post(wrong, email="ann@example.com", agreed="yes")
    assert "Mobile number" in phone
    assert "Text JOIN to sign up" in phone
    done = post(phone, phone=PHONE, country="US", agreed="yes")
    assert "Your code comes once you have confirmed." in done
    assert "ann@example.com" in done
    counter.resolves()
    assert counter.rows("SELECT count(DISTINCT person) FROM identifier WHERE kind <> 'device'")[0][0] == 1
    stale = counter.browser.post("/s/welcome", data={"flow": "x", "step": "email", "email": "ann@example.com"})
    assert stale.status_code == 400
    assert 'value="ann@example.com"' in stale.text


def test_views_are_counted_without_anybody(counter: Counter) -> None:
    counter.opens()
    counter.browser.get("/s/welcome")
    assert counter.rows("SELECT sum(n) FROM unit_view")[0][0] == 2
    assert counter.arrivals() == []


def test_a_form_that_asks_for_no_confirmation_lifts_nothing(counter: Counter) -> None:
    counter.publish(NO_CONFIRMATION)
    opt_out(counter.db, "email", "ann@example.com", "one-click", "link")
    receive_text(counter.db, "+12125550187", "+15550100", "STOP")
    counter.resolves()
    drawn = counter.sends(counter.opens(), "email", email="ann@example.com", agreed="yes")
    counter.sends(drawn, "phone", phone=PHONE, country="US", agreed="yes")
    counter.resolves()
    assert [row.lifted_at for row in counter.rows("SELECT lifted_at FROM suppression")] == [None, None]
    states = counter.rows("SELECT channel, state FROM consent WHERE purpose = 'marketing' ORDER BY 1")
    assert [tuple(row) for row in states] == [("email", "pending"), ("sms", "pending")]
    planned = counter.rows("SELECT channel, step FROM outbox WHERE purpose = 'service' ORDER BY 1")
    assert [(row.channel, row.step) for row in planned] == [("email", "confirm@en"), ("sms", "stop")]
    assert confirm(counter.db, "email", "ann@example.com", 1, "confirmation link")
    receive_text(counter.db, "+12125550187", "+15550100", "START")
    counter.resolves()
    assert all(row.lifted_at for row in counter.rows("SELECT lifted_at FROM suppression"))
    states = counter.rows("SELECT channel, state FROM consent WHERE purpose = 'marketing' ORDER BY 1")
    assert [tuple(row) for row in states] == [("email", "subscribed"), ("sms", "subscribed")]


def test_a_corrected_address_is_taken_in(counter: Counter) -> None:
    drawn = counter.opens(device="d" * 24)
    counter.sends(drawn, "email", email="ann@exmaple.com", agreed="yes")
    for _ in range(2):
        assert counter.sends(drawn, "email", email="ann@example.com", agreed="yes")["step"] == "phone"
    counter.resolves()
    facts = counter.rows("SELECT address, state FROM consent_fact ORDER BY 1")
    assert [tuple(row) for row in facts] == [("ann@example.com", "pending"), ("ann@exmaple.com", "pending")]
    assert counter.rows("SELECT count(*) FROM event WHERE name = 'Form Submitted'")[0][0] == 2


def test_one_form_is_not_sent_for_everybody(counter: Counter) -> None:
    drawn = counter.opens()
    for name in ("a", "b"):
        counter.sends(drawn, "email", email=f"{name}@example.com", agreed="yes")
    for name in ("c", "d", "c"):
        answer = counter.posts(
            "/v1/units/welcome", flow=drawn["flow"], step="email", email=f"{name}@example.com", agreed="yes"
        )
        assert answer.status_code == 429
        assert answer.json()["error"].endswith("Please load the page again.")
    assert counter.sends(drawn, "email", email="b@example.com", agreed="yes")["step"] == "phone"
    assert counter.sends(drawn, "phone", phone=PHONE, country="US", agreed="yes")["step"] == "done"
    written = orjson.dumps(counter.arrivals()).decode()
    assert [f"{name}@example.com" in written for name in "abcd"] == [True, True, False, False]


def test_a_form_has_one_code_however_often_it_is_shown(counter: Counter) -> None:
    drawn = counter.opens()
    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(lambda _: counter.sends(drawn, "email", skip="yes")["text"]["body"], range(8)))
    assert len(set(shown)) == 1
    assert re.fullmatch(r"JOIN \d{8}", shown[0])
    assert counter.rows("SELECT count(*) FROM text_code")[0][0] == 1


def test_a_network_has_so_many_codes_by_the_hour(counter: Counter) -> None:
    bodies = [counter.sends(counter.opens(), "email", skip="yes")["text"]["body"] for _ in range(23)]
    assert bodies[20:] == ["JOIN"] * 3
    assert len(set(bodies[:20])) == 20
    assert counter.rows("SELECT count(*) FROM text_code")[0][0] == 20
    counter.passes(3_700)
    assert counter.sends(counter.opens(), "email", skip="yes")["text"]["body"] != "JOIN"


def test_a_code_that_is_taken_is_drawn_again(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "draws", lambda _signer, _form: ("00000001", "00000002"))
    bodies = [counter.sends(counter.opens(), "email", skip="yes")["text"]["body"] for _ in range(3)]
    assert bodies == ["JOIN 00000001", "JOIN 00000002", "JOIN"]
