"""EXPLAIN of any statement: has PostgreSQL parse and plan it, with its values, without running it."""

import re
from typing import Any

from psycopg import ClientCursor
from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql import Executable


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def _prefix(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> tuple[str, Any]:
    del connection, executemany
    if context is not None and context.execution_options.get("antiphon_explain"):
        # The values stand in the text: some statements with parameters a cluster runs, but refuses to explain.
        written = ClientCursor(cursor.connection).mogrify(statement, parameters)
        return f"EXPLAIN {written}".replace("%", "%%"), {}
    return statement, parameters


def explain(connection: Connection, statement: Executable, values: dict[str, Any]) -> None:
    """Plan a statement. Raises what running it would raise before its first row."""
    connection.execute(statement, values, execution_options={"antiphon_explain": True})


def cost(connection: Connection, statement: Executable, values: dict[str, Any]) -> float:
    """What PostgreSQL believes that a statement costs, in its own units; a page read one after the other is 1."""
    result = connection.execute(statement, values, execution_options={"antiphon_explain": True})
    plan = "\n".join(str(line[0]) for line in result.cursor.fetchall()) if result.cursor is not None else ""
    told = re.search(r"cost=[\d.]+\.\.([\d.]+)", plan)  # of the topmost node
    return float(told[1]) if told else float("inf")
