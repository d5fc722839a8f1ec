"""``products``: products with pictures and prices, of the occasion or of the catalogue."""

import hashlib
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from antiphon.content.blocks.base import Block, section
from antiphon.content.blocks.button import button
from antiphon.content.blocks.fields import Words
from antiphon.content.blocks.markup import escaped
from antiphon.content.kit import Kit

Source = Literal["cart", "order", "viewed", "recommendations", "buy_again", "best_sellers", "named"]
Part = Literal["image", "title", "price", "compare_at", "quantity", "vendor", "button"]

#: The value of a template that holds the products of a source.
LISTS: dict[str, str] = {
    "cart": "products",
    "order": "products",
    "viewed": "recently_viewed",
    "recommendations": "recommendations",
    "buy_again": "buy_again",
    "best_sellers": "best_sellers",
}
#: The value under which named products stand, by a key for their ids.
NAMED = "antiphon_named"
#: What stands in place of a block that has nothing to show to somebody who is then not to be written to.
SKIP = "[[antiphon: nothing to show of "

_TITLES = {
    "cart": "the cart", "order": "the order", "viewed": "what was looked at", "recommendations": "recommendations",
    "buy_again": "what to buy again", "best_sellers": "best sellers", "named": "named products",
}  # fmt: skip


def named_key(ids: tuple[str, ...]) -> str:
    return "n" + hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]


class ProductsBlock(Block):
    """Up to ``limit`` products: as a grid of ``columns``, or as a list with one line each.

    ``empty``: with nothing to show the block is left out (``hide``), or the person gets no message (``skip``).
    """

    icon: ClassVar[str] = "shopping-bag"
    name: ClassVar[str] = "Products"

    kind: Literal["products"]
    source: Source
    ids: tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...] = Field(default=(), max_length=24)
    layout: Literal["grid", "list"] = "grid"
    columns: int = Field(default=2, ge=1, le=4)
    limit: int = Field(default=4, ge=1, le=24)
    show: tuple[Part, ...] = ("image", "title", "price", "compare_at", "button")
    button: Words = "View"
    title: Words = ""
    empty: Literal["hide", "skip"] = "hide"

    @model_validator(mode="after")
    def _named(self) -> "ProductsBlock":
        if (self.source == "named") != bool(self.ids):
            raise ValueError("`ids` names the products of `source: named`, and of no other source")
        return self

    @property
    def list_name(self) -> str:
        """The value of the template with the products."""
        return f"{NAMED}.{named_key(self.ids)}" if self.source == "named" else LISTS[self.source]

    def inner(self, kit: Kit) -> str:
        every = f"{{% for product in {self.list_name} limit: {self.limit} %}}"
        shown = self._rows(every, kit) if self.layout == "list" else f"{every}{self._card(kit)}{{% endfor %}}"
        return self._filled(self._heading(kit) + shown, f"<mj-text>{SKIP}{self.source}]]</mj-text>")

    def outer(self, kit: Kit) -> str:
        if self.layout == "list" or self.columns == 1:
            return section(self.inner(kit), kit)
        heading = section(self._heading(kit), kit) if self.title else ""
        rows = "".join(self._grid_row(first, kit) for first in range(0, self.limit, self.columns))
        return self._filled(heading + rows, section(f"<mj-text>{SKIP}{self.source}]]</mj-text>", kit))

    def describe(self) -> str:
        return f"Up to {self.limit} products: {_TITLES[self.source]}"

    def _filled(self, shown: str, nothing: str) -> str:
        otherwise = f"{{% else %}}{nothing}" if self.empty == "skip" else ""
        return f"{{% if {self.list_name}.size > 0 %}}{shown}{otherwise}{{% endif %}}"

    def _heading(self, kit: Kit) -> str:
        if not self.title:
            return ""
        return (
            f'<mj-text font-size="20px" font-weight="700" color="{kit.text}" padding="12px 24px 4px">'
            f"{escaped(self.title)}</mj-text>"
        )

    def _grid_row(self, first: int, kit: Kit) -> str:
        """One row of the grid; there is one for each so many products as there may be."""
        columns = "".join(
            f"<mj-column>{self._at(place, kit) if place < self.limit else ''}</mj-column>"
            for place in range(first, first + self.columns)
        )
        shown = f'<mj-section background-color="{kit.paper}" padding="4px 12px">{columns}</mj-section>'
        return shown if first == 0 else f"{{% if {self.list_name}.size > {first} %}}{shown}{{% endif %}}"

    def _at(self, place: int, kit: Kit) -> str:
        return f"{{% for product in {self.list_name} limit: 1 offset: {place} %}}{self._card(kit)}{{% endfor %}}"

    def _card(self, kit: Kit) -> str:
        parts = []
        if "image" in self.show:
            parts.append(
                '{% if product.image != "" %}<mj-image src="{{ product.image }}" alt="{{ product.title }}" '
                'href="{{ product.url }}" padding="8px" />{% endif %}'
            )
        if words := self._words(kit):
            parts.append(f'<mj-text align="center" font-size="15px" padding="4px 8px">{words}</mj-text>')
        if "button" in self.show:
            parts.append(
                button(self.button, "{{ product.url }}", kit, extra=' font-size="14px" inner-padding="8px 16px"')
            )
        return "".join(parts)

    def _words(self, kit: Kit) -> str:
        words = []
        if "vendor" in self.show:
            vendor = f'<span style="color:{kit.quiet}">{{{{ product.vendor }}}}</span><br />'
            words.append(f'{{% if product.vendor != "" %}}{vendor}{{% endif %}}')
        if "title" in self.show:
            words.append("<strong>{{ product.title }}</strong>")
        if "quantity" in self.show:
            words.append("{% if product.quantity > 1 %} &#215; {{ product.quantity }}{% endif %}")
        if "price" in self.show:
            words.append(f"{{% if product.price %}}<br />{self._price(kit)}{{% endif %}}")
        return "".join(words)

    def _price(self, kit: Kit) -> str:
        price = "{{ product.price | money: product.currency }}"
        if "compare_at" not in self.show:
            return price
        before = f'<s style="color:{kit.quiet}">{{{{ product.compare_at | money: product.currency }}}}</s>'
        return f"{price}{{% if product.compare_at > product.price %}} {before}{{% endif %}}"

    def _rows(self, every: str, kit: Kit) -> str:
        cell = f"padding:8px 0;border-bottom:1px solid #e5e7eb;vertical-align:middle;color:{kit.text}"
        picture = (
            f'<td width="{{% if product.image == blank %}}1{{% else %}}76{{% endif %}}" style="{cell}">'
            '{% if product.image != "" %}<a href="{{ product.url }}">'
            '<img src="{{ product.image }}" alt="" width="64" style="display:block;width:64px;height:auto;border:0" /></a>'
            "{% endif %}</td>"
            if "image" in self.show
            else ""
        )
        title = '<a href="{{ product.url }}" style="text-decoration:none;color:inherit"><strong>{{ product.title }}</strong></a>'
        more = '{% if product.variant != "" %}<br />{{ product.variant }}{% endif %}'
        if "quantity" in self.show:
            more += "{% if product.quantity > 1 %}<br />&#215; {{ product.quantity }}{% endif %}"
        paid = f"{{% if product.price %}}{self._price(kit)}{{% endif %}}"
        price = f'<td align="right" style="{cell};white-space:nowrap">{paid}</td>'
        row = f'<tr>{picture}<td style="{cell}">{title}{more}</td>{price if "price" in self.show else ""}</tr>'
        return f'<mj-table padding="4px 24px">{every}{row}{{% endfor %}}</mj-table>'
