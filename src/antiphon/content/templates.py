"""Liquid with limits, for HTML (escaped) and for subjects and texts (plain)."""

from collections.abc import Mapping
from typing import Any

from antiphon.content.links import Links
from antiphon.content.liquid.environment import Kind
from antiphon.content.liquid.errors import FAILURES, TemplateError
from antiphon.content.liquid.template import Template, compile_template

HTML: Kind = "html"
PLAIN: Kind = "text"

__all__ = ["HTML", "PLAIN", "Template", "TemplateError", "fill", "parse"]


def parse(kind: Kind, source: str, what: str) -> Template:
    """Compile ``source``; ``what`` names it in the error."""
    return compile_template(source, kind, what)


def fill(template: Template, values: Mapping[str, Any], what: str, links: Links | None = None) -> str:
    """Render for one person, with ``links`` the links of HTML rewritten; raises :class:`TemplateError` where the template
    fails on these values."""
    try:
        return template.render(values) if links is None else template.render_linked(values, links)
    except FAILURES as error:
        # filters call straight into Python, so a person's odd value surfaces as any of these
        raise TemplateError(f"The {what} failed on this person: {type(error).__name__}: {error}.") from error
