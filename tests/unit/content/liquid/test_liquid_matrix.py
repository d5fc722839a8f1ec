"""Every form of Liquid with every kind of value, and pairs of them: compiled code against python-liquid, without chance."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from liquid import Markup
from tests.unit.content.liquid.grammar import BARE, TAKING

from antiphon.content.links import Links
from antiphon.content.liquid.environment import Kind
from antiphon.content.liquid.errors import FAILURES, AbortError
from antiphon.content.liquid.template import Template, compile_template
from antiphon.kit.signing import Signer

_MISSING = object()
_VALUES: tuple[Any, ...] = (
    _MISSING,
    None,
    True,
    False,
    0,
    1,
    2,
    -1,
    2.5,
    -0.0,
    float("nan"),
    10**30,
    Decimal("1.0"),
    Decimal("2.50"),
    "",
    " ",
    "1",
    "a",
    "b",
    "Zoë",
    "<b>&\"'",
    "x\ry",
    "x\r\ny",
    "\ud800",
    '" href="',
    '<a href="https://t.example">',
    "<",
    "https://s.example/?a=1&b=2",
    Markup("<i>"),
    Markup('<a href="https://u.example">u</a>'),
    Markup("<"),
    [],
    [1, 2, 3, 4, 5],
    ["b", "a", None, 1],
    [[1, "<"], [2]],
    [{"k": 1}, {"k": 2}, {}],
    {},
    {"k": "v", "size": 7},
    {"first": "f", "k": [1]},
    {"1": 1, 1: 2},
    ("t", 1),
    range(3),
    range(0),
    datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
    date(2026, 3, 4),
)

#: Where ``a`` stands alone.
_SINGLE = (
    "{{ a }}",
    "{{ a.k }}",
    "{{ a[0] }}",
    "{{ a[-1] }}",
    "{{ a.size }}",
    "{{ a.first }}",
    "{{ a.last }}",
    "{{ a['k'][0] }}",
    "{% if a %}1{% else %}0{% endif %}",
    "{% unless a %}1{% else %}0{% endunless %}",
    "{% if a.k %}1{% elsif a %}2{% endif %}",
    "{% if a == empty %}1{% endif %}{% if a == blank %}2{% endif %}{% if a == nil %}3{% endif %}{% if a != nil %}4{% endif %}",
    "{% if a == 'a' %}1{% endif %}{% if a != '1' %}2{% endif %}{% if a == 1 %}3{% endif %}{% if a == true %}4{% endif %}",
    "{% if true == a %}1{% endif %}{% if false == a %}2{% endif %}{% if empty == a %}3{% endif %}{% if 1.0 == a %}4{% endif %}",
    "{% for i in a %}{{ i }},{{ forloop.index }}/{{ forloop.length }}{{ forloop.first }};{% else %}none{% endfor %}",
    "{% for i in a %}{% if forloop.last %}{{ i }}{% endif %}{% endfor %}",
    "{% for i in a reversed %}{{ i }}{{ forloop.rindex }}{{ forloop.rindex0 }}{% endfor %}",
    "{% for i in a limit: 2 offset: 1 %}{{ i.k }}{{ forloop.index0 }}{% endfor %}",
    "{% for i in a offset: 1 reversed %}{{ i }}{% endfor %}{% for i in a limit: 0 %}{{ i }}{% endfor %}",
    "{% for i in a offset: -1 %}{{ i }}{% endfor %}",
    "{% for i in a limit: -1 %}{{ i }}{% else %}none{% endfor %}",
    "{% for i in (1..5) limit: a %}{{ i }}{% endfor %}",
    "{% for i in (1..5) offset: a %}{{ i }}{% endfor %}",
    "{% for i in (1..3) %}{% for j in a %}{{ i }}{{ j }}{{ forloop.parentloop.index }}{% break %}{% endfor %}{% endfor %}",
    "{% for i in (a..3) %}{{ i }}{% endfor %}",
    "{{ (1..a) }}",
    "{% for a in (1..2) %}{{ a }}{% endfor %}{{ a }}",
    "{% assign b = a %}{{ b }}{{ b.k }}{{ b.size }}{% if b %}1{% endif %}",
    "{% capture b %}[{{ a }}]{% endcapture %}{{ b }}{{ b.size }}",
    "{% capture b %}{{ a }}{% endcapture %}{% if b == a %}1{% endif %}{% assign b = b | append: a %}{{ b }}",
    "{% case a %}{% when 1, '1' %}one{% when 'a' or 'b' %}ab{% when nil %}nil{% when true %}t{% else %}else{% endcase %}",
    "{% case a %}{% when a %}same{% when a, a %}twice{% else %}none{% endcase %}",
    "{% for i in (1..3) %}{% cycle a, 'x' %}{% cycle a: 'p', 'q' %}{% increment n %}{% decrement m %}{{ n }}{% endfor %}",
    "{% for i in (1..2) %}{% ifchanged %}{{ a }}{% endifchanged %}{% endfor %}",
    "{% if a %} {% assign c = 1 %} {% endif %}{{ c }}",
    "{{ a | default: 'd' }}{{ a | default: 'd', allow_false: true }}{{ a.k | default: a }}",
    "{{ a | money }}{{ a | money: 'XYZ' }}",
    '<a href="{{ a }}">x</a>{{ a }}<a href="https://s.example/?q={{ a | url_encode }}&amp;r=1">y</a>',
    '{{ a }}<a href="https://v.example">z</a>',
    '{{ a | safe }}<a title="x" href="https://w.example/{{ a | safe }}">',
    '<a href="/{{ a }}">',
    '<a title="{{ a }}" href="https://w.example">',
    "{{ \"it's\" }}{{ '<q>' }}{{ a | append: '<q>' }}",
    "{% echo a %}{% liquid assign z = a\n echo z %}",
    "{{- a -}} . {%- if a -%} y {%- endif -%}",
)
#: Where ``a`` stands against ``b``.
_PAIRS = (
    "{% if a == b %}1{% else %}0{% endif %}{% if a != b %}1{% else %}0{% endif %}",
    "{% if a < b %}1{% else %}0{% endif %}",
    "{% if a > b %}1{% else %}0{% endif %}",
    "{% if a <= b %}1{% else %}0{% endif %}",
    "{% if a >= b %}1{% else %}0{% endif %}",
    "{% if a contains b %}1{% else %}0{% endif %}",
    "{{ a[b] }}",
    "{% if a or b and a %}1{% else %}0{% endif %}{% if a and b or a == b %}1{% else %}0{% endif %}",
)
_FILTERED = tuple(f"{{{{ a | {name} }}}}" for name in BARE) + tuple(f"{{{{ a | {name}: 'k' }}}}" for name in TAKING)


def outcome(render: Any) -> str:
    try:
        return f"= {render()}"
    except FAILURES as error:
        return f"! {type(error).__name__}: {error}"


def links() -> Links:
    return Links(Signer(b"k" * 32), "https://go.example", 3, 7)


def check(template: Template, *values: Any) -> bool:
    """Whether compiled code answered, or there is no answer; with links and without, it is python-liquid's."""
    given = {name: value for name, value in zip("ab", values, strict=False) if value is not _MISSING}
    expected = outcome(lambda: template.bound.render(**given))
    assert outcome(lambda: template.render(given)) == expected, given
    if template.bound.env.autoescape:
        ours, whole = links(), links()
        searched = outcome(lambda: whole.in_html(template.bound.render(**given)))
        assert outcome(lambda: template.render_linked(given, ours)) == searched, given
        assert searched[0] == "!" or ours.urls == whole.urls, given
    render = template.compiled(links=False)
    assert render is not None
    try:
        return bool(render(given, None) is not None)
    except (*FAILURES, AbortError):
        return expected[0] == "!"


@pytest.mark.parametrize("kind", ["html", "text"])
@pytest.mark.parametrize("source", [*_SINGLE, *_FILTERED])
def test_one_value(kind: Kind, source: str) -> None:
    template = compile_template(source, kind)
    assert sum(check(template, value) for value in _VALUES) > 0


@pytest.mark.parametrize("source", _PAIRS)
def test_two_values(source: str) -> None:
    template = compile_template(source, "html")
    assert sum(check(template, a, b) for a, b in product(_VALUES, repeat=2)) > 0
