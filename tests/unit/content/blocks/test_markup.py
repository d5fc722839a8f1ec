"""Markup that authors write stays in its block, whatever it is."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from antiphon.content.blocks import AnyBlock
from antiphon.content.blocks.markup import balanced, clean, escaped
from antiphon.content.mail import RenderedEmail, compile_email, fill_email
from antiphon.content.models import EmailContent

_BLOCK: TypeAdapter[AnyBlock] = TypeAdapter(AnyBlock)

_VALUES = {
    "brand": {"name": "Acme", "postal_address": "1 Road, Town"},
    "unsubscribe_url": "https://go.example/u/t",
    "person": {},
    "event": {},
}

#: What tries to end its block, or to take in the next one.
HOSTILE = [
    "</p></div></td></tr></table></body></html>",
    "</mj-text></mj-column></mj-section>",
    "<div><div><table><tr><td>open",
    "<!-- open comment",
    "--> closing",
    "<!--[if mso]><table><![endif]-->",
    "<![endif]-->",
    "<script>document.write('x')</script>",
    "<style>.footer { display: none }</style>",
    "<style>open",
    "<script>open",
    "<title>open",
    "<textarea>open",
    "<plaintext>open",
    "<xmp>open",
    "<noscript>open",
    "<svg><style>open",
    "<math><mtext><table><mglyph><style><!--</style>",
    '<a href="open',
    "<a href='x' style='open",
    "<b title=\">\" class='<'>x",
    "<mj-include path='/etc/hostname' />",
    "<mj-raw></table>",
    "<?php open",
    "<![CDATA[ open",
    "<!DOCTYPE open",
    "&lt;/td&gt;&#60;/table&#62;",
    "<div style='position:absolute;top:0;margin-top:-500px'>over</div>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "zq0qz <!--zq1qz-->",
]


def email(*blocks: object) -> RenderedEmail:
    content = EmailContent.model_validate({"subject": "Hi", "blocks": list(blocks)})
    return fill_email(compile_email(content), _VALUES)


def _skeleton(html: str, marker: str) -> str:
    """The tags from a neighbour's words to the end, which a block before it must not change."""
    return " ".join(re.findall(r"</?\w+|<!--|-->", html[html.index(marker) :]))


_ALONE = email({"kind": "text", "html": "safe"}, {"kind": "text", "html": "NEIGHBOUR"})


@pytest.mark.parametrize("html", HOSTILE)
@pytest.mark.parametrize("kind", ["text", "raw"])
def test_hostile_markup_cannot_change_its_neighbours(kind: str, html: str) -> None:
    found = email({"kind": kind, "html": html}, {"kind": "text", "html": "NEIGHBOUR"})
    assert _skeleton(found.html, "NEIGHBOUR") == _skeleton(_ALONE.html, "NEIGHBOUR")
    before = found.html[: found.html.index("NEIGHBOUR")]
    for tag in ("table", "tr", "td", "div"):
        opened = len(re.findall(rf"<{tag}[\s>]", before)) - before.count(f"</{tag}>")
        alone = _ALONE.html[: _ALONE.html.index("NEIGHBOUR")]
        assert opened == len(re.findall(rf"<{tag}[\s>]", alone)) - alone.count(f"</{tag}>"), tag
    assert "NEIGHBOUR" in found.text
    assert "1 Road, Town" in found.text
    assert "go.example/u/t" in found.text
    for word in ("<script", "onerror", "position:absolute", "javascript:", "margin-top:-500px"):
        assert word not in found.html


@pytest.mark.parametrize("where", ["label", "alt", "title"])
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stand_as_words(where: str, words: str) -> None:
    block = {
        "label": {"kind": "button", "label": words, "href": "https://x.example"},
        "alt": {"kind": "image", "src": "https://x.example/a.png", "alt": words},
        "title": {"kind": "coupon", "code": "TEN", "title": words},
    }[where]
    found = email(block, {"kind": "text", "html": "NEIGHBOUR"})
    assert _skeleton(found.html, "NEIGHBOUR") == _skeleton(_ALONE.html, "NEIGHBOUR")


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("{% if person.a %}open", "not valid Liquid"),
        ("{% endif %}", "not valid Liquid|not whole"),
        ("{% break %}", "outside of a loop|not whole"),
        ("{% if true %}{% break %}{% endif %}", "outside of a loop"),
        ("{% for i in (1..2) %}{% endfor %}{% if true %}{% continue %}{% endif %}", "outside of a loop"),
        ("{% raw %}open", "not valid Liquid"),
        ("{% comment %}open", "not valid Liquid"),
        ("{{ open", "has no other end"),
        ("closing %}", "has no other end"),
        ("{% if a %}<p>{% endif %}x{% if a %}</p>{% endif %}", "on the other"),
        ("{% if a %}<b>{% else %}</b>{% endif %}", "on the other"),
        ("{% for i in (1..3) %}<div>{% endfor %}", "on the other"),
        ("\ue0001\ue001", "private use"),
    ],
)
def test_liquid_that_is_not_whole_is_refused(html: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        _BLOCK.validate_python({"kind": "text", "html": html})


@pytest.mark.parametrize(
    ("mjml", "words"),
    [
        ("</mj-column></mj-section><mj-section><mj-column>", "closes what is not open"),
        ("<mj-section><mj-column><mj-text>x</mj-text></mj-column>", "is not closed"),
        ("<mj-text><!-- x --></mj-text>", "comment"),
        ("<mj-text><![CDATA[</mj-text>", "comment"),
        ("<mj-text><style>.footer{display:none}</style></mj-text>", "reaches beyond"),
        ("<mj-style>.footer{display:none}</mj-style>", "has no mj-style"),
        ("<mj-raw></mj-raw>", "begin with"),
        ("<mj-text>x</mj-text><mj-section></mj-section>", "begin with"),
        ("<mj-text><p style='position:fixed'>x</p></mj-text>", "reaches beyond"),
        ("<mj-text><p onclick='x()'>x</p></mj-text>", "reaches beyond"),
        ("<mj-text>{% if a %}</mj-text>{% endif %}", "closes what is not open"),
        ("<mj-text>a < b</mj-text>", "not a whole tag"),
        ("<mj-text <b>x</b></mj-text>", "is not a whole tag|closes what"),
        ('<mj-include path="/etc/hostname" />', "mj-include"),
    ],
)
def test_raw_mjml_that_would_not_stay_in_its_place_is_refused(mjml: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        _BLOCK.validate_python({"kind": "raw", "mjml": mjml})


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([*HOSTILE, "a", " ", "<p>", "</p>", "{{ person.x }}", "<br>", "<b>", "</a>"])).map("".join)
)
def test_what_comes_out_of_cleaning_is_balanced_and_stays_as_it_is(source: str) -> None:
    found = clean(source, tables=True)
    balanced(found)
    assert clean(found, tables=True) == found
    assert "<!--" not in found


def test_words_are_escaped_and_their_liquid_is_not() -> None:
    assert escaped("a < b & \"c\" {{ x | default: 'y' }}") == "a &lt; b &amp; &quot;c&quot; {{ x | default: 'y' }}"
