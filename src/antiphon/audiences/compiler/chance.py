"""``chance``: a share of all people by the die that each was born with, the same ones each time."""

from sqlalchemy import Text, cast, func, literal

from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope
from antiphon.audiences.models import ChanceCondition
from antiphon.audiences.words import figure
from antiphon.store.hashing import hash64

_BITS = 32
_MASK = (1 << _BITS) - 1


def _compile(condition: ChanceCondition, scope: Scope) -> Compiled:
    die = scope.own("die")
    drawn = hash64(cast(die, Text) + literal(f"|{condition.salt}")).op("&")(_MASK)
    truth = func.coalesce(drawn < round(condition.share * (1 << _BITS)), False)
    evidence = func.jsonb_build_object("share", condition.share, "salt", condition.salt, "drawn", drawn / (_MASK + 1.0))
    return Compiled(truth, FOREVER, evidence)


def _words(condition: ChanceCondition) -> str:
    salt = f" by “{condition.salt}”" if condition.salt else ""
    return f"is among {figure(condition.share * 100)} % drawn by chance{salt}"


KINDS["chance"] = Kind(_compile, lambda _: set(), _words)
