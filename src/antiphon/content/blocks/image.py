"""``image``: a picture."""

from typing import ClassVar, Literal

from pydantic import Field

from antiphon.content.blocks.base import Align, Block
from antiphon.content.blocks.fields import Picture, Url, Words
from antiphon.content.blocks.markup import escaped
from antiphon.content.kit import Kit


class ImageBlock(Block):
    """A picture, which may be a link. ``alt`` is what is read where pictures are not shown."""

    icon: ClassVar[str] = "image"
    name: ClassVar[str] = "Image"

    kind: Literal["image"]
    src: Picture = Field(min_length=1)
    alt: Words = ""
    href: Url = ""
    #: In pixels; none: as wide as there is room.
    width: int | None = Field(default=None, ge=16, le=1_200)
    align: Align = "center"
    padding: int = Field(default=8, ge=0, le=80)

    def inner(self, kit: Kit) -> str:  # noqa: ARG002
        wide = f' width="{self.width}px"' if self.width else ""
        link = f' href="{escaped(self.href)}"' if self.href else ""
        return (
            f'<mj-image src="{escaped(self.src)}" alt="{escaped(self.alt)}"{link}{wide} align="{self.align}" '
            f'padding="{self.padding}px 24px" />'
        )

    def describe(self) -> str:
        return f"Image: {self.alt or self.src}"
