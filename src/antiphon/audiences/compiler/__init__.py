"""Conditions as SQLAlchemy Core: one condition becomes (truth, valid until, evidence) for the person of a scope.

Each kind is a module here that registers itself; ``base`` says what a kind is.
"""

from antiphon.audiences.compiler import (
    affinity,
    chance,
    compositions,
    consent,
    date,
    engagement,
    event,
    prediction,
    products,
    purchase,
    segment,
    trait,
)
from antiphon.audiences.compiler.base import (
    FOREVER,
    KINDS,
    Compiled,
    Kind,
    Scope,
    compile_condition,
    describe,
    refresh_of,
    touched_by,
)

_MODULES = (
    affinity, chance, compositions, consent, date, engagement, event, prediction, products, purchase, segment, trait,
)  # fmt: skip

__all__ = [
    "FOREVER",
    "KINDS",
    "Compiled",
    "Kind",
    "Scope",
    "compile_condition",
    "describe",
    "refresh_of",
    "touched_by",
]
