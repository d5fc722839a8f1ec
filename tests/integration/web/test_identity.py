"""Who is who on pages: evidence, merging, splitting, taking back, and what is left to decide."""

import re

from fastapi.testclient import TestClient
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import post

from antiphon.web.identity.layout import HEIGHT, WIDTH, draw
from antiphon.web.identity.models import as_field
from antiphon.web.identity.read import identity


def who(shop: ShopUnderTest, value: str) -> int:
    found: int = shop.one("SELECT person FROM identifier WHERE value = :v", v=value)
    return found


def two(shop: ShopUnderTest) -> tuple[int, int]:
    shop.knows("C1", firstName="Ann", email="ann@example.com", phone="+12125550101")
    shop.knows("C2", firstName="<b>Bob</b>", email="bob@example.com", phone="+12125550101")
    shop.consents("C1", "email", "ann@example.com")
    shop.settle()
    return who(shop, "C1"), who(shop, "C2")


def test_a_page_shows_why_it_is_one_person(shop: ShopUnderTest, owner: TestClient) -> None:
    ann, bob = two(shop)
    page = owner.get(f"/people/{ann}/identity").text
    for words in ("ann@example.com", "Joins them", "Refused: two customer ids", f"/people/{bob}/identity", "proven"):
        assert words in page
    assert "Nothing: all of this follows" in page
    assert f'href="/people/{ann}/identity"' in owner.get(f"/people/{ann}").text


def test_people_are_merged_after_a_preview_and_parted_again(shop: ShopUnderTest, owner: TestClient) -> None:
    ann, bob = two(shop)
    assert f"other={bob}" in owner.get(f"/people/{ann}/merge?q=bob@").text
    preview = owner.get(f"/people/{ann}/merge?other={bob}").text
    assert "different customer numbers" in preview
    assert "<b>Bob" not in preview
    assert "each address keeps its own" in preview
    answer = post(owner, f"/people/{ann}/merge?other={bob}", f"/people/{ann}/merge", other=str(bob), why="A call")
    assert answer.headers["location"] == f"/people/{ann}/identity"
    assert who(shop, "C2") == ann
    assert owner.get(f"/people/{bob}/identity").headers["location"] == f"/people/{ann}/identity"
    page = owner.get(f"/people/{ann}/identity").text
    assert "“A call”" in page
    act = re.search(r'name="act" value="(\d+)"', page)
    assert act
    assert post(owner, f"/people/{ann}/identity", f"/people/{ann}/undo", act=act[1]).status_code == 303
    assert (who(shop, "C1"), who(shop, "C2")) == (ann, bob)
    done = shop.rows("SELECT kind, who, origin, what, about, after FROM audit WHERE area = 'people' ORDER BY id")
    robin = ("user", "owner@example.com", "testclient")
    assert [tuple(row) for row in done] == [
        (*robin, "people merged", f"person {ann}", {"merged": [ann, bob], "act": int(act[1])}),
        (*robin, "decision on people taken back", f"people {ann} {bob}", {"undone": int(act[1])}),
    ]


def test_identifiers_are_split_off(shop: ShopUnderTest, owner: TestClient) -> None:
    ann, _ = two(shop)
    address = f"/people/{ann}/identity"
    nothing = post(owner, address, f"/people/{ann}/split")
    assert nothing.status_code == 422
    assert "leave at least one where it is" in nothing.text
    field = as_field(("phone", "+12125550101"))
    assert post(owner, address, f"/people/{ann}/split", key2=field, why="").status_code == 303
    assert who(shop, "+12125550101") not in {ann, 0}
    assert "Kept apart by hand" in owner.get(address).text
    assert post(owner, address, f"/people/{ann}/split", key0="[1]").status_code >= 400


def test_conflicts_are_decided(shop: ShopUnderTest, owner: TestClient) -> None:
    ann, bob = two(shop)
    page = owner.get("/people/conflicts").text
    assert "Two customer ids" in page
    assert f"/people/{ann}/merge?other={bob}" in page or f"/people/{bob}/merge?other={ann}" in page
    one, other = re.findall(r'name="(?:one|other)" value="([^"]+)"', page)[:2]
    fields = {
        "one": one.replace("&#34;", '"'),
        "other": other.replace("&#34;", '"'),
        "say": "apart",
        "why": "Household",
    }
    assert post(owner, "/people/conflicts", "/people/conflicts", **fields).status_code == 303
    assert shop.one("SELECT count(*) FROM conflict") == 0
    assert shop.one("SELECT DISTINCT says FROM verdict") == "different"
    assert "Nothing to decide" in owner.get("/people/conflicts").text
    shop.knows("C3", email="cem@example.com", phone="+12125550101")
    shop.settle()
    page = owner.get("/people/conflicts").text
    one, other = re.findall(r'name="(?:one|other)" value="([^"]+)"', page)[:2]
    fields |= {"one": one.replace("&#34;", '"'), "other": other.replace("&#34;", '"'), "say": "dismiss"}
    assert post(owner, "/people/conflicts", "/people/conflicts", **fields).status_code == 303
    assert "Nothing to decide" in owner.get("/people/conflicts").text


def test_a_drawing_keeps_boxes_apart(shop: ShopUnderTest) -> None:
    for number in range(14):
        shop.arrive(
            "identify", {"userId": "C1", "anonymousId": f"device-{number}", "traits": {"email": "a@example.com"}}
        )
    shop.settle()
    with shop.db.read() as connection:
        found = identity(connection, who(shop, "C1"))
    drawing = draw(found)
    assert drawing.hidden == 4
    places = [(box.x, box.y) for box in drawing.boxes]
    assert all(
        abs(a[0] - b[0]) >= WIDTH or abs(a[1] - b[1]) >= HEIGHT for n, a in enumerate(places) for b in places[n + 1 :]
    )
    assert max(x for x, _ in places) + WIDTH <= drawing.width
    assert max(y for _, y in places) + HEIGHT <= drawing.height
