"""Segments by program: defined, read, counted, archived, by the scopes of the key."""

from tests.integration.web.conftest import Site, called

WHO = {"kind": "consent", "channel": "email"}


def test_segments_by_program(site: Site) -> None:
    program = called(site, "segments:read", "segments:write")
    made = program.put("/api/v1/segments/readers", json={"title": "Readers", "who": WHO})
    assert (made.status_code, made.json()["changed"]) == (201, True)
    assert program.put("/api/v1/segments/readers", json={"title": "Readers", "who": WHO}).json()["changed"] is False
    shown = program.get("/api/v1/segments/readers").json()
    assert shown["sentence"] == "Everybody who is subscribed to email."
    assert shown["used_by"] == []
    assert program.get("/api/v1/segments/readers/members").json() == {"members": [], "next": None}
    assert program.post("/api/v1/segments/count", json={"who": WHO}).json()["n"] == 0
    inner = {"kind": "segment", "segment": "readers"}
    assert program.put("/api/v1/segments/outer", json={"title": "Outer", "who": inner}).status_code == 201
    refused = program.post("/api/v1/segments/readers/archive")
    assert (refused.status_code, refused.json()["used_by"][0]["name"]) == (409, "outer")
    round_ = program.put(
        "/api/v1/segments/readers", json={"title": "R", "who": {"kind": "segment", "segment": "outer"}}
    )
    assert (round_.status_code, "go round" in round_.json()["error"]) == (422, True)
    assert program.post("/api/v1/segments/count", json={"who": {"kind": "trait"}}).status_code == 422
    assert program.post("/api/v1/segments/outer/archive").json()["state"] == "archived"
    assert called(site, "segments:read", name="reader").post("/api/v1/segments/outer/restore").status_code == 403
