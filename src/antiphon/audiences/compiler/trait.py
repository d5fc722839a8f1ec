"""``trait``: what the person was last identified with."""

from sqlalchemy import func, literal
from sqlalchemy.dialects.postgresql import JSONB

from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope
from antiphon.audiences.filters import compile_filter, node
from antiphon.audiences.models import PropertyFilter, TraitCondition
from antiphon.audiences.words import describe_filter


def _compile(condition: TraitCondition, scope: Scope) -> Compiled:
    found = func.coalesce(scope.own("traits"), literal({}, JSONB))
    value = node(found, condition.trait)
    evidence = func.jsonb_build_object("trait", condition.trait, "value", value)
    return Compiled(compile_filter(_test(condition), found), FOREVER, evidence)


def _test(condition: TraitCondition) -> PropertyFilter:
    return PropertyFilter(prop=condition.trait, op=condition.op, value=condition.value)


KINDS["trait"] = Kind(_compile, lambda _: {"person.traits"}, lambda condition: describe_filter(_test(condition)))
