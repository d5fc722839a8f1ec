"""An email's way from MJML to a template: compiled once per version, filled for each person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import css_inline
from liquid import BoundTemplate
from mjml import mjml2html

from antiphon.content.guard import guard
from antiphon.content.layout import framed
from antiphon.content.models import EmailContent
from antiphon.content.plaintext import plain_text, squeeze
from antiphon.content.templates import HTML, PLAIN, TemplateError, fill, parse

#: Gmail hides what lies beyond 102 KB, the footer first.
CLIP_BYTES = 102_400

_INLINER = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class CompiledEmail:
    subject: BoundTemplate
    preheader: BoundTemplate
    html: BoundTemplate
    text: BoundTemplate


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    subject: str
    html: str
    text: str


def compile_email(content: EmailContent) -> CompiledEmail:
    """Compile one version of an email; raises :class:`TemplateError` that says what is wrong with it."""
    guarded = guard(framed(content.mjml))
    try:
        html = _INLINER.inline(mjml2html(guarded.markup, fonts={}))
    except ValueError as error:
        raise TemplateError(
            f"The email is not valid MJML: {guarded.restore(str(error))}.",
            "Write the sections that stand inside <mj-body>, each tag closed.",
        ) from error
    return CompiledEmail(
        parse(PLAIN, content.subject, "subject"),
        parse(PLAIN, content.preheader, "preheader"),
        parse(HTML, guarded.restore(html), "email"),
        parse(PLAIN, guarded.restore(plain_text(html)), "email's text"),
    )


def fill_email(
    compiled: CompiledEmail,
    values: Mapping[str, Any],
    html_links: Callable[[str], str],
    text_links: Callable[[str], str],
) -> RenderedEmail:
    """One person's email; ``html_links`` and ``text_links`` rewrite the links of the two parts."""
    subject = " ".join(fill(compiled.subject, values, "subject").split())
    if not subject:
        raise TemplateError(
            "The subject is empty for this person.", "Give the Liquid a default: {{ x | default: '…' }}."
        )
    values = {**values, "subject": subject, "preheader": fill(compiled.preheader, values, "preheader")}
    html = fill(compiled.html, values, "email")
    text = fill(compiled.text, values, "email's text")
    return RenderedEmail(subject, html_links(html), text_links(squeeze(text)))
