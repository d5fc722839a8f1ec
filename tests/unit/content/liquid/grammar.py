"""Templates and values as they may come, drawn by hypothesis: valid Liquid, and values of every kind that JSON and we bring."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

_TEXTS = (
    "", " ", "  \t", "Ann", "Zoë", "a b", "<b>x</b>", "&amp;", '"q"', "O'Neil", "{{ x }}", "{% if %}", "%s {0}", "0", "1",
    "12.50", "line\nbreak", "mac\rbreak", "dos\r\nbreak", "日本語", "😀", "\u00a0", "__class__", "href=", ' href="', '<a href="https://h">',
    "<", "<a", "https://x.example/?a=1&b=2", "javascript:alert(1)", "now", "2026-03-04", "\ud800", "size",
)  # fmt: skip
_NUMBERS = (
    0,
    1,
    -1,
    2,
    7,
    10**30,
    0.0,
    -0.0,
    0.1,
    2.5,
    1e22,
    float("inf"),
    float("nan"),
    Decimal("1.10"),
    Decimal(0),
    True,
    False,
)
_TIMES = (datetime(2026, 3, 4, 5, 6, tzinfo=UTC), date(2026, 3, 4))
NAMES = (
    "a",
    "b",
    "c",
    "d",
    "i",
    "j",
    "missing",
    "forloop",
    "partial",
    "now_",
    "size",
    "first",
    "__class__",
    "items",
    "has-dash",
)

_SCALARS = st.one_of(st.none(), st.sampled_from(_TEXTS), st.sampled_from(_NUMBERS), st.sampled_from(_TIMES))
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from((*NAMES, "", "0")), inner, max_size=4)
    ),
    max_leaves=8,
)
CONTEXTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=len(NAMES))

_KEYS = st.one_of(
    st.sampled_from(NAMES).map(lambda name: f".{name}"),
    st.sampled_from(
        (".size", ".first", ".last", "[0]", "[-1]", "[5]", '["has-dash"]', "[a]", "[b.c]", ".__class__.__mro__")
    ),
)
_LOOP = (
    "index",
    "index0",
    "rindex",
    "rindex0",
    "first",
    "last",
    "length",
    "name",
    "parentloop.index",
    "parentloop",
    "size",
)


@st.composite
def paths(draw: st.DrawFn) -> str:
    if draw(st.integers(0, 5)) == 0:
        return f"forloop.{draw(st.sampled_from(_LOOP))}"
    return draw(st.sampled_from(NAMES)) + "".join(draw(st.lists(_KEYS, max_size=3)))


_LITERALS = st.sampled_from(
    (
        "1",
        "0",
        "2",
        "-1",
        "1.5",
        "true",
        "false",
        "nil",
        "empty",
        "blank",
        "'x'",
        '"<i>"',
        "''",
        "'1'",
        "(1..3)",
        "(a..b)",
        "' '",
    )
)
primitives = st.one_of(paths(), paths(), _LITERALS)

BARE = (
    "abs", "ceil", "floor", "round", "capitalize", "downcase", "upcase", "escape", "escape_once", "lstrip", "rstrip",
    "strip", "newline_to_br", "squish", "strip_html", "strip_newlines", "url_encode", "url_decode", "base64_encode",
    "base64_decode", "reverse", "sort", "sort_natural", "uniq", "compact", "sum", "size", "first", "last", "join",
    "safe", "escapejs", "truncate", "truncatewords", "money", "default",
)  # fmt: skip
TAKING = (
    "at_most", "at_least", "divided_by", "minus", "plus", "times", "modulo", "round", "append", "prepend", "remove",
    "remove_first", "remove_last", "replace", "replace_first", "slice", "split", "truncate", "truncatewords", "join",
    "concat", "map", "where", "reject", "find", "has", "sort", "uniq", "compact", "sum", "default", "date", "money",
)  # fmt: skip


@st.composite
def filtered(draw: st.DrawFn) -> str:
    code = draw(primitives)
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2)))):
        if draw(st.booleans()):
            code += f" | {draw(st.sampled_from(BARE))}"
        else:
            arguments = ", ".join(draw(st.lists(primitives, min_size=1, max_size=2)))
            code += f" | {draw(st.sampled_from(TAKING))}: {arguments}"
    return code + draw(st.sampled_from(("", "", "", " | default: 'x', allow_false: true")))


@st.composite
def conditions(draw: st.DrawFn) -> str:
    terms = []
    for _ in range(draw(st.integers(1, 3))):
        term = draw(primitives)
        if draw(st.booleans()):
            term += f" {draw(st.sampled_from(('==', '!=', '<>', '<', '>', '<=', '>=', 'contains')))} {draw(primitives)}"
        terms.append(term)
    return terms[0] + "".join(f" {draw(st.sampled_from(('and', 'or')))} {term}" for term in terms[1:])


_PLAIN = st.sampled_from(
    (
        "text ", " ", "\n", "\r\n", "<b>", "</b>", "Zoë ", '<a href="https://s.example/?a=1&amp;b=2">s</a>',
        '<a href="mailto:x@y">',
        '<a title="t" href="{{ a }}">x</a>', '<a href="https://s.example/{{ a | url_encode }}/{{ b.c }}">x</a>', "<a ", "<",
        'href="', '<a href="', '">', '<a href="/relative">', '<A HREF="https://s.example">', "<abbr>", '<a class="{{ a }}" href="https://t">',
        "{{'{{'}}", "{% raw %}{{ a }}{% endraw %}", "{% comment %}c{% endcomment %}", "{% # note %}", '"', ">",
    )
)  # fmt: skip


@st.composite
def _loop(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    code = f"for {draw(st.sampled_from(('i', 'j', 'a', 'forloop')))} in {draw(primitives)}"
    options = (
        " reversed",
        " limit: 2",
        " offset: 1",
        " limit: a",
        " offset: b",
        " limit: 0",
        " offset: -1",
        " offset: continue",
    )
    code += "".join(draw(st.lists(st.sampled_from(options), max_size=2)))
    other = f"{{% else %}}{draw(inner)}" if draw(st.booleans()) else ""
    return f"{{% {code} %}}{draw(inner)}{other}{{% endfor %}}"


@st.composite
def _branch(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    tag = draw(st.sampled_from(("if", "unless")))
    dash = draw(st.sampled_from(("", "-")))
    code = f"{{%{dash} {tag} {draw(conditions())} {dash}%}}{draw(inner)}"
    for _ in range(draw(st.integers(0, 2))):
        code += f"{{% elsif {draw(conditions())} %}}{draw(inner)}"
    return code + (f"{{% else %}}{draw(inner)}" if draw(st.booleans()) else "") + f"{{% end{tag} %}}"


@st.composite
def _case(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    code = f"{{% case {draw(primitives)} %}}"
    for _ in range(draw(st.integers(0, 3))):
        code += f"{{% when {' or '.join(draw(st.lists(primitives, min_size=1, max_size=2)))} %}}{draw(inner)}"
    return code + (f"{{% else %}}{draw(inner)}" if draw(st.booleans()) else "") + "{% endcase %}"


_LEAVING = st.sampled_from(("{% break %}", "{% continue %}"))


@st.composite
def _simple(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(("a", "b", "i", "n")))
    leave = f"{{% if i == {draw(primitives)} %}}{draw(_LEAVING)}{{% endif %}}"
    return draw(
        st.sampled_from(
            (
                f"{{% assign {name} = {draw(filtered())} %}}",
                f"{{% increment {name} %}}",
                f"{{% decrement {name} %}}",
                f"{{% cycle {draw(primitives)}, {draw(primitives)} %}}",
                f"{{% cycle {name}: 'x', {draw(primitives)} %}}",
                f"{{% for i in {draw(primitives)} %}}{{{{ i }}}}{leave}-{{% endfor %}}",
                f"{{% echo {draw(filtered())} %}}",
                f"{{% liquid\nassign {name} = 3\necho {name}\n%}}",
            )
        )
    )


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    capture = st.builds("{{% capture {} %}}{}{{% endcapture %}}".format, st.sampled_from(("a", "b", "n")), inner)
    changed = st.builds("{{% ifchanged %}}{}{{% endifchanged %}}".format, inner)
    several = st.lists(
        st.one_of(inner, _loop(inner), _branch(inner), _case(inner), capture), min_size=1, max_size=4
    ).map("".join)
    left = st.builds("{{% for j in (1..3) %}}{}{}{}{{% endfor %}}".format, inner, _LEAVING, inner)
    return st.one_of(several, several, several, changed, left)


_PIECES = st.one_of(
    _PLAIN, filtered().map(lambda code: f"{{{{ {code} }}}}"), filtered().map("{{{{- {} -}}}}".format), _simple()
)
TEMPLATES: st.SearchStrategy[str] = st.lists(st.recursive(_PIECES, _blocks, max_leaves=8), min_size=1, max_size=5).map(
    "".join
)

Values = dict[str, Any]
