"""``button``: the way on."""

from typing import ClassVar, Literal

from pydantic import Field

from antiphon.content.blocks.base import Align, Block
from antiphon.content.blocks.fields import Url, Words
from antiphon.content.blocks.markup import escaped
from antiphon.content.kit import Color, Kit


class ButtonBlock(Block):
    """A link as a button, in the brand's colours unless it has its own."""

    icon: ClassVar[str] = "square-mouse-pointer"
    name: ClassVar[str] = "Button"

    kind: Literal["button"]
    label: Words = Field(min_length=1)
    href: Url = Field(min_length=1)
    align: Align = "center"
    color: Color | None = None
    text_color: Color | None = None

    def inner(self, kit: Kit) -> str:
        return button(
            self.label, self.href, kit, align=self.align, color=self.color or kit.button,
            text_color=self.text_color or kit.button_text,
        )  # fmt: skip

    def describe(self) -> str:
        return f"Button: {self.label}"


def button(
    label: str, href: str, kit: Kit, *, align: Align = "center", color: str = "", text_color: str = "", extra: str = ""
) -> str:
    """A button's MJML; ``label`` and ``href`` as they are written, with Liquid."""
    return (
        f'<mj-button href="{escaped(href)}" align="{align}" background-color="{color or kit.button}" '
        f'color="{text_color or kit.button_text}" border-radius="{kit.radius}px" padding="12px 24px"{extra}>'
        f"{escaped(label)}</mj-button>"
    )
