"""``section``: blocks on a ground of their own."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from antiphon.content.blocks.base import Block, section
from antiphon.content.kit import Color, Kit

if TYPE_CHECKING:
    from antiphon.content.blocks import Leaf


class SectionBlock(Block):
    """Some blocks, one below the other, with a background and room around them."""

    icon: ClassVar[str] = "panel-top"
    name: ClassVar[str] = "Section"

    kind: Literal["section"]
    blocks: "tuple[Leaf, ...]" = Field(min_length=1, max_length=50)
    background: Color | None = None
    padding: int = Field(default=16, ge=0, le=120)

    def outer(self, kit: Kit) -> str:
        inner = "".join(block.column(kit) for block in self.blocks)
        return section(inner, kit, background=self.background, padding=self.padding)

    def children(self) -> tuple[Block, ...]:
        return self.blocks
