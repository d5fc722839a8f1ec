"""Bodies beyond the bound are refused before anybody has read them."""

from collections.abc import Iterator

from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from antiphon.web.bounds import BoundedBodies


def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(BoundedBodies, bound=1_000)

    @app.post("/form")
    async def form(request: Request) -> int:
        return len(await request.body())

    @app.post("/v1/own")
    async def own(request: Request) -> int:
        return len(await request.body())

    return TestClient(app)


def pieces(many: int) -> Iterator[bytes]:
    yield from (b"x" * 100 for _ in range(many))


def test_a_body_within_the_bound_arrives_whole() -> None:
    assert client().post("/form", content=b"x" * 1_000).json() == 1_000
    assert client().post("/form", content=pieces(10)).json() == 1_000


def test_a_body_that_announces_too_much_is_refused() -> None:
    answer = client().post("/form", content=b"x" * 1_001)
    assert answer.status_code == 413
    assert "larger than" in answer.json()["error"]


def test_a_body_that_announces_nothing_is_cut_off() -> None:
    assert client().post("/form", content=pieces(11)).status_code == 413


def test_a_length_that_is_no_number_is_refused() -> None:
    assert client().post("/form", content=b"x", headers={"Content-Length": "many"}).status_code == 413


def test_intake_has_its_own_bounds() -> None:
    assert client().post("/v1/own", content=b"x" * 1_001).json() == 1_001
