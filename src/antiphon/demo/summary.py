"""What a demo came to, in figures."""

from dataclasses import asdict, dataclass, field
from typing import Any

from antiphon.demo import queries
from antiphon.demo.audit import audit, count
from antiphon.store.db import Database

CHANNELS = ("email", "sms")
GATED = ("held", "deferred", "dropped", "cancelled")


@dataclass(frozen=True, slots=True)
class Summary:
    """``messages`` went out, by channel; ``states`` are of all messages ever planned; ``gated`` counts the messages that
    a rule held, deferred, dropped or cancelled, by rule; ``violations`` are the audit's, and all 0 in a good run."""

    people: int
    events: int
    runs: int
    messages: dict[str, int]
    states: dict[str, int]
    gated: dict[str, dict[str, int]]
    violations: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def clean(self) -> bool:
        return not any(self.violations.values())


def summarise(database: Database) -> Summary:
    """Count what is in the database, and audit it."""
    with database.read() as connection:
        messages = dict.fromkeys(CHANNELS, 0)
        messages |= {row.channel: row.n for row in connection.execute(queries.COUNT_MESSAGES)}
        gated: dict[str, dict[str, int]] = {what: {} for what in GATED}
        for row in connection.execute(queries.COUNT_GATED):
            gated[row.what][row.rule] = row.n
        counted = Summary(
            people=connection.execute(queries.COUNT_PEOPLE).scalar_one(),
            events=connection.execute(queries.COUNT_EVENTS).scalar_one(),
            runs=connection.execute(queries.COUNT_RUNS).scalar_one(),
            messages=messages,
            states={row.state: row.n for row in connection.execute(queries.COUNT_STATES)},
            gated=gated,
        )
    counted.violations.update(count(audit(database)))
    return counted
