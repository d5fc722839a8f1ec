"""An email's way from MJML to a template: compiled once per version, filled for each person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import css_inline
from mjml import mjml2html

from antiphon.content.guard import guard
from antiphon.content.layout import framed
from antiphon.content.links import Links
from antiphon.content.marks import marked
from antiphon.content.models import EmailContent
from antiphon.content.plaintext import plain_text, squeeze
from antiphon.content.templates import HTML, PLAIN, Template, TemplateError, fill, parse

#: Gmail hides what lies beyond 102 KB, the footer first.
CLIP_BYTES = 102_400

_ELEMENT = re.compile(r"<(mj-[a-z-]+)")
_SECTIONS = frozenset({"mj-section", "mj-wrapper", "mj-hero", "mj-raw"})
#: What may stand inside sections. Not ``mj-include``: content comes from nowhere but its version.
_ELEMENTS = frozenset(
    {
        "mj-column", "mj-group", "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table",
        "mj-social", "mj-social-element", "mj-navbar", "mj-navbar-link", "mj-carousel", "mj-carousel-image",
        "mj-accordion", "mj-accordion-element", "mj-accordion-title", "mj-accordion-text",
    }
)  # fmt: skip

_INLINER = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class CompiledEmail:
    subject: Template
    preheader: Template
    html: Template
    text: Template


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    subject: str
    html: str
    text: str


def compile_email(content: EmailContent) -> CompiledEmail:
    """Compile one version of an email; raises :class:`TemplateError` that says what is wrong with it."""
    check_elements(content.mjml)
    guarded = guard(framed(content.mjml))
    try:
        html = _inlined(mjml2html(guarded.markup, fonts={}))
    except ValueError as error:
        raise TemplateError(
            f"The email is not valid MJML: {guarded.restore(str(error))}.",
            "Write the sections that stand inside <mj-body>, each tag closed.",
        ) from error
    return CompiledEmail(
        parse(PLAIN, content.subject, "subject"),
        parse(PLAIN, content.preheader, "preheader"),
        parse(HTML, marked(guarded.restore(html)), "email"),
        parse(PLAIN, guarded.restore(plain_text(html)), "email's text"),
    )


def check_elements(mjml: str) -> None:
    """The compiler passes over what it does not know; here it is an error that names it."""
    names = set(_ELEMENT.findall(mjml))
    if unknown := sorted(names - _ELEMENTS - _SECTIONS):
        raise TemplateError(
            f"The email has elements that MJML does not: {', '.join(unknown)}.", "Check their spelling."
        )
    if not names & _SECTIONS:
        raise TemplateError("The email has no section.", "Begin with <mj-section><mj-column>.")


def _inlined(html: str) -> str:
    """CSS moved into the elements; left in the head when the inliner's parser would move content out of its condition.

    Raw markup where a table wants rows is taken out of the table by every HTML parser, but its Liquid marks are not.
    """
    inlined = _INLINER.inline(html)
    return inlined if plain_text(inlined).split() == plain_text(html).split() else html


def fill_email(compiled: CompiledEmail, values: Mapping[str, Any], links: Links | None = None) -> RenderedEmail:
    """One person's email, with ``links`` those of both parts rewritten."""
    subject = " ".join(fill(compiled.subject, values, "subject").split())
    if not subject:
        raise TemplateError(
            "The subject is empty for this person.", "Give the Liquid a default: {{ x | default: '…' }}."
        )
    values = {**values, "subject": subject, "preheader": fill(compiled.preheader, values, "preheader")}
    html = fill(compiled.html, values, "email", links)
    text = squeeze(fill(compiled.text, values, "email's text"))
    return RenderedEmail(subject, html, links.in_text(text) if links else text)
