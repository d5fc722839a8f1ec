"""The sign-up endpoint: what becomes of forms, and what does not."""

from tests.integration.signup.conftest import Counter

PHONE = "(212) 555-0187"


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
