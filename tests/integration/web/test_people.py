"""Finding people, and paging through what happened to one."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.conftest import NOON
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site

from antiphon.web.paging import START, Cursor
from antiphon.web.people.read import profile
from antiphon.web.people.search import find, people_page
from antiphon.web.people.timeline import timeline
from antiphon.web.times import Place


@pytest.fixture
def crowd(shop: ShopUnderTest) -> ShopUnderTest:
    names = [("Zoë", "O’Connor"), ("محمد", "عبد الرحمن"), ("Sunny 🌞", "100%_Delgado"), ("", "")]
    for number, (first, last) in enumerate(names):
        traits = {
            "firstName": first,
            "lastName": last,
            "email": f"p{number}@example.com",
            "phone": f"+1212555010{number}",
        }
        shop.knows(f"C{number}", **traits)
    shop.settle()
    return shop


@pytest.mark.parametrize(
    ("words", "emails"),
    [
        ("p1@ex", ["p1@example.com"]),
        ("P1@EXAMPLE.com", ["p1@example.com"]),
        ("(212) 555-0102", ["p2@example.com"]),
        ("+12125550103", ["p3@example.com"]),
        ("C2", ["p2@example.com"]),
        ("zoë", ["p0@example.com"]),
        ("عبد", ["p1@example.com"]),
        ("🌞", ["p2@example.com"]),
        ("100%_d", ["p2@example.com"]),
        ("%", ["p2@example.com"]),
        ("nobody", []),
        ("' OR 1=1 --", []),
    ],
)
def test_people_are_found(crowd: ShopUnderTest, words: str, emails: list[str]) -> None:
    with crowd.db.read() as connection:
        found = find(connection, words)
    assert [reach.address for row in found for reach in row.reaches if reach.channel == "email"] == emails


def test_a_name_may_be_spelt_as_files_spell_it(shop: ShopUnderTest, owner: TestClient) -> None:
    shop.knows("C1", first_name="Imported", last_name="Person", email="one@example.com")
    shop.settle()
    assert "Imported Person" in owner.get("/people?q=ted per").text


def test_whoever_finds_nobody_is_told_where_names_were_looked_for(owner: TestClient) -> None:
    assert "among the 100,000 people seen last" in owner.get("/people?q=nobody").text


def test_the_list_is_paged_without_gaps_or_repeats(shop: ShopUnderTest, owner: TestClient) -> None:
    for number in range(120):
        shop.arrive("track", {"anonymousId": f"device-{number}", "event": "Product Viewed", "properties": {}}, NOON)
    shop.settle()
    seen: list[int] = []
    start: Cursor | None = START
    with shop.db.read() as connection:
        while start is not None:
            page = people_page(connection, start)
            seen += [row.id for row in page.rows]
            start = page.after
    assert len(seen) == len(set(seen)) == 120
    first = owner.get("/people").text
    assert "120 people" in first
    place = first.index('rel="next"')
    link = first[first.rindex('href="', 0, place) + 6 :].split('"')[0]
    assert parse_qs(urlsplit(link).query)["before"]
    assert owner.get(link).status_code == 200


def test_a_timeline_is_paged_without_gaps_or_repeats(shop: ShopUnderTest) -> None:
    shop.playbook("abandoned-cart")
    shop.reachable("ann", "ann@example.com", "+12125550101")
    for number in range(150):  # 30 at each instant
        shop.does("ann", "Product Viewed", NOON - timedelta(minutes=number // 30), product_id=f"p{number}")
    shop.leaves_cart("ann", "c1")
    shop.passes(timedelta(hours=3))
    person = shop.one("SELECT person FROM identifier WHERE value = 'ann@example.com'")
    with shop.db.read() as connection:
        found = profile(connection, person, Place(0))
        orders: list[tuple[object, int]] = []
        kinds: set[str] = set()
        start: Cursor | None = START
        while start is not None:
            page = timeline(connection, found, (), start)
            orders += [entry.order for entry in page.rows]
            kinds |= {entry.kind for entry in page.rows}
            start = page.after
    assert orders == sorted(set(orders), reverse=True)
    assert kinds == {"event", "consent", "move", "decision", "message"}
    events = shop.one("SELECT count(*) FROM event WHERE name = 'Product Viewed'")
    assert events == 150
    assert len(orders) > 150 + 5


def test_a_merged_person_leads_to_the_survivor(crowd: ShopUnderTest, owner: TestClient) -> None:
    crowd.arrive("identify", {"anonymousId": "d1", "traits": {}})
    crowd.settle()
    lost = crowd.one("SELECT person FROM identifier WHERE value = 'd1'")
    crowd.arrive("identify", {"anonymousId": "d1", "userId": "C1", "traits": {}})
    crowd.settle()
    kept = crowd.one("SELECT person FROM identifier WHERE value = 'C1'")
    assert owner.get(f"/people/{lost}").headers["location"] == f"/people/{kept}"
    assert "محمد" in owner.get(f"/people/{kept}").text


def test_names_cannot_write_html(shop: ShopUnderTest, site: Site, owner: TestClient) -> None:
    shop.knows(
        "eve", firstName="<script>alert(1)</script>", email="eve@example.com", note="<img src=x onerror=alert(1)>"
    )
    shop.settle()
    person = shop.one("SELECT id FROM person")
    for address in ("/people", f"/people/{person}", "/people?q=<script>"):
        page = owner.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<script>" not in page.replace('<script type="module"', "")
