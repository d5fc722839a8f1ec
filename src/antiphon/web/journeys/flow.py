"""The steps of a journey laid out from top to bottom, branches side by side until they meet again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from antiphon.journeys.describe import Node


@dataclass(frozen=True, slots=True)
class Counts:
    """Live counts of a step."""

    here: int = 0
    passed: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a step, drawn as a column; ``n`` people took it, of ``of``. ``to`` is '' for the end."""

    name: str
    to: str
    n: int
    of: int
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A step with its ways, when there are several; or a pointer to one that is drawn elsewhere; or the end."""

    node: Node | None = None
    ways: tuple[Way, ...] = ()
    goes_to: str = ""


class Flow:
    """Lays out one version. Every step is drawn once; a way that leads to one drawn elsewhere points at it."""

    def __init__(self, nodes: Sequence[Node], taken: Mapping[tuple[str, str], int]) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._order = {node.id: place for place, node in enumerate(nodes)}
        self._taken = taken
        self._drawn: set[str] = set()

    def blocks(self) -> tuple[Block, ...]:
        return self._chain(next(iter(self._nodes)), stop="") if self._nodes else ()

    def _chain(self, start: str, stop: str) -> tuple[Block, ...]:
        """From ``start`` on until the end, ``stop``, or a step that is drawn already."""
        found: list[Block] = []
        step = start
        while step and step != stop:
            if step in self._drawn:
                return (*found, Block(goes_to=step))
            self._drawn.add(step)
            node = self._nodes[step]
            targets = list(dict.fromkeys(node.ways.values()))
            if len(targets) < 2:
                found.append(Block(node))
                step = targets[0] if targets else ""
                continue
            meet = self._meeting(targets, stop)
            found.append(Block(node, self._ways(node, meet)))
            step = meet
        return tuple(found)

    def _ways(self, node: Node, meet: str) -> tuple[Way, ...]:
        total = sum(n for (start, _), n in self._taken.items() if start == node.id)
        return tuple(
            Way(name, to, self._taken.get((node.id, to), 0), total, self._chain(to, meet))
            for name, to in node.ways.items()
        )

    def _meeting(self, targets: Sequence[str], stop: str) -> str:
        """The first step that all ways come to, those aside that end; '' where they never meet."""
        reached = [self._reach(to) for to in targets if to]
        common = set.intersection(*reached) if reached else set()
        common -= self._drawn
        return min(common, key=lambda step: self._order[step], default=stop if stop in set().union(*reached) else "")

    def _reach(self, start: str) -> set[str]:
        seen, todo = set[str](), [start]
        while todo:
            step = todo.pop()
            if step and step not in seen:
                seen.add(step)
                todo.extend(self._nodes[step].ways.values())
        return seen
