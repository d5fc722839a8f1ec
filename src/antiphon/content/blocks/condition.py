"""``condition``: blocks that some people see, and others that everybody else sees."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from antiphon.content.blocks.base import SHOWN, Block, condition_key
from antiphon.content.kit import Kit

if TYPE_CHECKING:
    from antiphon.content.blocks import AnyBlock


class ConditionBlock(Block):
    """``blocks`` where ``when`` and ``liquid`` hold, ``otherwise`` where they do not."""

    icon: ClassVar[str] = "git-branch"
    name: ClassVar[str] = "Condition"

    kind: Literal["condition"]
    blocks: "tuple[AnyBlock, ...]" = Field(min_length=1, max_length=50)
    otherwise: "tuple[AnyBlock, ...]" = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _asks(self) -> "ConditionBlock":
        if self.when is None and not self.liquid:
            raise ValueError("a condition asks something: give it `when` or `liquid`")
        return self

    def column(self, kit: Kit) -> str:
        return self._either(*("".join(b.column(kit) for b in side) for side in (self.blocks, self.otherwise)))

    def body(self, kit: Kit) -> str:
        return self._either(*("".join(b.body(kit) for b in side) for side in (self.blocks, self.otherwise)))

    def _either(self, shown: str, otherwise: str) -> str:
        """With both kinds of condition the other side stands in two places: each of them may fail."""
        other = f"{{% else %}}{otherwise}" if otherwise else ""
        for condition in (self.liquid, self.when and f"{SHOWN}.{condition_key(self.when)}"):
            if condition:
                shown = f"{{% if {condition} %}}{shown}{other}{{% endif %}}"
        return shown

    def children(self) -> tuple[Block, ...]:
        return (*self.blocks, *self.otherwise)

    def describe(self) -> str:
        return f"Shown if {self.shown_to()}"
