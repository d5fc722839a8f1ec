"""``all``, ``any`` and ``not``. ``all`` of nothing is everybody, ``any`` of nothing is nobody."""

from datetime import timedelta
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_
from sqlalchemy.dialects.postgresql import JSONB

from antiphon.audiences.compiler.base import (
    KINDS,
    NO,
    YES,
    Compiled,
    Kind,
    Scope,
    compile_condition,
    describe,
    earliest,
    refresh_of,
    touched_by,
)
from antiphon.audiences.models import AllCondition, AnyCondition, NotCondition

Many = AllCondition | AnyCondition

_MOST_VALUES = 100


def _many(condition: Many, scope: Scope) -> Compiled:
    parts = [compile_condition(part, scope) for part in condition.of]
    truths = [part.truth for part in parts]
    return Compiled(
        and_(YES, *truths) if condition.kind == "all" else or_(NO, *truths),
        earliest(*(part.valid_until for part in parts)),
        func.jsonb_build_object(condition.kind, _listed([part.evidence for part in parts])),
    )


def _listed(evidence: list[ColumnElement[Any]]) -> ColumnElement[Any]:
    """All of it as one array; a function takes a hundred values."""
    starts = range(0, len(evidence) or 1, _MOST_VALUES)
    parts = [func.jsonb_build_array(*evidence[start : start + _MOST_VALUES], type_=JSONB) for start in starts]
    return reduce(lambda before, behind: before.concat(behind), parts)


def _not(condition: NotCondition, scope: Scope) -> Compiled:
    inner = compile_condition(condition.of, scope)
    return Compiled(not_(inner.truth), inner.valid_until, func.jsonb_build_object("not", inner.evidence))


def _touched(condition: Many) -> set[str]:
    return {touch for part in condition.of for touch in touched_by(part)}


def _refresh(condition: Many) -> timedelta | None:
    asked = [refresh for part in condition.of if (refresh := refresh_of(part)) is not None]
    return min(asked, default=None)


def _words(condition: Many) -> str:
    if not condition.of:
        return "is anybody" if condition.kind == "all" else "is nobody"
    # what stands inside another composition is set off, so that "and" and "or" read in one way only
    parts = [
        f"({describe(part)})" if len(condition.of) > 1 and part.kind in {"all", "any"} and len(part.of) > 1
        else describe(part)
        for part in condition.of
    ]  # fmt: skip
    if len(parts) == 1:
        return parts[0]
    return " and ".join(parts) if condition.kind == "all" else "either " + " or ".join(parts)


def _describe_not(condition: NotCondition) -> str:
    return f"not ({describe(condition.of)})"


KINDS["all"] = KINDS["any"] = Kind(_many, _touched, _words, _refresh)
KINDS["not"] = Kind(
    _not, lambda condition: touched_by(condition.of), _describe_not, lambda condition: refresh_of(condition.of)
)
