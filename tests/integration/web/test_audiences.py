"""Pages of audiences: what a viewer may see of people in a segment, and what becomes of a segment that failed."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.integration.audiences.test_segments import defines
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, called, post
from tests.integration.web.test_permissions import BY, user

from antiphon.web.accounts import users

SECRET = ("ann@example.com", "5550101", "Anastasia", "Featherstone", "Utrecht", "ann-7")
WHO = {"kind": "any", "of": [{"kind": "trait", "trait": "city", "op": "exists"}, {"kind": "consent", "channel": "sms"}]}


@pytest.fixture
def ann(shop: ShopUnderTest) -> int:
    """One person, in the segment ``near``."""
    shop.reachable("ann-7", "ann@example.com", "+12125550101")
    shop.knows("ann-7", firstName="Anastasia", lastName="Featherstone", city="Utrecht")
    defines(shop, "near", WHO)
    shop.settle()
    return int(shop.one("SELECT person FROM identifier WHERE value = 'ann-7'"))


def test_a_masked_analyst_sees_how_many_but_not_who(site: Site, ann: int) -> None:
    analyst = user(site, "analyst")
    pages = ["/audiences", "/audiences/near", f"/audiences/near?person={ann}"]
    assert "Anastasia" in analyst.get("/audiences/near").text
    assert "Utrecht" in analyst.get(pages[2]).text
    users.set_masking(site.db, True, BY, site.now)
    for page in pages:
        answer = analyst.get(page)
        assert answer.status_code == 200
        assert [word for word in SECRET if word in answer.text] == [], page
    shown = analyst.get("/audiences/near").text
    assert "…01" in shown
    assert "data-members>1<" in shown
    assert "What it rests on is hidden" in analyst.get(pages[2]).text
    # the builder, which shows five of a draft, is not for who may define nothing
    for page in ("/audiences/new", "/audiences/near/edit"):
        assert analyst.get(page).status_code == 403
    owner = site.owner()
    sample = post(owner, "/audiences/new", "/audiences/preview", segment="", title="", who='{"kind": "all", "of": []}')
    assert "Anastasia" in sample.json()["html"]


def test_programs_get_numbers_and_no_address(site: Site, ann: int) -> None:
    program = called(site, "segments:read")
    answers = [
        program.get("/api/v1/segments"),
        program.get("/api/v1/segments/near"),
        program.get("/api/v1/segments/near/members"),
        program.post("/api/v1/segments/count", json={"who": WHO}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert [word for word in SECRET if word in answer.text] == []
    assert answers[2].json()["members"][0]["person"] == str(ann)
    assert (answers[3].json()["n"], answers[3].json()["sample"]) == (1, [str(ann)])


def test_a_held_segment_says_so_and_is_let_go(site: Site, shop: ShopUnderTest, ann: int) -> None:
    owner = site.owner()
    hold = text("UPDATE segment SET held_at = :now, held_error = 'everybody: no such thing' WHERE name = 'near'")
    with shop.db.begin("segments") as connection:
        connection.execute(hold, {"now": shop.now})
    assert "Held" in owner.get("/audiences").text
    assert "The segment Near is held" in owner.get("/").text
    page = owner.get("/audiences/near").text
    assert "Held since" in page
    assert "Everybody: no such thing" in page
    document = called(site, "segments:read").get("/api/v1/segments/near").json()
    assert (document["held_error"], document["held_at"][:10]) == ("everybody: no such thing", "2026-03-03")
    analyst = user(site, "analyst")
    assert "/release" not in analyst.get("/audiences/near").text
    assert post(owner, "/audiences/near", "/audiences/near/release").status_code == 303
    assert site.woken == 1
    assert "Held" not in owner.get("/audiences/near").text
    shop.now += timedelta(minutes=1)
    shop.settle()
    assert "data-members>1<" in owner.get("/audiences/near").text
    with shop.db.begin("segments") as connection:
        connection.execute(hold, {"now": shop.now})
    program = called(site, "segments:read", "segments:write", name="writer")
    assert program.post("/api/v1/segments/near/release").json() == {"segment": "near", "state": "live", "changed": True}
    assert program.post("/api/v1/segments/near/release").json()["changed"] is False


def test_one_that_cannot_be_read_is_shown_and_can_be_written_anew(site: Site, shop: ShopUnderTest, ann: int) -> None:
    owner = site.owner()
    broken = """UPDATE segment SET definition = '{"segment": "near", "title": "Near", "who": {"kind": "horoscope"}}',
                held_at = :now, held_error = 'definition' WHERE name = 'near'"""
    with shop.db.begin("segments") as connection:
        connection.execute(text(broken), {"now": shop.now})
    for page in ("/audiences", "/audiences/near", f"/audiences/near?person={ann}"):
        answer = owner.get(page)
        assert answer.status_code == 200
        assert "The stored definition cannot be read" in answer.text
    assert "/audiences/near/release" not in owner.get("/audiences/near").text
    refused = post(owner, "/audiences/near", "/audiences/near/release")
    assert (refused.status_code, "cannot be read" in refused.text) == (409, True)
    assert owner.get("/audiences/near/edit").status_code == 200
    program = called(site, "segments:read", "segments:write")
    assert program.post("/api/v1/segments/near/release").status_code == 422
    who = '{"kind": "consent", "channel": "sms"}'
    assert (
        post(owner, "/audiences/near/edit", "/audiences/near/edit", segment="near", title="Near", who=who).status_code
        == 303
    )
    assert "Held" not in owner.get("/audiences/near").text
