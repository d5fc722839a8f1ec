"""What a condition names besides its own parts: segments, which must exist and not go round; and the occasion of a run."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from antiphon.audiences.models import (
    AllCondition,
    AnyCondition,
    ChanceCondition,
    Condition,
    EventCondition,
    NotCondition,
    SegmentCondition,
)
from antiphon.kit.errors import AntiphonError


class ConditionError(AntiphonError):
    """A condition that each part of is valid, and that cannot be asked all the same."""


def parts(condition: Condition) -> Iterator[Condition]:
    """The condition and everything inside it."""
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, AllCondition | AnyCondition):
            waiting += reversed(one.of)
        elif isinstance(one, NotCondition):
            waiting.append(one.of)


def segments_of(condition: Condition) -> set[str]:
    """The names of the segments that a condition asks about."""
    return {one.segment for one in parts(condition) if isinstance(one, SegmentCondition)}


def asks_occasion(condition: Condition) -> bool:
    """Whether it asks what only a run of a journey has: the occasion."""
    return any(
        getattr(one, "since", None) == "occasion" or getattr(one, "of", None) == "occasion" for one in parts(condition)
    )


def foregone(condition: Condition) -> bool | None:
    """What a condition comes to of everybody, as it is written; ``None`` where it depends on somebody."""
    match condition:
        case AllCondition() | AnyCondition():
            deciding = condition.kind == "any"  # one of these decides; without it all must say the other
            found = [foregone(one) for one in condition.of]
            if deciding in found:
                return deciding
            return None if None in found else not deciding
        case NotCondition():
            inner = foregone(condition.of)
            return None if inner is None else not inner
        case ChanceCondition():
            return bool(condition.share) if condition.share in {0, 1} else None
        case EventCondition():
            return True if condition.least == 0 and condition.at_most is None else None
        case _:
            return None


def check_segments_exist(condition: Condition, known: Collection[str]) -> None:
    """Raises ``ConditionError`` when a condition names a segment that there is not."""
    for name in sorted(segments_of(condition) - set(known)):
        near = get_close_matches(name, known, 1)
        hint = f"Did you mean “{near[0]}”?" if near else "Define it first, or take it out."
        raise ConditionError(f"There is no segment “{name}”.", hint)


def check_segment(name: str, condition: Condition, known: Mapping[str, Condition]) -> None:
    """Whether ``name`` may be defined so, beside the segments that there are.

    Raises ``ConditionError`` when it asks about an occasion, which segments do not have, or about a segment that there is
    not, or that comes back to itself.
    """
    if asks_occasion(condition):
        raise ConditionError(
            f"Segment “{name}” asks about the occasion, which only journeys have.",
            "Write `within: 30d` instead of `since: occasion`.",
        )
    check_segments_exist(condition, {*known, name})
    ring = _ring(name, {**known, name: condition})
    if ring:
        way = " → ".join(f"“{each}”" for each in ring)
        raise ConditionError(f"Segments go round: {way}.", "Take one of them out of the other's definition.")


def _ring(name: str, definitions: Mapping[str, Condition]) -> list[str]:
    """The way from a segment back to itself; empty when there is none."""
    ways, seen = [[name]], {name}
    while ways:
        way = ways.pop()
        definition = definitions.get(way[-1])
        for each in sorted(segments_of(definition)) if definition is not None else ():
            if each == name:
                return [*way, name]
            if each not in seen:
                seen.add(each)
                ways.append([*way, each])
    return []
