"""An email's document as somebody edits it: plain values, changed in one place at a time and checked as a whole."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from antiphon.content.blocks import KINDS
from antiphon.content.models import EmailContent
from antiphon.kit.documents import UnreadableError, load, plain
from antiphon.kit.errors import AntiphonError
from antiphon.web.forms import errors_of

#: Ready conditions, by the name under which the editor offers them.
READY: Mapping[str, tuple[str, dict[str, Any]]] = {
    "without_sms": ("People without SMS", {"kind": "consent", "channel": "sms", "state": "never"}),
    "no_sms": ("Not subscribed to SMS", {"kind": "not", "of": {"kind": "consent", "channel": "sms"}}),
    "sms": ("Subscribed to SMS", {"kind": "consent", "channel": "sms"}),
    "bought": ("Has ordered before", {"kind": "purchase"}),
    "new": ("Has never ordered", {"kind": "not", "of": {"kind": "purchase"}}),
}
_ALIGN = ("left", "center", "right")
_EMPTY = ("hide", "skip")


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a block's form. ``widget``: text, area, number, color, choice, parts, lines, yes."""

    name: str
    label: str
    widget: str = "text"
    options: tuple[str, ...] = ()


_COLOR = Input("color", "Colour", "color")
INPUTS: Mapping[str, tuple[Input, ...]] = {
    "text": (Input("html", "Words", "area"), Input("align", "Align", "choice", _ALIGN), Input("size", "Size", "number"), _COLOR),
    "image": (
        Input("src", "Address of the picture"), Input("alt", "What it shows"), Input("href", "Leads to"),
        Input("width", "Width", "number"), Input("align", "Align", "choice", _ALIGN),
    ),
    "button": (
        Input("label", "Label"), Input("href", "Leads to"), Input("align", "Align", "choice", _ALIGN), _COLOR,
        Input("text_color", "Colour of its words", "color"),
    ),
    "products": (
        Input("source", "Which", "choice", ("cart", "order", "viewed", "recommendations", "buy_again", "best_sellers", "named")),
        Input("ids", "Ids of named products, one a line", "lines"), Input("title", "Title"),
        Input("layout", "Layout", "choice", ("grid", "list")), Input("columns", "Columns", "number"),
        Input("limit", "At most", "number"),
        Input("show", "Show", "parts", ("image", "title", "price", "compare_at", "quantity", "vendor", "button")),
        Input("button", "Label of the button"), Input("empty", "With nothing to show", "choice", _EMPTY),
    ),
    "coupon": (
        Input("offer", "Offer"), Input("code", "Or a code for everybody"), Input("title", "Title"), Input("text", "Words"),
        Input("button", "Button"), Input("href", "Leads to"), _COLOR, Input("empty", "Without a code", "choice", _EMPTY),
    ),
    "invitation": (
        Input("title", "Title"), Input("text", "What texts bring"), Input("keyword", "Keyword"), Input("button", "Button"),
        Input("url", "Page with a form"),
    ),
    "divider": (_COLOR, Input("width", "Thickness", "number"), Input("padding", "Room around it", "number")),
    "spacer": (Input("height", "Height", "number"),),
    "section": (Input("background", "Background", "color"), Input("padding", "Room around it", "number")),
    "columns": (Input("background", "Background", "color"), Input("stay", "Side by side on phones too", "yes")),
    "condition": (),
    "raw": (Input("mjml", "MJML", "area"), Input("html", "Or HTML", "area")),
}  # fmt: skip

#: What a block is at first.
_NEW: Mapping[str, dict[str, Any]] = {
    "text": {"html": "<p>Hello {{ person.first_name | default: 'there' }}</p>"},
    "image": {"src": "https://example.com/picture.png", "alt": ""},
    "button": {"label": "Back to the shop", "href": "{{ cart_url }}"},
    "products": {"source": "best_sellers"},
    "columns": {
        "columns": [{"blocks": [{"kind": "text", "html": "Left"}]}, {"blocks": [{"kind": "text", "html": "Right"}]}]
    },
    "section": {"blocks": [{"kind": "text", "html": "In a section"}], "background": "#f9fafb"},
    "condition": {"when": READY["without_sms"][1], "blocks": [{"kind": "text", "html": "For people without SMS"}]},
    "coupon": {"code": "WELCOME10", "title": "10 % off"},
    "invitation": {},
    "divider": {},
    "spacer": {},
    "raw": {"html": "<p>HTML</p>"},
}
START: dict[str, Any] = {"subject": "A few words", "preheader": "", "blocks": [{"kind": "text"} | _NEW["text"]]}


class EditError(AntiphonError):
    """A change that cannot be made; ``fields``: what is wrong with which field of the block."""

    def __init__(
        self, what: str, fields: Mapping[str, str] | None = None, document: dict[str, Any] | None = None
    ) -> None:
        super().__init__(what)
        self.fields, self.document = dict(fields or {}), document


def checked(document: dict[str, Any]) -> EmailContent:
    """Raises :class:`EditError` with the first thing that is wrong."""
    try:
        return EmailContent.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        said = next(iter(errors_of(error).values()), first["msg"])
        fields = {str(first["loc"][-1]): said} if first["loc"] else {}
        raise EditError(said, fields, document) from None


def place(document: dict[str, Any], path: str) -> tuple[list[Any], int]:
    """The list that a block stands in, and its number there. ``path``: ``2``, ``3.columns.0.blocks.1``."""
    parts = path.split(".")
    found = inside(document, ".".join(parts[:-1]))
    if not parts[-1].isdecimal() or int(parts[-1]) >= len(found):
        raise EditError("The block is not there any more.")
    return found, int(parts[-1])


def inside(document: dict[str, Any], path: str) -> list[Any]:
    """The list of blocks at a path: empty for the whole email, ``3.columns.0.blocks`` for a column's."""
    found: Any = document.setdefault("blocks", [])
    try:
        for part in path.split(".") if path else []:
            found = found[int(part)] if isinstance(found, list) else found.setdefault(part, [])
    except (IndexError, ValueError, AttributeError):
        found = None
    if not isinstance(found, list):
        raise EditError("The block is not there any more.")
    return found


def changed(before: dict[str, Any], op: str, path: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The document after a change: ``head``, ``save``, ``up``, ``down``, ``copy``, ``remove`` or ``add``."""
    document = deepcopy(before)
    if op == "head":
        return document | {"subject": form["subject"].strip(), "preheader": form["preheader"].strip()}
    if op == "add":
        kind = form["kind"]
        if kind not in KINDS:
            raise EditError("Choose what to add.")
        inside(document, path).append({"kind": kind, **deepcopy(_NEW[kind])})
        return document
    blocks, number = place(document, path)
    if op == "save":
        blocks[number] = filled(blocks[number], form)
    elif op == "remove":
        del blocks[number]
    elif op == "copy":
        blocks.insert(number + 1, deepcopy(blocks[number]))
    elif op in {"up", "down"}:
        to = number + (1 if op == "down" else -1)
        if 0 <= to < len(blocks):
            blocks[number], blocks[to] = blocks[to], blocks[number]
    else:
        raise EditError("That cannot be done here.")
    return document


def filled(block: dict[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """A block with what its form says."""
    found = dict(block)
    for one in INPUTS.get(str(block.get("kind")), ()):
        value = _value(one, form)
        if (value in ("", None) and one.widget != "area") or (
            one.widget == "area" and value == "" and block.get("kind") == "raw"
        ):
            found.pop(one.name, None)
        else:
            found[one.name] = value
    when = _when(form, block.get("when"))
    found |= {"when": when} if when else {}
    if not when:
        found.pop("when", None)
    found["liquid"] = form["liquid"].strip()
    if not found["liquid"]:
        found.pop("liquid")
    return found


def _value(one: Input, form: Mapping[str, str]) -> Any:
    if one.widget == "parts":
        return [part for part in one.options if form[f"{one.name}.{part}"]]
    if one.widget == "yes":
        return True if form[one.name] else None
    typed = form[one.name].replace("\r\n", "\n").strip()
    if one.widget == "lines":
        return [line.strip() for line in typed.split("\n") if line.strip()] or None
    if one.widget == "number" and typed.lstrip("-").isdecimal():
        return int(typed)
    return typed


def _when(form: Mapping[str, str], kept: Any) -> Any:
    choice = form["when"]
    if choice in READY:
        return READY[choice][1]
    if choice != "own":
        return None
    typed = form["condition"].strip()
    if not typed:
        return kept
    try:
        return plain(load(typed, "condition", "Begin with `kind:`."))
    except UnreadableError as error:
        raise EditError(f"The condition cannot be read: {error.what}", {"condition": error.what}) from None


def ready_name(when: Any) -> str:
    """Which of the ready conditions it is; ``own`` for any other."""
    return "" if not when else next((name for name, (_, one) in READY.items() if one == when), "own")
