"""Who is who by program: what pages show and do, with a key and its scope."""

from typing import Any

import pytest
from tests.integration.engine.shop import ShopUnderTest
from tests.integration.web.conftest import Site, called

from antiphon.people.identifiers import Key

PHONE = {"kind": "phone", "value": "(212) 555-0101"}


def who(shop: ShopUnderTest, value: str) -> int:
    found: int = shop.one("SELECT person FROM identifier WHERE value = :v", v=value)
    return found


def two(shop: ShopUnderTest) -> tuple[int, int]:
    shop.knows("C1", firstName="Ann", email="ann@example.com", phone="+12125550101")
    shop.knows("C2", firstName="Bob", email="bob@example.com", phone="+12125550101")
    shop.settle()
    return who(shop, "C1"), who(shop, "C2")


def outcomes(found: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(edge["one"]["value"], edge["other"]["value"], edge["outcome"]) for edge in found["evidence"]}


def given(key: Key) -> dict[str, str]:
    return {"kind": key[0], "value": key[1]}


def test_a_merge_is_told_and_taken_back(site: Site, shop: ShopUnderTest) -> None:
    ann, bob = two(shop)
    api = called(site, "people:read", "identity:write")
    before = api.get(f"/api/v1/people/{ann}/identity").json()
    assert given(("email", "ann@example.com")).items() <= before["identifiers"][1].items()
    refused = next(edge for edge in before["evidence"] if edge["outcome"] == "refused")
    assert (refused["reason"], refused["person"]) == ("two customer ids", str(bob))
    done = api.post(f"/api/v1/people/{ann}/merge", json={"other": str(bob), "why": "A call"}).json()
    assert done == {"person": str(ann), "merged": [str(ann), str(bob)], "act": done["act"]}
    assert who(shop, "C2") == ann
    found = api.get(f"/api/v1/people/{bob}/identity").json()
    assert found["person"] == str(ann)
    assert [(said["act"], said["who"], said["why"]) for said in found["said"]] == [(done["act"], "warehouse", "A call")]
    assert api.post(f"/api/v1/verdicts/{done['act']}/undo").json()["people"] == sorted([str(ann), str(bob)])
    after = api.get(f"/api/v1/people/{ann}/identity").json()
    assert outcomes(after) == outcomes(before)
    assert after | {"evidence": []} == before | {"evidence": []}
    told = [tuple(row) for row in shop.rows("SELECT kind, who, what FROM audit WHERE area = 'people' ORDER BY id")]
    assert told == [("key", "warehouse", "people merged"), ("key", "warehouse", "decision on people taken back")]
    assert site.woken >= 2


def test_a_split_names_what_leaves(site: Site, shop: ShopUnderTest) -> None:
    ann, _ = two(shop)
    api = called(site, "identity:write")
    split = api.post(f"/api/v1/people/{ann}/split", json={"identifiers": [PHONE]}).json()
    assert split["person"] == str(ann)
    assert who(shop, "+12125550101") == int(split["split"]) != ann


def test_what_is_left_to_decide_is_decided(site: Site, shop: ShopUnderTest) -> None:
    ann, bob = two(shop)
    shop.knows("C3", email="cem@example.com", phone="+12125550101")
    shop.settle()
    api = called(site, "people:read", "identity:write")
    listed = api.get("/api/v1/conflicts").json()
    assert listed["next"] is None
    assert len(listed["conflicts"]) >= 2
    first, *rest = listed["conflicts"]
    ends = {name: first[name] for name in ("one", "other")}
    assert api.post("/api/v1/conflicts/keep-apart", json={**ends, "why": "Household"}).status_code == 200
    assert shop.one("SELECT DISTINCT says FROM verdict") == "different"
    for one in rest:
        ends = {name: one[name] for name in ("other", "one")}
        answer = api.post("/api/v1/conflicts/dismiss", json=ends)
        assert answer.status_code == 200, (one, answer.json())
    assert api.get("/api/v1/conflicts").json()["conflicts"] == []
    again = api.post("/api/v1/conflicts/dismiss", json=ends)
    assert (again.status_code, "not on the list" in again.json()["error"]) == (400, True)
    assert (who(shop, "C1"), who(shop, "C2")) == (ann, bob)


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("people/{ann}/merge", {}, 422, "other is missing."),
        ("people/{ann}/merge", {"other": 2**63}, 422, "other must be at most"),
        ("people/{ann}/merge", {"other": "{ann}"}, 400, "These are one person already."),
        ("people/{ann}/merge", {"other": 4711}, 400, "There is no person 4711."),
        ("people/99999999999999999999/merge", {"other": 4711}, 404, "There is no such person."),
        ("people/{ann}/merge", {"other": 1, "why": "x" * 501}, 422, "why is longer than 500 characters."),
        ("people/{ann}/split", {"identifiers": []}, 422, "identifiers is empty."),
        ("people/{ann}/split", {"identifiers": [{"kind": "email", "value": "x"}]}, 400, "'x' is not a value of 'email'."),
        ("people/{ann}/split", {"identifiers": [{"kind": "email", "value": "x@y.example"}]}, 400, "1 of these are not"),
        ("people/{ann}/split", {"identifiers": "all"}, 422, "identifiers must be a list."),
        ("conflicts/keep-apart", {"one": PHONE, "other": {"kind": "x\0", "value": "1"}}, 400, "a NUL character"),
        ("conflicts/keep-apart", {"one": PHONE, "other": {"kind": "x", "value": "1"}}, 400, "Nobody is known by the"),
        ("people/{ann}/merge", {"other": 4711, "why": "x\0"}, 400, "a NUL character"),
        ("verdicts/4711/undo", None, 400, "Nothing stands that was said in act 4711."),
        ("verdicts/99999999999999999999/undo", None, 400, "Nothing stands"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_says_why(
    site: Site, shop: ShopUnderTest, path: str, body: dict[str, Any] | None, status: int, says: str
) -> None:
    ann, _ = two(shop)
    if body and body.get("other") == "{ann}":
        body = {"other": ann}
    answer = called(site, "identity:write").post(f"/api/v1/{path.format(ann=ann)}", json=body)
    assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.json()
    assert shop.one("SELECT count(*) FROM verdict") == 0
