"""``text``: rich text."""

from typing import ClassVar, Literal

from pydantic import Field

from antiphon.content.blocks.base import Align, Block
from antiphon.content.blocks.fields import Rich
from antiphon.content.kit import Color, Kit
from antiphon.content.plaintext import plain_text

_SHOWN = 60


class TextBlock(Block):
    """Paragraphs, headings, lists and links, as HTML that keeps to itself; Liquid inside."""

    icon: ClassVar[str] = "text"
    name: ClassVar[str] = "Text"

    kind: Literal["text"]
    html: Rich
    align: Align = "left"
    size: int = Field(default=16, ge=10, le=48)
    color: Color | None = None

    def inner(self, kit: Kit) -> str:
        return (
            f'<mj-text align="{self.align}" font-size="{self.size}px" color="{self.color or kit.text}" padding="6px 24px">'
            f"{self.html}</mj-text>"
        )

    def describe(self) -> str:
        words = " ".join(plain_text(self.html).split())
        return words[:_SHOWN] + ("…" if len(words) > _SHOWN else "") or "Empty text"
