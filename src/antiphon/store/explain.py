"""EXPLAIN of any statement: has PostgreSQL parse and plan it, with its parameters, without running it."""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql import Executable


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def _prefix(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> tuple[str, Any]:
    del connection, cursor, executemany
    if context is not None and context.execution_options.get("antiphon_explain"):
        return f"EXPLAIN {statement}", parameters
    return statement, parameters


def explain(connection: Connection, statement: Executable, values: dict[str, Any]) -> None:
    """Plan a statement. Raises what running it would raise before its first row."""
    connection.execute(statement, values, execution_options={"antiphon_explain": True})
