"""Take due messages under the lock of their abuckets and judge them; what passes is this worker's for a while."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from antiphon.decisions.settings import BrandSettings
from antiphon.delivery import queries
from antiphon.delivery.facts import read_facts
from antiphon.delivery.gate import judge_in_turn
from antiphon.delivery.models import Change, Message, Verdict
from antiphon.delivery.pace import in_pace
from antiphon.delivery.record import stop
from antiphon.kit.buckets import BUCKETS
from antiphon.store.db import Database
from antiphon.store.keys import Texts, keys
from antiphon.store.locks import try_lock_abuckets

#: Longer than a round goes on beginning hand-overs: a claim this old has most likely lost its worker. One that has not
#: finds its claim gone and hands nothing over.
LEASE = timedelta(minutes=3)

#: The abuckets, in the portions in which they are locked and searched.
WINDOWS = tuple(BUCKETS[place : place + 32] for place in range(0, len(BUCKETS), 32))


@dataclass(frozen=True, slots=True)
class Claimed:
    """``messages`` are this claim's; ``tokens`` is the most that they cost; ``full``: more may be due."""

    messages: list[Message] = field(default_factory=list)
    stopped: list[Change] = field(default_factory=list)
    tokens: int = 0
    full: bool = False


def claim_due(
    database: Database,
    now: datetime,
    channel: str,
    tokens: int,
    claim: UUID,
    cost: Callable[[Message], int],
    settings: Mapping[int, BrandSettings],
    hold_before: datetime | None = None,
    recovers: Callable[[int, str], bool] = lambda _version, _step: False,
) -> Claimed:
    """Claim due messages of a channel for at most ``tokens``, each taken to cost ``cost(message)``.

    ``recovers(version, step)`` tells which texts are those of ``recover`` steps.

    The commit is not awaited: a claim that a crash loses was never handed over, because that commit is awaited.
    """
    with database.begin("dispatch", durable=False) as connection:
        due = _due(connection, now, channel, claim, tokens)
        if not due:
            return Claimed()
        due = [replace(m, recovers=True) if m.abandonment_text and recovers(m.version, m.step) else m for m in due]
        facts = read_facts(connection, channel, due, now, settings)
        pairs = [(message, replace(facts[message.id], hold_before=hold_before)) for message in due]
        verdicts = judge_in_turn(pairs, now, settings)
        passed, spent = _affordable([m for m, v in verdicts if v.action == "pass"], tokens, cost)
        passed, slowed = in_pace(connection, now, passed)
        barred = [*((m, v) for m, v in verdicts if v.action != "pass"), *slowed]
        stopped = stop(connection, now, [_stopped(m, v) for m, v in barred])
        taken = _take(connection, now, claim, passed)
        return Claimed(taken, stopped, spent, full=len(due) >= tokens or len(taken) < len(passed) or bool(stopped))


def _due(connection: Connection, now: datetime, channel: str, claim: UUID, limit: int) -> list[Message]:
    """Due messages of abuckets that are locked on the way, a window at a time.

    A window keeps the sort of a large backlog small and leaves the others to workers beside this one; the claim says
    where to begin, so that each window has its turn.
    """
    reacted = connection.execute(queries.REACTED).all()
    where = {
        "buckets": keys([row.bucket for row in reacted]),
        "through": Texts(row.through.isoformat() for row in reacted),  # written once, not once a window
        "now": now,
        "channel": channel,
    }
    due: list[Message] = []
    first = claim.int % len(WINDOWS)
    for window in WINDOWS[first:] + WINDOWS[:first]:
        abuckets = try_lock_abuckets(connection, window)
        if abuckets:
            rows = connection.execute(queries.DUE, where | {"abuckets": abuckets, "limit": limit - len(due)})
            due += [Message(**{**row, "zones": tuple(row["zones"])}) for row in rows.mappings()]
        if len(due) >= limit:
            break
    return due


def _affordable(messages: list[Message], tokens: int, cost: Callable[[Message], int]) -> tuple[list[Message], int]:
    """As many, in order, as the tokens pay for; the first always, or a dear text would wait for ever."""
    spent = 0
    for number, message in enumerate(messages):
        price = cost(message)
        if number and spent + price > tokens:
            return messages[:number], spent
        spent += price
    return messages, spent


def _stopped(message: Message, verdict: Verdict) -> Change:
    return Change(
        message, message.state, verdict.state, verdict.rule, verdict.until, detail=verdict.told(message.zones)
    )


def _take(connection: Connection, now: datetime, claim: UUID, messages: list[Message]) -> list[Message]:
    if not messages:
        return []
    where = {"abuckets": [m.abucket for m in messages], "ids": [m.id for m in messages]}
    done = set(connection.execute(queries.CLAIM, where | {"now": now, "claim": claim, "lease": now + LEASE}).scalars())
    taken = [m for m in messages if m.id in done]
    named = {"abuckets": [m.abucket for m in taken], "keys": [m.key for m in taken], "ids": [m.id for m in taken]}
    connection.execute(queries.TAKE_KEYS, named)
    texts = [m for m in taken if m.abandonment_text]
    if texts:
        connection.execute(
            queries.TAKE_TEXTS,
            {
                "abuckets": [m.abucket for m in texts],
                "addresses": [m.address for m in texts],
                "occasions": [m.occasion_key for m in texts],
                "ids": [m.id for m in texts],
            },
        )
    return taken
