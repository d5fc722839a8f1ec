"""``columns``: blocks side by side; below each other on phones."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from antiphon.content.blocks.base import Block
from antiphon.content.kit import Color, Kit

if TYPE_CHECKING:
    from antiphon.content.blocks import Leaf


class Column(BaseModel):
    """One of the columns; ``width`` in per cent, none: what is left, in equal shares."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    blocks: "tuple[Leaf, ...]" = Field(max_length=50)
    width: int | None = Field(default=None, ge=10, le=90)


class ColumnsBlock(Block):
    """Two to four columns."""

    icon: ClassVar[str] = "columns-2"
    name: ClassVar[str] = "Columns"

    kind: Literal["columns"]
    columns: tuple[Column, ...] = Field(min_length=2, max_length=4)
    background: Color | None = None
    padding: int = Field(default=8, ge=0, le=120)
    #: On phones too the columns stay side by side.
    stay: bool = False

    @model_validator(mode="after")
    def _fit(self) -> "ColumnsBlock":
        widths = [column.width for column in self.columns]
        if sum(width or 0 for width in widths) > 100 - 5 * widths.count(None):
            raise ValueError(
                "the columns are wider than the message together: their widths come to more than 100 per cent"
            )
        return self

    def outer(self, kit: Kit) -> str:
        columns = "".join(
            f"<mj-column{f' width={chr(34)}{column.width}%{chr(34)}' if column.width else ''}>"
            + "".join(block.column(kit) for block in column.blocks)
            + "</mj-column>"
            for column in self.columns
        )
        inner = f"<mj-group>{columns}</mj-group>" if self.stay else columns
        ground = self.background or kit.paper
        return f'<mj-section background-color="{ground}" padding="{self.padding}px 0">{inner}</mj-section>'

    def children(self) -> tuple[Block, ...]:
        return tuple(block for column in self.columns for block in column.blocks)

    def describe(self) -> str:
        return f"{len(self.columns)} columns"
