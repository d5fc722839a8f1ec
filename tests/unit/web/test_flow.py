"""Steps laid out from top to bottom."""

from collections.abc import Iterable

from antiphon.journeys.describe import Node
from antiphon.web.journeys.flow import Block, Flow


def node(step: str, **ways: str) -> Node:
    return Node(step, "wait", "clock", step, ways)


def shape(blocks: Iterable[Block]) -> list[object]:
    """Steps by id; ways as pairs of a name and what is drawn under it; pointers with an arrow."""
    found: list[object] = []
    for block in blocks:
        if block.node is None:
            found.append(f">{block.goes_to}")
            continue
        found.append(block.node.id)
        if block.ways:
            found.append({way.name: shape(way.blocks) for way in block.ways})
    return found


def test_a_line_is_a_line() -> None:
    assert shape(Flow([node("a", then="b"), node("b", then="")], {}).blocks()) == ["a", "b"]


def test_ways_stand_side_by_side_until_they_meet() -> None:
    nodes = [node("a", yes="b", no="c"), node("b", then="d"), node("c", then="d"), node("d", then="")]
    assert shape(Flow(nodes, {}).blocks()) == ["a", {"yes": ["b"], "no": ["c"]}, "d"]


def test_a_way_that_ends_does_not_keep_the_other_from_going_on_below() -> None:
    nodes = [node("a", bought="", timeout="b"), node("b", then="")]
    assert shape(Flow(nodes, {}).blocks()) == ["a", {"bought": [], "timeout": []}, "b"]


def test_ways_inside_of_ways() -> None:
    nodes = [
        node("a", yes="b", no="c"),
        node("b", one="d", two="e"),
        node("c", then="e"),
        node("d", then="e"),
        node("e", then=""),
    ]
    assert shape(Flow(nodes, {}).blocks()) == ["a", {"yes": ["b", {"one": ["d"], "two": []}], "no": ["c"]}, "e"]


def test_a_way_back_points_at_the_step_that_is_drawn() -> None:
    nodes = [node("a", then="b"), node("b", again="a", then="c"), node("c", then="")]
    drawn = shape(Flow(nodes, {}).blocks())
    assert drawn[:2] == ["a", "b"]
    assert ">a" in str(drawn)
    assert "c" in str(drawn)


def test_every_step_is_drawn_once() -> None:
    nodes = [
        node("a", one="b", two="c", three="d"),
        node("b", then="e"),
        node("c", then="e"),
        node("d", then="f"),
        node("e", x="f", y="g"),
        node("f", then=""),
        node("g", then=""),
    ]
    drawn = str(shape(Flow(nodes, {}).blocks()))
    assert all(drawn.count(f"'{step}'") == 1 for step in "abcdefg")


def test_shares_are_of_all_who_left_the_step() -> None:
    nodes = [node("a", yes="b", no=""), node("b", then="")]
    (first, _) = Flow(nodes, {("a", "b"): 30, ("a", ""): 10}).blocks()
    assert [(way.n, way.of) for way in first.ways] == [(30, 40), (10, 40)]
