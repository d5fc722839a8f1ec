"""An email's way from MJML to a template: compiled once per version, filled for each person."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import css_inline
from mjml import mjml2html

from antiphon.content.blocks import Block, InvitationBlock, blocks_mjml, walk
from antiphon.content.blocks.products import SKIP
from antiphon.content.elements import ELEMENTS, SECTIONS
from antiphon.content.guard import guard
from antiphon.content.kit import Kit
from antiphon.content.layout import framed
from antiphon.content.links import Links
from antiphon.content.marks import marked
from antiphon.content.models import EmailContent
from antiphon.content.plaintext import plain_text, squeeze
from antiphon.content.templates import HTML, PLAIN, Template, TemplateError, fill, parse

#: Gmail hides what lies beyond 102 KB, the footer first.
CLIP_BYTES = 102_400

#: Levels of tags inside each other, about ten times what emails have.
DEEPEST = 200
_TAG = re.compile(r"""<(/?)([a-zA-Z][\w:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
_VOID = {"br", "hr", "img", "meta", "link", "input", "col", "wbr"}
_ELEMENT = re.compile(r"<(mj-[a-z-]+)")

_INLINER = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


#: How a brand's emails look that has chosen nothing.
PLAIN_KIT = Kit()


class NothingToShowError(TemplateError):
    """There is nothing to say to this person: a block without which the message is not to go out, or all of it, is empty."""


@dataclass(frozen=True, slots=True)
class CompiledEmail:
    subject: Template
    preheader: Template
    html: Template
    text: Template
    #: Some block may call the message off.
    skips: bool = False


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    subject: str
    html: str
    text: str
    preheader: str = ""


def sections_of(content: EmailContent, kit: Kit = PLAIN_KIT) -> str:
    """The MJML of an email's own sections."""
    return content.mjml if content.blocks is None else blocks_mjml(content.blocks, kit)


def compile_email(content: EmailContent, kit: Kit = PLAIN_KIT) -> CompiledEmail:
    """Compile one version of an email; raises :class:`TemplateError` that says what is wrong with it."""
    if content.use:
        raise TemplateError(f"The email `{content.use}` of the library is put in when the journey is published.")
    guarded = guard(_document(content, kit))
    _check_depth(guarded.markup)
    try:
        html, text = _laid_out(guarded.markup)
    except ValueError as error:
        raise TemplateError(
            f"The email is not valid MJML: {guarded.restore(str(error))}.",
            "Write the sections that stand inside <mj-body>, each tag closed.",
        ) from error
    return CompiledEmail(
        parse(PLAIN, content.subject, "subject"),
        parse(PLAIN, content.preheader, "preheader"),
        parse(HTML, marked(guarded.restore(html)), "email"),
        parse(PLAIN, guarded.restore(text), "email's text"),
        SKIP in html,
    )


def _document(content: EmailContent, kit: Kit) -> str:
    """The email's own sections in their frame."""
    try:
        sections = sections_of(content, kit)
        check_elements(sections)
        return framed(sections, kit, invites=any(isinstance(block, InvitationBlock) for block in _every(content)))
    except ValueError as error:  # words of the kit are put into blocks here
        raise TemplateError(f"The email cannot be made: {error}.", "Look at the brand kit: Content, Emails.") from error


def _check_depth(markup: str) -> None:
    """Refuses what the compilers, which go down by recursion, would end the process at.

    Tags in comments count as well, because parsers differ about where those end; and HTML knows no tag that closes itself.
    """
    opened: list[str] = []
    for found in _TAG.finditer(markup):
        name = found[2].lower()
        if found[1]:
            if name in opened:
                del opened[len(opened) - 1 - opened[::-1].index(name) :]
        elif name not in _VOID and not (found[3].endswith("/") and name.startswith("mj-")):
            opened.append(name)
        if len(opened) > DEEPEST:
            raise TemplateError(
                f"The email's tags stand more than {DEEPEST} levels inside each other.", "Take some of them out."
            )


def _every(content: EmailContent) -> Iterator[Block]:
    return walk(content.blocks or ())


def check_elements(mjml: str) -> None:
    """The compiler passes over what it does not know; here it is an error that names it."""
    names = set(_ELEMENT.findall(mjml))
    if unknown := sorted(names - ELEMENTS - SECTIONS):
        raise TemplateError(
            f"The email has elements that MJML does not: {', '.join(unknown)}.", "Check their spelling."
        )
    if not names & SECTIONS:
        raise TemplateError("The email has no section.", "Begin with <mj-section><mj-column>.")


@lru_cache(128)  # an email is compiled when it is checked, when it is published, and when it is sent
def _laid_out(markup: str) -> tuple[str, str]:
    """HTML with its CSS moved into the elements, and its words; ``ValueError`` for what is no MJML.

    The CSS is left in the head when the inliner's parser would move content out of its condition: raw markup where a table
    wants rows is taken out of the table by every HTML parser, but its Liquid marks are not.
    """
    html: str = mjml2html(markup, fonts={})
    inlined: str = _INLINER.inline(html)
    text, words = plain_text(html), plain_text(inlined)
    return (inlined, words) if words.split() == text.split() else (html, text)


def fill_email(compiled: CompiledEmail, values: Mapping[str, Any], links: Links | None = None) -> RenderedEmail:
    """One person's email, with ``links`` those of both parts rewritten."""
    subject = " ".join(fill(compiled.subject, values, "subject").split())
    if not subject:
        raise NothingToShowError(
            "The subject is empty for this person.", "Give the Liquid a default: {{ x | default: '…' }}."
        )
    preheader = " ".join(fill(compiled.preheader, values, "preheader").split())
    values = {**values, "subject": subject, "preheader": preheader}
    html = fill(compiled.html, values, "email", links)
    if compiled.skips and SKIP in html:
        what = html.partition(SKIP)[2].partition("]]")[0]
        raise NothingToShowError(f"There is nothing to show of {what}, without which it is not to go out.")
    text = squeeze(fill(compiled.text, values, "email's text"))
    return RenderedEmail(subject, html, links.in_text(text) if links else text, preheader)
