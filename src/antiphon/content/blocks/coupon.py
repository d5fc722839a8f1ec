"""``coupon``: the code of an offer."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from antiphon.content.blocks.base import Block
from antiphon.content.blocks.button import button
from antiphon.content.blocks.fields import Url, Words
from antiphon.content.blocks.markup import escaped
from antiphon.content.blocks.products import SKIP
from antiphon.content.kit import Color, Kit


class CouponBlock(Block):
    """The person's own code of ``offer``, or ``code`` for everybody; nothing where the person has none."""

    icon: ClassVar[str] = "ticket"
    name: ClassVar[str] = "Coupon"

    kind: Literal["coupon"]
    offer: str = Field(default="", max_length=64, pattern=r"^([a-z][a-z0-9_]*)?$")
    #: A code that is the same for everybody, in place of an offer.
    code: Words = ""
    title: Words = ""
    text: Words = ""
    button: Words = ""
    href: Url = ""
    color: Color | None = None
    #: Without a code the block is left out (``hide``), or the person gets no message (``skip``).
    empty: Literal["hide", "skip"] = "hide"

    @model_validator(mode="after")
    def _complete(self) -> "CouponBlock":
        if bool(self.offer) == bool(self.code):
            raise ValueError("a coupon has either an `offer`, or a `code` for everybody")
        if bool(self.button) != bool(self.href):
            raise ValueError("a button has a label (`button`) and an address (`href`)")
        return self

    def inner(self, kit: Kit) -> str:
        place = f'offer["{self.offer}"]'
        code = f"{{{{ {place}.code }}}}" if self.offer else escaped(self.code)
        color = self.color or kit.link
        lines = [f"<strong>{escaped(self.title)}</strong>"] if self.title else []
        lines += [escaped(self.text)] if self.text else []
        until = (
            f'{{% if {place}.expires_at %}}<br />Until {{{{ {place}.expires_at | date: "%-d %B %Y" }}}}{{% endif %}}'
        )
        shown = (
            (f'<mj-text align="center" padding="8px 24px 4px">{"<br />".join(lines)}</mj-text>' if lines else "")
            + f'<mj-text align="center" padding="4px 24px 12px"><span style="display:inline-block;border:2px dashed {color};'
            + f'color:{color};padding:10px 20px;font-size:20px;font-weight:700;letter-spacing:1px">{code}</span>'
            + (until if self.offer else "")
            + "</mj-text>"
            + (button(self.button, self.href, kit) if self.button else "")
        )
        if not self.offer:
            return shown
        otherwise = f"{{% else %}}<mj-text>{SKIP}offer {self.offer}]]</mj-text>" if self.empty == "skip" else ""
        return f"{{% if {place}.code %}}{shown}{otherwise}{{% endif %}}"

    def describe(self) -> str:
        return f"Coupon of offer {self.offer}" if self.offer else f"Coupon {self.code}"
