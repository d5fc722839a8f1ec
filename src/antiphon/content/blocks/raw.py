"""``raw``: MJML or HTML as it is written."""

import re
from typing import ClassVar, Literal

from pydantic import Field, PrivateAttr, model_validator

from antiphon.content.blocks.base import Block, section
from antiphon.content.blocks.markup import balanced, clean, whole
from antiphon.content.elements import ELEMENTS, SECTIONS
from antiphon.content.kit import Kit

_ELEMENT = re.compile(r"<\s*(/?)\s*([a-zA-Z][\w-]*)")
_REFUSED = re.compile(r"<\s*/?\s*(script|style|iframe|object|embed|form|html|head|body|base|svg|math)\b", re.IGNORECASE)
_HANDLER = re.compile(r"\son\w+\s*=|position\s*:|javascript:", re.IGNORECASE)
#: Elements that stand right in a column.
_IN_COLUMN = frozenset(
    {
        "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table", "mj-social", "mj-navbar", "mj-carousel",
        "mj-accordion",
    }
)  # fmt: skip


class RawBlock(Block):
    """MJML (sections, or what stands in a column), or HTML of the tags that emails have."""

    icon: ClassVar[str] = "code"
    name: ClassVar[str] = "Raw"

    kind: Literal["raw"]
    mjml: str = Field(default="", max_length=200_000)
    html: str = Field(default="", max_length=200_000)
    _sections: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _check(self) -> "RawBlock":
        if bool(self.mjml.strip()) == bool(self.html.strip()):
            raise ValueError("raw is either `mjml` or `html`")
        if self.html:
            clean(self.html, tables=True)
        else:
            self._sections = _checked(self.mjml)
        return self

    @property
    def has_sections(self) -> bool:
        """Whether it stands among sections, and so not in a column."""
        return self._sections

    def inner(self, kit: Kit) -> str:
        if self.html:
            return f'<mj-text padding="0" color="{kit.text}">{clean(self.html, tables=True)}</mj-text>'
        return self.mjml

    def outer(self, kit: Kit) -> str:
        return self.mjml if self._sections else section(self.inner(kit), kit)

    def describe(self) -> str:
        return "HTML" if self.html else "MJML"


def _checked(mjml: str) -> bool:
    """Whether MJML is made of sections; raises ``ValueError`` where it would not stay in its place."""
    if refused := _REFUSED.search(mjml):
        raise ValueError(f"it has <{refused[1]}>, which reaches beyond its block")
    if handler := _HANDLER.search(mjml):
        raise ValueError(f"it has `{handler[0].strip()}`, which reaches beyond its block")
    whole(mjml)
    balanced(mjml)
    names = {match[2].lower() for match in _ELEMENT.finditer(mjml) if match[2].lower().startswith("mj-")}
    if unknown := sorted(names - ELEMENTS - SECTIONS):
        raise ValueError(f"MJML has no {', '.join(unknown)} that may stand here")
    tops = _tops(mjml)
    if tops and tops <= SECTIONS - {"mj-raw"}:
        return True
    if tops and tops <= _IN_COLUMN:
        return False
    raise ValueError("begin with <mj-section>, or with what stands in a column, such as <mj-text>; not with both")


def _tops(mjml: str) -> set[str]:
    """The names of the elements that stand in no other."""
    found, depth = set(), 0
    for match in re.finditer(r"<(/?)([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", mjml):
        if match[1]:
            depth -= 1
            continue
        if depth == 0:
            found.add(match[2].lower())
        if not match[3].endswith("/") and match[2].lower() not in {"br", "hr", "img"}:
            depth += 1
    return found
