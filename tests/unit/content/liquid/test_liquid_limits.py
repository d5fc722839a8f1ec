"""Limits hold in compiled code as in python-liquid, and hostile templates reach nothing but their values."""

import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from antiphon.content.links import Links
from antiphon.content.liquid.environment import Kind
from antiphon.content.liquid.template import compile_template
from antiphon.content.templates import TemplateError, fill
from antiphon.kit.signing import Signer

_BOMBS = [
    "{% for i in (1..1000000000) %}x{% endfor %}",
    "{% for i in (1..1000000000) reversed %}x{% endfor %}",
    "{% for i in (1..50) %}{% for j in (1..50) %}x{% endfor %}{% endfor %}",
    "{{ (1..1000000000) | join }}",
    "{{ (1..1000000000) | sort | size }}",
    "{% if (1..1000000000) contains 'x' %}{% endif %}",
    "{% for i in (1..2000) %}{{ big }}{% endfor %}",
    "{{ big }}" * 40,
    "{% capture a %}{% for i in (1..2000) %}{{ big }}{% endfor %}{% endcapture %}",
    "{% assign a = 'x' %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}",
    "{% assign a = 'aaaaaaaaaa' %}{% for i in (1..14) %}{% assign a = a | append: a %}{% endfor %}{{ a | replace: '', a }}",
    "{{ big | split: '' | join: big }}",
    "{{ big | append: big" + " | append: big" * 60 + " }}",
    "{{ numbers | uniq | size }}",
    "{% assign n = 9 %}{% for i in (1..60) %}{% assign n = n | times: n %}{% endfor %}{{ n }}",
    "{% for a in (1..2) %}" * 28 + "{% endfor %}" * 28,
]
_VALUES = {"big": "x" * 30_000, "numbers": list(range(5_000))}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["html", "text"])
@pytest.mark.parametrize("source", _BOMBS)
def test_a_bomb_fails_at_once(kind: Kind, source: str) -> None:
    with pytest.raises(TemplateError, match="failed on this person"):
        fill(compile_template(source, kind), _VALUES, "email")


def test_what_stays_below_the_limits_is_rendered() -> None:
    source = "{% for i in (1..2000) %}{{ i }}{% endfor %}{% for i in (1..2000) %}-{% endfor %}"
    assert compile_template(source, "text").render({}) == "".join(map(str, range(1, 2001))) + "-" * 2000
    long = {"big": "<" * 200_000}
    assert compile_template("{{ big }}", "html").render(long) == "&lt;" * 200_000, (
        "near the limit python-liquid decides"
    )


class Thing:
    secret = "s3cret"

    def __str__(self) -> str:
        return "thing"


@pytest.mark.parametrize("kind", ["html", "text"])
@pytest.mark.parametrize(
    "source",
    [
        "{{ thing.secret }}", "{{ thing.__class__ }}", "{{ thing.__init__.__globals__ }}", "{{ thing['secret'] }}",
        "{{ text.__class__.__mro__ }}", "{{ text.upper }}", "{{ text.format }}", "{{ at.year }}", "{{ list.append }}",
        "{{ list.__len__ }}", "{{ map.keys }}", "{{ map.items }}", "{{ forloop.__class__ }}", "{{ V }}", "{{ L }}", "{{ link }}",
        "{{ __builtins__ }}", "{{ k0 }}", "{{ t1 }}", "{{ missing.__class__.x[0].size }}",
        "{% for i in list %}{{ i.__class__ }}{{ forloop.__init__ }}{% endfor %}",
    ],
)  # fmt: skip
def test_nothing_of_python_is_within_reach(kind: Kind, source: str) -> None:
    values = {"thing": Thing(), "text": "abc", "at": datetime(2026, 1, 1, tzinfo=UTC), "list": [1], "map": {"a": 1}}
    template = compile_template(source, kind)
    assert template.render(values) == template.bound.render(**values) == ""


@pytest.mark.parametrize(
    "text",
    ['\'"""\'', "\\", "\\x41\\n", "{0.__class__}", "%(x)s", "{t1}", "\u2028\x00\x85", "__import__('os')"],
)
def test_text_is_text_and_never_code(text: str) -> None:
    quoted = f'"{text}"' if '"' not in text else "''"
    source = f"{text} {{{{ a[{quoted}] }}}} {{% if a == {quoted} %}}{text}{{% endif %}}{{% assign k0 = {quoted} %}}{{{{ k0 }}}}"
    for kind in ("html", "text"):
        template = compile_template(source, kind)
        assert template.compiled(links=False) is not None
        assert template.render({"a": {text: text}}) == template.bound.render(a={text: text})


def test_names_of_a_template_do_not_stand_in_its_code() -> None:
    template = compile_template(
        "{% assign evil_name = person['odd key'] %}{{ evil_name | default: 'odd text' }}", "text"
    )
    render: Any = template.compiled(links=False)
    assert not {"evil_name", "person", "odd key", "odd text", "default"} & {
        *render.__code__.co_names,
        *render.__code__.co_consts,
    }


@pytest.mark.parametrize(
    "source",
    [
        "{% tablerow i in (1..3) cols: 2 %}{{ i }}{% endtablerow %}",
        "{% for i in (1..3) limit: 1 %}{{ i }}{% endfor %}{% for i in (1..3) offset: continue %}{{ i }}{% endfor %}",
        "{% for i in (1..2) %}{{ forloop }}{% endfor %}",
        "{% for i in (1..2) %}{{ forloop[a] }}{% endfor %}",
        "{{ [a] }}",
        "a{% for i in (1..30) %}{% break %}{% endfor %}b" * 200,
        "{% if a %}" * 29 + "x" + "{% endif %}" * 29,
    ],
)
def test_what_the_compiler_does_not_cover_is_rendered_all_the_same(source: str) -> None:
    template = compile_template(source, "html")
    assert template.render({"a": 1}) == template.bound.render(a=1)


def test_a_link_that_is_text_of_the_template_needs_no_search_of_the_whole() -> None:
    source = (
        '<p>{{ a }}<a href="https://s.example/?x=1&amp;y=2">one</a>{% for b in c %}<a class="k" href="{{ b }}">two</a>'
        '{% else %}<a href="/bad">{% endfor %}<a href="mailto:a@b.example">three</a>'
    )
    template = compile_template(source, "html")
    render = template.compiled(links=True)
    assert render is not None
    people: list[dict[str, Any]] = [
        {"a": "<", "c": ["https://s.example/1", "javascript:x", "https://s.example/1"]},
        {"c": []},
    ]
    for values in people:
        ours, whole = (Links(Signer(b"k" * 32), "https://go.example", 3, 7) for _ in range(2))
        assert render(values, ours) == whole.in_html(template.bound.render(**values))
        assert ours.urls == whole.urls
        assert 'href="https://go.example/c/' in render(values, ours)


def test_a_value_that_would_move_a_link_leads_to_the_search_of_the_whole() -> None:
    template = compile_template('{{ a | safe }}<a title="{{ b }}" href="https://s.example">x</a>', "html")
    for values in ({"a": "<", "b": "x"}, {"a": '<a href="https://t.example">', "b": " href="}):
        ours, whole = (Links(Signer(b"k" * 32), "https://go.example", 3, 7) for _ in range(2))
        assert template.render_linked(values, ours) == whole.in_html(template.bound.render(**values))
        assert ours.urls == whole.urls


def test_nested_values_deeper_than_the_stack_are_an_error_of_this_person() -> None:
    deep: list[Any] = []
    for _ in range(sys.getrecursionlimit() * 2):
        deep = [deep]
    template = compile_template("{{ a | size }}", "text")
    assert template.render({"a": deep}) == "1"
