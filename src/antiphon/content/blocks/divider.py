"""``divider``: a line."""

from typing import ClassVar, Literal

from pydantic import Field

from antiphon.content.blocks.base import Block
from antiphon.content.kit import Color, Kit


class DividerBlock(Block):
    """A line across."""

    icon: ClassVar[str] = "minus"
    name: ClassVar[str] = "Divider"

    kind: Literal["divider"]
    color: Color = "#e5e7eb"
    width: int = Field(default=1, ge=1, le=12)
    padding: int = Field(default=12, ge=0, le=80)

    def inner(self, kit: Kit) -> str:  # noqa: ARG002
        return (
            f'<mj-divider border-color="{self.color}" border-width="{self.width}px" padding="{self.padding}px 24px" />'
        )
