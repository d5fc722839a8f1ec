"""``spacer``: room."""

from typing import ClassVar, Literal

from pydantic import Field

from antiphon.content.blocks.base import Block
from antiphon.content.kit import Kit


class SpacerBlock(Block):
    """Empty room between two blocks."""

    icon: ClassVar[str] = "move-vertical"
    name: ClassVar[str] = "Spacer"

    kind: Literal["spacer"]
    height: int = Field(default=24, ge=1, le=400)

    def inner(self, kit: Kit) -> str:  # noqa: ARG002
        return f'<mj-spacer height="{self.height}px" />'

    def describe(self) -> str:
        return f"{self.height} pixels of room"
