"""How much people get and what texts may cost, as somebody sets it."""

from datetime import datetime
from typing import Any

import orjson

from antiphon.decisions.pressure import queries
from antiphon.decisions.settings import Budget, brand_settings
from antiphon.store.audit import Actor, record
from antiphon.store.db import Database


def save(database: Database, now: datetime, actor: Actor, *, day: int, week: int, budget: Budget) -> None:
    """Keep the caps on all messages to one person, and the budget."""
    with database.begin("settings") as connection:
        kept = brand_settings(connection.execute(queries.BRAND).one().settings)
        caps = {"day": day, "week": week}
        values = {"caps": orjson.dumps(caps).decode(), "budget": budget.model_dump_json()}
        connection.execute(queries.SAVE, values)
        before: dict[str, Any] = {"caps": {"day": kept.caps.day, "week": kept.caps.week}}
        before["budget"] = kept.budget.model_dump()
        after = {"caps": caps, "budget": budget.model_dump()}
        record(connection, now, actor, "settings", "caps and budget saved", "brand 1", before=before, after=after)
