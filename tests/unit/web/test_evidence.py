from typing import Any

import pytest

from antiphon.web.audiences.pages import lines


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"channel": "sms", "states": ["pending", "subscribed"]}, "channel: sms, states: pending, subscribed"),
        ({"channel": "email", "states": None}, "channel: email, states: never asked"),
        ({"products": []}, "products: none"),
        ({"newest": None, "n": 3}, "newest: none, n: 3"),
        ({"products": [{"product": "p1"}]}, 'products: [{"product":"p1"}]'),
    ],
)
def test_evidence_reads_as_words(evidence: dict[str, Any], words: str) -> None:
    assert lines(evidence) == [(0, words)]
    assert lines({"not": evidence}) == [(0, "Not"), (1, words)]
