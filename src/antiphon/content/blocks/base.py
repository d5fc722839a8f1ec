"""What every block is: a kind, when it is shown, and how it becomes MJML."""

import hashlib
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from antiphon.audiences.check import asks_occasion
from antiphon.audiences.describe import describe
from antiphon.audiences.models import Condition
from antiphon.content.blocks.fields import Expression
from antiphon.content.kit import Kit

Align = Literal["left", "center", "right"]

#: The value of a template under which delivery tells which conditions hold, by their keys.
SHOWN = "antiphon_shown"


def _asked_of_people(condition: Condition | None) -> Condition | None:
    if condition is not None and asks_occasion(condition):
        raise ValueError("a block's condition asks about the person; of the occasion speak in `liquid: event.…`")
    return condition


Shown = Annotated[Condition | None, AfterValidator(_asked_of_people)]


def condition_key(condition: Condition) -> str:
    """A name for a condition, the same for the same one wherever it stands."""
    return "c" + hashlib.sha256(condition.model_dump_json().encode()).hexdigest()[:12]


class Block(BaseModel):
    """A part of an email. With ``when`` and ``liquid`` it shows where both hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    icon: ClassVar[str] = "square"
    #: The word that people know it by.
    name: ClassVar[str] = ""

    when: Shown = None
    #: A condition in Liquid: ``subscriber.smsSubscriptionStatus != 'subscribed'``.
    liquid: Expression = ""

    def inner(self, kit: Kit) -> str:
        """Its MJML inside a column."""
        raise NotImplementedError

    def outer(self, kit: Kit) -> str:
        """Its MJML among sections."""
        return section(self.inner(kit), kit)

    def children(self) -> tuple["Block", ...]:
        return ()

    def describe(self) -> str:
        """What it is, in a line for lists."""
        return self.name

    def column(self, kit: Kit) -> str:
        """``inner``, shown where its conditions hold."""
        return self._where_shown(self.inner(kit))

    def body(self, kit: Kit) -> str:
        """``outer``, shown where its conditions hold."""
        return self._where_shown(self.outer(kit))

    def _where_shown(self, mjml: str) -> str:
        if self.liquid:
            mjml = f"{{% if {self.liquid} %}}{mjml}{{% endif %}}"
        if self.when is not None:
            mjml = f"{{% if {SHOWN}.{condition_key(self.when)} %}}{mjml}{{% endif %}}"
        return mjml

    def shown_to(self) -> str:
        """Who sees it, in words; empty for everybody."""
        said = [describe(self.when)] if self.when is not None else []
        return " and ".join([*said, *([self.liquid] if self.liquid else [])])


def section(inner: str, kit: Kit, *, background: str | None = None, padding: int = 4) -> str:
    """One column as wide as the message."""
    return (
        f'<mj-section background-color="{background or kit.paper}" padding="{padding}px 0">'
        f"<mj-column>{inner}</mj-column></mj-section>"
    )


def walk(blocks: "tuple[Block, ...]") -> Iterator[Block]:
    """Every block, those inside others too, in the order of the message."""
    for block in blocks:
        yield block
        yield from walk(block.children())
