from base64 import b64encode

import pytest

from antiphon.kit.authorization import basic_user, shown_secret

_BASIC = "Basic " + b64encode(b"key:ignored").decode()


@pytest.mark.parametrize(
    ("header", "user", "secret"),
    [
        (_BASIC, "key", "key"),
        (_BASIC.replace("Basic", "bAsIc"), "key", "key"),
        ("Bearer  key ", "", "key"),
        ("Basic !", "", ""),
        ("Basic " + b64encode(b"\xff").decode(), "", ""),
        ("Digest key", "", ""),
        ("", "", ""),
    ],
)
def test_what_a_header_shows(header: str, user: str, secret: str) -> None:
    assert (basic_user(header), shown_secret(header)) == (user, secret)
