"""Each kind of condition, and compositions, mean in SQL what they mean in plain Python; and so they do until valid until."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, BigInteger, Connection, Select, SmallInteger, column, func, literal, select
from sqlalchemy.types import TypeEngine
from tests.emptying import empty
from tests.integration.audiences import oracle, strategies
from tests.integration.audiences.oracle import Answer, Asked
from tests.integration.audiences.world import END, human, write

from antiphon.audiences.compiler import KINDS, Scope, compile_condition, describe
from antiphon.audiences.evaluate import Who, evaluate, parameters, truths
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.keys import keys
from antiphon.store.schema import Instant

PEOPLE = [human(seed) for seed in range(160)]
#: The event that a run of theirs would be about.
OCCASIONS = {one.who: max(one.events, key=lambda e: e.id) for one in PEOPLE if one.events}
#: Before the end the past was still growing, which is a touch; behind it only time passes.
MOMENTS = st.one_of(
    st.integers(-40, 130).map(lambda days: END + timedelta(days=days)),
    st.integers(-500, 5000).map(lambda halves: END + timedelta(minutes=30 * halves)),
    st.integers(-400 * 86400, 300 * 86400).map(lambda seconds: END + timedelta(seconds=seconds, microseconds=1)),
)
some = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
more = settings(some, max_examples=25)


@pytest.fixture(scope="module")
def crowd(prepared: Database) -> Database:
    """Everybody in the database, once: nothing here changes them."""
    empty(prepared, END)
    write(prepared, PEOPLE)
    return prepared


def _asks_occasion(condition: Any) -> bool:
    inner = condition.of if condition.kind in {"all", "any"} else [condition.of] if condition.kind == "not" else []
    return any(map(_asks_occasion, inner)) or "occasion" in (
        getattr(condition, "since", None),
        getattr(condition, "of", None),
    )


def _as_runs(connection: Connection, condition: Any, asks: Sequence[Asked]) -> dict[Who, Answer]:
    """As journeys ask: of rows that hold a person, an instant and an occasion, without the person's own row."""
    rows = [(*one.human.who, one.at, *((o.at, o.id) if (o := one.occasion) else (None, None))) for one in asks]
    types: dict[str, TypeEngine[Any]] = {
        "bucket": SmallInteger(), "person": BigInteger(), "at": Instant, "since": Instant, "occasion": BigInteger(),
    }  # fmt: skip
    arrays: list[Any] = [
        literal(list(values), ARRAY(kind)) for values, kind in zip(zip(*rows, strict=True), types.values(), strict=True)
    ]
    run = func.unnest(*arrays).table_valued(*(column(*one) for one in types.items())).render_derived(name="run")
    scope = Scope(run.c.bucket, run.c.person, run.c.at, run.c.since, run.c.occasion)
    return _answers(connection, select(run.c.bucket, run.c.person, *_told(compile_condition(condition, scope))), {})


def _told(compiled: Any) -> list[Any]:
    return [
        compiled.truth.label("truth"),
        compiled.valid_until.label("valid_until"),
        compiled.evidence.label("evidence"),
    ]


def _answers(connection: Connection, statement: Select[Any], values: dict[str, Any]) -> dict[Who, Answer]:
    """Truth and valid until by person, None for never. Truth is never null, and evidence says something."""
    of = statement.subquery()
    until = func.nullif(of.c.valid_until, literal("infinity").cast(Instant))
    rows = connection.execute(select(of.c.bucket, of.c.person, of.c.truth, until, of.c.evidence), values).all()
    assert all(truth is not None and isinstance(evidence, dict) and evidence for _, _, truth, _, evidence in rows)
    return {(bucket, number): (truth, ends) for bucket, number, truth, ends, _ in rows}


def _agree(crowd: Database, condition: Any, at: datetime) -> None:
    """SQL says what the oracle says; and truths stay until valid until, if nothing but time happens."""
    occasional = _asks_occasion(condition)
    asks = [Asked(one, at, OCCASIONS.get(one.who)) for one in PEOPLE if one.who in OCCASIONS or not occasional]
    expected = {one.human.who: oracle.answer(condition, one) for one in asks}
    with crowd.read() as connection:
        told = _as_runs(connection, condition, asks)
        assert told == expected, describe(condition)
        if not occasional:
            whom = [one.who for one in PEOPLE]
            assert _answers(connection, evaluate(condition, at, given=True), parameters(whom)) == expected
            assert _answers(connection, evaluate(condition, at), {"buckets": keys(BUCKETS)}) == expected
        if at < END:
            return
        ends = {one: until for one in asks if (until := expected[one.human.who][1]) is not None}
        for later in (
            [replace(one, at=until - timedelta(microseconds=1)) for one, until in ends.items()],
            [replace(one, at=at + (until - at) / 2) for one, until in ends.items()],
        ):
            now = _as_runs(connection, condition, later) if later else {}
            assert all(truth == expected[who][0] for who, (truth, _) in now.items()), describe(condition)
        # at the very instant nobody is on the wrong side of it
        there = [replace(one, at=until) for one, until in ends.items()]
        if there:
            now = _as_runs(connection, condition, there)
            assert now == {one.human.who: oracle.answer(condition, one) for one in there}, describe(condition)


@pytest.mark.parametrize("question", strategies.QUESTIONS)
def test_a_kind_means_what_it_says(crowd: Database, question: str) -> None:
    @some
    @given(strategies.QUESTIONS[question].map(strategies.ADAPTER.validate_python), MOMENTS)
    def holds(condition: Any, at: datetime) -> None:
        _agree(crowd, condition, at)

    holds()


@more
@given(strategies.COMPOSED, MOMENTS)
def test_compositions_mean_what_they_say(crowd: Database, condition: Any, at: datetime) -> None:
    _agree(crowd, condition, at)


def test_every_kind_is_tried() -> None:
    assert set(KINDS) == {*strategies.KINDS, "all", "any", "not"} == set(oracle.KINDS)


def test_of_nothing(crowd: Database) -> None:
    every, nobody = (strategies.ADAPTER.validate_python({"kind": kind, "of": []}) for kind in ("all", "any"))
    whom = [PEOPLE[0].who, PEOPLE[1].who, (PEOPLE[0].who[0], 1)]
    with crowd.read() as connection:
        found = truths(connection, whom, {"every": every, "nobody": nobody}, END)
    assert found == {PEOPLE[0].who: {"every"}, PEOPLE[1].who: {"every"}, whom[2]: set()}


def test_everybody_of_some_buckets(crowd: Database) -> None:
    condition = strategies.ADAPTER.validate_python({"kind": "purchase"})
    buckets = sorted({one.who[0] for one in PEOPLE[:20]})
    with crowd.read() as connection:
        found = _answers(connection, evaluate(condition, END), {"buckets": keys(buckets)})
    assert found == {one.who: oracle.answer(condition, Asked(one, END)) for one in PEOPLE if one.who[0] in buckets}


def test_truths_of_many_at_once(crowd: Database) -> None:
    written = {
        "texts": {"kind": "consent", "channel": "sms"},
        "lively": {"kind": "engagement", "channel": "email", "level": ["engaged", "cooling"]},
    }
    conditions = {name: strategies.ADAPTER.validate_python(one) for name, one in written.items()}
    with crowd.read() as connection:
        found = truths(connection, [one.who for one in PEOPLE], conditions, END)
    assert found == {
        one.who: {name for name, condition in conditions.items() if oracle.answer(condition, Asked(one, END))[0]}
        for one in PEOPLE
    }
    assert {frozenset(names) for names in found.values()} == {
        frozenset(s) for s in ((), ["texts"], ["lively"], written)
    }
