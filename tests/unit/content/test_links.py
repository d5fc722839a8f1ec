"""Links: rewritten, signed, and unforgeable."""

import struct
from pathlib import Path
from stat import S_IMODE

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.content.links import ClickedLink, Links, Subscription, read_click, read_unsubscribe, unsubscribe_token
from antiphon.kit.buckets import BUCKETS
from antiphon.kit.errors import ConfigError
from antiphon.kit.signing import BadTokenError, Signer

SIGNER = Signer(b"k" * 32)
BASE = "https://go.example"


def links() -> Links:
    return Links(SIGNER, BASE, BUCKETS[5], -77, untouched=frozenset({f"{BASE}/u/t"}))


def token(url: str) -> str:
    return url.removeprefix(f"{BASE}/c/")


def test_each_link_gets_a_number_and_the_same_link_the_same() -> None:
    own = links()
    html = own.in_html(
        '<a href="https://x/?a=1&amp;b=2">1</a><a class="c" href="https://y.example">2</a><a href="https://x/?a=1&amp;b=2">'
    )
    text = own.in_text("See https://y.example, (https://x/?a=1&b=2).")
    assert own.urls == ["https://x/?a=1&b=2", "https://y.example"]
    assert html.count(f'href="{BASE}/c/') == 3
    first, second = own.short("https://x/?a=1&b=2"), own.short("https://y.example")
    assert text == f"See {second}, ({first})."
    clicked = read_click(SIGNER, token(second))
    assert (clicked.abucket, clicked.message, clicked.number) == (BUCKETS[5], -77, 1)
    assert len(token(second)) == 22, "a text pays for each character"


@pytest.mark.parametrize("url", ["mailto:a@b.c", "tel:+1", f"{BASE}/u/t", "#top"])
def test_what_is_no_web_link_or_the_way_out_stays(url: str) -> None:
    assert links().in_html(f'<a href="{url}">') == f'<a href="{url}">'


@pytest.mark.parametrize("url", ["javascript:alert(1)", " JAVASCRIPT:x", "data:text/html,x", "vbscript:x"])
def test_what_could_run_leads_nowhere(url: str) -> None:
    assert links().in_html(f'<a href="{url}">') == '<a href="#">'


@given(st.text(max_size=60))
def test_no_made_up_token_is_read(made_up: str) -> None:
    with pytest.raises(BadTokenError):
        read_click(SIGNER, made_up)
    with pytest.raises(BadTokenError):
        read_unsubscribe(SIGNER, made_up)


def test_a_token_is_good_for_its_own_use_and_key_only() -> None:
    out = unsubscribe_token(SIGNER, Subscription("email", "zoë@example.com", 1, 5))
    assert read_unsubscribe(SIGNER, out) == Subscription("email", "zoë@example.com", 1, 5)
    with pytest.raises(BadTokenError):
        read_click(SIGNER, out)
    with pytest.raises(BadTokenError):
        read_unsubscribe(Signer(b"other" * 8), out)
    changed = out[:-1] + ("A" if out[-1] != "A" else "B")
    with pytest.raises(BadTokenError):
        read_unsubscribe(SIGNER, changed)


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "link.key"
    first, second = Signer.from_file(path), Signer.from_file(path)
    assert first.unsign("s", second.sign("s", b"x")) == b"x"
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    path.write_bytes(b"short")
    with pytest.raises(ConfigError, match="damaged"):
        Signer.from_file(path)


def test_links_of_26_characters_that_were_sent_go_on_working() -> None:
    payload = struct.pack(">hqB", BUCKETS[5], -77, 3)
    sent = SIGNER.sign("antiphon.click", payload, 8)
    assert len(sent) == 26
    assert read_click(SIGNER, sent) == ClickedLink(BUCKETS[5], -77, 3)
    with pytest.raises(BadTokenError):
        read_click(Signer(b"other" * 8), sent)


@given(st.sampled_from(BUCKETS), st.integers(-(2**63), 2**63 - 1), st.integers(0, 254), st.integers(0, 21))
def test_a_token_says_its_link_and_no_sign_of_it_can_change(bucket: int, message: int, number: int, place: int) -> None:
    own = Links(SIGNER, BASE, bucket, message, urls=[f"https://x.example/{n}" for n in range(number)])
    made = token(own.short("https://y.example"))
    assert read_click(SIGNER, made) == ClickedLink(bucket, message, number)
    for other in "Aq_":
        bent = made[:place] + other + made[place + 1 :]
        # the last of 22 characters holds two bits only
        if bent != made and place < 21:
            with pytest.raises(BadTokenError):
                read_click(SIGNER, bent)
