"""Emails as documents of blocks. A kind is one module: its model, its MJML, its line in lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from antiphon.content.blocks.base import Block, walk
from antiphon.content.blocks.button import ButtonBlock
from antiphon.content.blocks.columns import Column, ColumnsBlock
from antiphon.content.blocks.condition import ConditionBlock
from antiphon.content.blocks.coupon import CouponBlock
from antiphon.content.blocks.divider import DividerBlock
from antiphon.content.blocks.image import ImageBlock
from antiphon.content.blocks.invitation import InvitationBlock
from antiphon.content.blocks.products import ProductsBlock
from antiphon.content.blocks.raw import RawBlock
from antiphon.content.blocks.section import SectionBlock
from antiphon.content.blocks.spacer import SpacerBlock
from antiphon.content.blocks.text import TextBlock
from antiphon.content.kit import Kit

#: Blocks in all, and how many inside each other.
MOST_BLOCKS, DEEPEST = 300, 8


def _stands_in_a_column(block: Any) -> Any:
    """A block may stand in a column, unless it or what is in it is made of sections."""
    for one in walk((block,)):
        if isinstance(one, SectionBlock | ColumnsBlock) or (isinstance(one, RawBlock) and one.has_sections):
            raise ValueError(f"{one.kind} is as wide as the message and cannot stand inside a section or a column")
    return block


AnyBlock = Annotated[
    SectionBlock
    | ColumnsBlock
    | TextBlock
    | ImageBlock
    | ButtonBlock
    | DividerBlock
    | SpacerBlock
    | ProductsBlock
    | CouponBlock
    | ConditionBlock
    | InvitationBlock
    | RawBlock,
    Field(discriminator="kind"),
]
Leaf = Annotated[AnyBlock, AfterValidator(_stands_in_a_column)]

_names = {"Leaf": Leaf, "AnyBlock": AnyBlock}
for _model in (ConditionBlock, SectionBlock, Column, ColumnsBlock):
    _model.model_rebuild(_types_namespace={**_names, "Block": Block, "Column": Column})

KINDS: Mapping[str, type[Block]] = {
    "text": TextBlock,
    "image": ImageBlock,
    "button": ButtonBlock,
    "products": ProductsBlock,
    "columns": ColumnsBlock,
    "section": SectionBlock,
    "condition": ConditionBlock,
    "coupon": CouponBlock,
    "invitation": InvitationBlock,
    "divider": DividerBlock,
    "spacer": SpacerBlock,
    "raw": RawBlock,
}


def _bounded(value: Any) -> Any:
    """Refuses what is too large before it is looked at part by part."""
    waiting, count = [(value, 1)], 0
    while waiting:
        one, depth = waiting.pop()
        if not isinstance(one, list | tuple):
            continue
        if depth > DEEPEST:
            raise ValueError(f"blocks stand more than {DEEPEST} levels inside each other")
        count += len(one)
        if count > MOST_BLOCKS:
            raise ValueError(f"there are more than {MOST_BLOCKS} blocks")
        for block in one:
            if isinstance(block, Mapping):
                waiting += [(block.get("blocks"), depth + 1), (block.get("otherwise"), depth + 1)]
                columns = block.get("columns")
                for column in columns if isinstance(columns, list | tuple) else ():
                    waiting.append((column.get("blocks") if isinstance(column, Mapping) else None, depth + 1))
    return value


Blocks = Annotated[tuple[AnyBlock, ...], BeforeValidator(_bounded), Field(min_length=1)]


def blocks_mjml(blocks: Sequence[Block], kit: Kit) -> str:
    """The sections of an email made of blocks."""
    return "\n".join(block.body(kit) for block in blocks)


__all__ = [
    "DEEPEST",
    "KINDS",
    "MOST_BLOCKS",
    "AnyBlock",
    "Block",
    "Blocks",
    "ButtonBlock",
    "Column",
    "ColumnsBlock",
    "ConditionBlock",
    "CouponBlock",
    "DividerBlock",
    "ImageBlock",
    "InvitationBlock",
    "Leaf",
    "ProductsBlock",
    "RawBlock",
    "SectionBlock",
    "SpacerBlock",
    "TextBlock",
    "blocks_mjml",
    "walk",
]
