"""Where the identifiers of a person stand in the drawing of their evidence. Pure."""

from dataclasses import dataclass

from antiphon.people.grouping import rank
from antiphon.people.identifiers import CUSTOMER, DEVICE, EMAIL, PHONE
from antiphon.web.identity.models import Edge, Identity, Node

WIDTH, HEIGHT = 196, 40
_GAP_X, _GAP_Y = 84, 16
#: More of one column are told in a line of words instead.
MOST_IN_COLUMN = 10


@dataclass(frozen=True, slots=True)
class Box:
    node: Node
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    edge: Edge
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """``hidden``: how many identifiers are not drawn."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int
    hidden: int


def _column(node: Node) -> int:
    kind = node.key[0]
    if kind == CUSTOMER:
        return 0
    return 1 if kind in {EMAIL, PHONE} else 3 if rank(kind) == rank(DEVICE) else 2


def draw(identity: Identity) -> Drawing:
    """Columns from the strongest kind to the weakest, each with the person's own identifiers above those of others."""
    columns: dict[int, list[Node]] = {}
    for node in (*identity.own, *identity.others):
        columns.setdefault(_column(node), []).append(node)
    shown = {place: nodes[:MOST_IN_COLUMN] for place, nodes in columns.items()}
    tallest = max((len(nodes) for nodes in shown.values()), default=0)
    boxes: dict[int, Box] = {}
    for x, place in enumerate(sorted(shown)):
        offset = (tallest - len(shown[place])) * (HEIGHT + _GAP_Y) // 2
        for y, node in enumerate(shown[place]):
            boxes[node.number] = Box(node, x * (WIDTH + _GAP_X), offset + y * (HEIGHT + _GAP_Y))
    lines = tuple(
        Line(edge, _path(boxes[edge.one.number], boxes[edge.other.number]))
        for edge in identity.edges
        if edge.one.number in boxes and edge.other.number in boxes
    )
    hidden = sum(map(len, columns.values())) - len(boxes)
    width = max(len(shown), 1) * (WIDTH + _GAP_X) - _GAP_X + _GAP_X // 2
    return Drawing(tuple(boxes.values()), lines, width, max(tallest * (HEIGHT + _GAP_Y) - _GAP_Y, HEIGHT), hidden)


def _path(one: Box, other: Box) -> str:
    left, right = sorted((one, other), key=lambda box: box.x)
    x, y, to_y = left.x + WIDTH, left.y + HEIGHT // 2, right.y + HEIGHT // 2
    if left.x == right.x:  # one column: around its right side
        return f"M{x} {y}C{x + 36} {y} {x + 36} {to_y} {x} {to_y}"
    bend = (right.x - x) // 2
    return f"M{x} {y}C{x + bend} {y} {right.x - bend} {to_y} {right.x} {to_y}"
