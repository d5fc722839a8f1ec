"""``chance``: a share of all people; ``audiences.chance`` says the same in Python."""

from sqlalchemy import Text, cast, func, literal

from antiphon.audiences.chance import MASK, bar
from antiphon.audiences.compiler.base import FOREVER, KINDS, Compiled, Kind, Scope
from antiphon.audiences.models import ChanceCondition
from antiphon.audiences.words import figure
from antiphon.store.hashing import hash64


def _compile(condition: ChanceCondition, scope: Scope) -> Compiled:
    die = scope.own("die")
    drawn = hash64(cast(die, Text) + literal(f"|{condition.salt}")).op("&")(MASK)
    truth = func.coalesce(drawn < bar(condition.share), False)
    evidence = func.jsonb_build_object("share", condition.share, "salt", condition.salt, "drawn", drawn / (MASK + 1.0))
    return Compiled(truth, FOREVER, evidence)


def _words(condition: ChanceCondition) -> str:
    salt = f" by “{condition.salt}”" if condition.salt else ""
    return f"is among {figure(condition.share * 100)} % drawn by chance{salt}"


KINDS["chance"] = Kind(_compile, lambda _: set(), _words)
