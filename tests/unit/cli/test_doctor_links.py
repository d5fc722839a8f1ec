"""``antiphon doctor`` asks where links in messages lead."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from antiphon.cli.doctor import _link


class Answers(BaseHTTPRequestHandler):
    said = b"ok"

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's own output is enough."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_address_that_answers_is_good(address: str) -> None:
    assert _link(address).level == "good"


def test_somebody_elses_is_bad(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "said", b"<h1>For sale</h1>")
    found = _link(address)
    assert (found.level, "somebody else" in found.what) == ("bad", True)


def test_one_that_does_not_answer_is_looked_at(address: str) -> None:
    assert _link("http://127.0.0.1:9").level == "warning"
    assert _link("http://[").level == "warning"
    assert "bit.ly" in _link("https://bit.ly").what
