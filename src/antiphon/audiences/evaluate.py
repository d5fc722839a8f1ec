"""What holds for whom: a condition asked of given people, or of everybody in some buckets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    SmallInteger,
    and_,
    bindparam,
    column,
    func,
    literal,
    select,
)

from antiphon.audiences.compiler import Scope, compile_condition
from antiphon.audiences.models import Condition
from antiphon.people.tables import person
from antiphon.store.keys import Ids, Keys, KeysType, keys
from antiphon.store.schema import Instant

Who = tuple[int, int]

#: Parameters of the statements: buckets of the people asked about, and the people of the same places.
BUCKETS, PEOPLE = bindparam("buckets", type_=KeysType()), bindparam("people", type_=KeysType())
_AS_OF = bindparam("as_of", type_=Instant)
#: Statements that stay built: about as many as an installation has conditions in its emails.
_BUILT = 256


def evaluate(condition: Condition, as_of: datetime | ColumnElement[Any], *, given: bool = False) -> Select[Any]:
    """A SELECT of ``bucket``, ``person``, ``truth``, ``valid_until`` (``infinity`` where only a touch turns it), ``evidence``.

    Of everybody in ``:buckets``; ``given``: of the people that ``:buckets`` and ``:people`` name, place by place, as far as
    there are such. Further columns and conditions can be added to it; its rows come from ``person``.
    """
    whom = person.alias("whom")
    at = literal(as_of, Instant) if isinstance(as_of, datetime) else as_of
    everybody = None if given else BUCKETS
    compiled = compile_condition(condition, Scope(whom.c.bucket, whom.c.id, at, row=whom, buckets=everybody))
    asked = select(
        whom.c.bucket,
        whom.c.id.label("person"),
        compiled.truth.label("truth"),
        compiled.valid_until.label("valid_until"),
        compiled.evidence.label("evidence"),
    )
    if not given:
        return asked.where(whom.c.bucket == func.any(BUCKETS))
    named = func.unnest(BUCKETS, PEOPLE).table_valued(column("bucket", SmallInteger), column("person", BigInteger))
    wanted = named.render_derived(name="wanted")
    of = wanted.join(whom, and_(whom.c.bucket == wanted.c.bucket, whom.c.id == wanted.c.person))
    return asked.select_from(of)


def parameters(people: Sequence[Who]) -> dict[str, Keys]:
    """``:buckets`` and ``:people`` of some people, each once."""
    each = sorted(set(people))
    return {"buckets": keys([bucket for bucket, _ in each]), "people": Ids(number for _, number in each)}


def truths(
    connection: Connection, people: Sequence[Who], conditions: Mapping[str, Condition], as_of: datetime
) -> dict[Who, set[str]]:
    """The names of the conditions that hold for each of some people (bucket, person); one statement a condition."""
    found: dict[Who, set[str]] = {who: set() for who in people}
    if not found:
        return found
    values = parameters(people) | {"as_of": as_of}
    for name, condition in conditions.items():
        for bucket, number in connection.execute(_holds(_Written(condition)), values):
            found[bucket, number].add(name)
    return found


class _Written:
    """A condition that is the same as another where it is written the same; its lists keep it from being hashed itself."""

    __slots__ = ("condition", "text")

    def __init__(self, condition: Condition) -> None:
        self.condition, self.text = condition, condition.model_dump_json()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Written) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache(_BUILT)
def _holds(written: _Written) -> Select[Any]:
    """Of the people named those for whom it holds: building it takes longer than asking it of a hundred people."""
    asked = evaluate(written.condition, _AS_OF, given=True)
    told = asked.selected_columns
    return asked.with_only_columns(told.bucket, told.person).where(told.truth)


__all__ = ["evaluate", "parameters", "truths"]
