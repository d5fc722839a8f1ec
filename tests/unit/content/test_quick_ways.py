"""The quick ways of links and blanks do what their patterns say."""

import hmac
import re
import string
from hashlib import sha256

import itsdangerous
from hypothesis import given
from hypothesis import strategies as st

from antiphon.content.links import URL, Links
from antiphon.content.plaintext import squeeze
from antiphon.kit.signing import Signer

_PIECES = (
    "http", "https", "HTTPS", "http\u017f", "://", ":", "/", "s.example", "?a=1", ".", ",", ")", "]", " ", "\n", '"', "<", "x",
    "é",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_links_of_a_text_are_those_of_the_pattern(text: str) -> None:
    quick, slow = (Links(Signer(b"k" * 32), "https://go.example", 3, 7) for _ in range(2))
    assert quick.in_text(text) == URL.sub(lambda match: slow.short(match[0]), text)
    assert quick.urls == slow.urls


_BLANKS = st.text(alphabet=" \n\t\r\x0b\u00a0\u2028\u200dab😀" + string.punctuation[:3], max_size=30)


@given(st.one_of(st.text(alphabet=" \nab", max_size=30), _BLANKS))
def test_blanks_are_squeezed_in_any_order(text: str) -> None:
    lines = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    assert squeeze(text) == re.sub(r"\n{3,}", "\n\n", lines).strip()


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_tokens_are_signed_with_hmac(secret: bytes, payload: bytes) -> None:
    key = itsdangerous.Signer(secret, salt="s", key_derivation="hmac", digest_method=sha256).derive_key()
    signer = Signer(secret)
    for _ in range(2):
        assert signer._mac("s", payload) == hmac.digest(key, payload, "sha256")
