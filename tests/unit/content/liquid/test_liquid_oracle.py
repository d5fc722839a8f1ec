"""Compiled templates say what python-liquid says: the same output, the same errors, on anything."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from tests.unit.content.liquid.grammar import CONTEXTS, TEMPLATES, Values

from antiphon.content.links import Links
from antiphon.content.liquid.environment import Kind
from antiphon.content.liquid.errors import FAILURES, AbortError, TemplateError
from antiphon.content.liquid.template import Template, compile_template
from antiphon.kit.signing import Signer

_SIGNER = Signer(b"k" * 32)
_LESS = settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)


def links() -> Links:
    return Links(_SIGNER, "https://go.example", 3, 7)


def parsed(source: str, kind: Kind) -> Template:
    try:
        return compile_template(source, kind)
    except TemplateError:
        assume(False)
        raise


def outcome(render: Any) -> str:
    """What came out; an error by its type and words."""
    try:
        return f"= {render()}"
    except FAILURES as error:
        return f"! {type(error).__name__}: {error}"


def compiled(template: Template, values: Values, to: Links | None) -> str | None:
    """What the compiled function alone makes, where there is one and it does not hand over."""
    render = template.compiled(links=to is not None)
    if render is None:
        return None
    try:
        return render(values, to)
    except (*FAILURES, AbortError):
        return None


@pytest.mark.parametrize("kind", ["html", "text"])
@_LESS
@given(source=TEMPLATES, values=CONTEXTS)
def test_output_and_errors_are_those_of_python_liquid(kind: Kind, source: str, values: Values) -> None:
    template = parsed(source, kind)
    expected = outcome(lambda: template.bound.render(**values))
    assert outcome(lambda: template.render(values)) == expected
    ours = compiled(template, values, None)
    assert ours is None or f"= {ours}" == expected


@_LESS
@given(source=TEMPLATES, values=CONTEXTS)
def test_links_are_those_that_the_search_of_the_whole_finds(source: str, values: Values) -> None:
    template = parsed(source, "html")
    whole, ours = links(), links()
    expected = outcome(lambda: whole.in_html(template.bound.render(**values)))
    assert outcome(lambda: template.render_linked(values, ours)) == expected
    assert expected[0] == "!" or ours.urls == whole.urls
    alone = links()
    found = compiled(template, values, alone)
    assert found is None or (f"= {found}", alone.urls) == (expected, whole.urls)
