"""What SQL may do here: the rules that keep every statement fast and fit for a cluster, checked by the tests.

sqlglot, which reads the statements, is a dependency of development only; nothing that runs in production comes here.
"""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Checked:
    """The rules that a statement breaks, in words, and the tables that it writes."""

    broken: tuple[str, ...]
    writes: frozenset[str]


@cache
def checked(sql: str) -> Checked:
    """Read one statement of PostgreSQL, with psycopg's placeholders or without. Each distinct one is read once."""
    from antiphon.store import statement_rules  # noqa: PLC0415  # needs sqlglot

    return statement_rules.check(sql)


def check_statement(sql: str) -> list[str]:
    """The rules that a statement breaks; empty for a good one.

    Refused: joins of per-person tables without ``bucket``, of per-address tables without ``abucket``, and of the two
    kinds with each other (``INSERT INTO outbox SELECT … FROM decision`` is the one hand-over); STABLE and VOLATILE
    functions, arithmetic with intervals and CASE over subqueries where UPDATE or ON CONFLICT set columns; UPDATE of a
    distribution column; data-modifying CTEs; FOR UPDATE without a constant bucket; INSERT … WHERE NOT EXISTS (target).
    """
    return list(checked(sql).broken)


def writes_of(sql: str) -> set[str]:
    """The names of the tables that a statement writes."""
    return set(checked(sql).writes)
