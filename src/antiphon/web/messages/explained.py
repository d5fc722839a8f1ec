"""Why a message came out as it did, in full: candidates with their scores, what barred the others by which rule in which
version, by what it was decided, and whether deciding once more gives the same. Of decisions against writing as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.decisions.models import CHANNELS, Rule
from antiphon.decisions.moments import grid_of
from antiphon.decisions.replaying import queries as decisions
from antiphon.decisions.replaying.keeping import replay_row
from antiphon.decisions.replaying.replay import Outcome, Replayed
from antiphon.delivery.models import SERVICE
from antiphon.kit.errors import NotFoundError
from antiphon.rules.laws.naming import named
from antiphon.web.messages import queries
from antiphon.web.why import laws_of
from antiphon.web.words import rule_words

#: Before the key of a decision against writing, which has a person's bucket in the place of an address's.
AGAINST = "d"

_WORDS = {
    Outcome.SAME: "the same",
    Outcome.DIFFERENT: "not the same",
    Outcome.NOT_KEPT: "not possible: it was decided before what it was made from was kept",
    Outcome.UNREADABLE: "not possible with this version of Antiphon",
}


@dataclass(frozen=True, slots=True)
class Key:
    """``bucket``: of the address; of the person where it is a decision ``against`` writing."""

    bucket: int
    id: int
    against: bool = False

    def __str__(self) -> str:
        return f"{AGAINST if self.against else ''}{self.bucket}.{self.id}"


@dataclass(frozen=True, slots=True)
class Bar:
    """What one rule bars on a channel: so many moments, all of them where it bars the whole channel."""

    channel: str
    rule: str
    words: str
    version: str
    moments: int


@dataclass(frozen=True, slots=True)
class Explained:
    """``by``: by what it was decided, as pairs of words; ``models``: versions of what was learned and had a say."""

    sentence: str
    candidates: Sequence[Mapping[str, Any]]
    bars: Sequence[Bar]
    by: Sequence[tuple[str, str]]
    models: Mapping[str, int]
    replayed: Replayed | None

    @property
    def replay_words(self) -> str:
        return "" if self.replayed is None else _WORDS[self.replayed.outcome]


def key_of(text: str) -> Key:
    """A message's key as pages show it, or their address. Raises ``NotFoundError`` where it cannot be one."""
    given = text.rstrip("/").rpartition("/")[2]
    bucket, _, number = given.removeprefix(AGAINST).partition(".")
    try:
        found = Key(int(bucket), int(number), given.startswith(AGAINST))
    except ValueError:
        raise _unknown() from None
    if not (0 <= found.bucket < 2**15 and -(2**63) <= found.id < 2**63):
        raise _unknown()
    return found


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such message", "The address may be mistyped, or the message was erased.")


def decision_of(connection: Connection, key: Key) -> Row[Any] | None:
    """The decision behind a message; None where there is none, or none any more."""
    if key.against:
        bucket: int | None = key.bucket
    else:
        row = connection.execute(queries.MESSAGE, {"abucket": key.bucket, "id": key.id}).one_or_none()
        bucket = None if row is None else row.bucket
    if bucket is None:
        return None
    return connection.execute(decisions.DECISION, {"bucket": bucket, "id": key.id}).one_or_none()


def explained(connection: Connection, decided: Row[Any], *, replay: bool = True) -> Explained:
    """``decided``: a row of :func:`decision_of`; without ``replay`` nothing is decided once more."""
    why: Mapping[str, Any] = decided.reasons
    replayed = replay_row(connection, decided) if replay else None
    return Explained(
        why.get("sentence", ""),
        _candidates(why),
        _bars(why),
        tuple(_by(why, replayed)),
        {name: why[name]["model"] for name in ("timing", "affinity") if name in why and why[name].get("model") is not None},
        replayed,
    )  # fmt: skip


def _candidates(why: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The best moment of each channel that had one, the chosen first."""
    chosen = why.get("chosen") or {}
    return [
        {"channel": one["channel"], "at": one["at"], "score": one["score"], "chosen": one is chosen}
        for one in (chosen, chosen.get("instead_of"))
        if one
    ]


def _bars(why: Mapping[str, Any]) -> list[Bar]:
    versions = why.get("versions") or {}
    barred = why.get("barred") or {}
    found = []
    for channel in CHANNELS:
        for rule, moments in sorted(barred.get(channel, {}).items(), key=lambda pair: -pair[1]):
            version = versions.get("quiet_hours" if rule in _of_hours() else "choose", "")
            found.append(Bar(channel, rule, rule_words(rule), str(version), moments))
    return found


@cache
def _of_hours() -> frozenset[str]:
    """Rules that bear the version of the laws; all others are those of the way to choose."""
    return frozenset(Rule.QUIET.id(channel) for channel in range(len(CHANNELS)))


def _by(why: Mapping[str, Any], replayed: Replayed | None) -> list[tuple[str, str]]:
    versions = why.get("versions") or {}
    program = (replayed.program if replayed else None) or {}
    policy: str = versions.get("policy") or ""
    campaign = policy.startswith("-")  # campaigns bear numbers below zero
    pairs = [
        ("Antiphon", program.get("program")),
        ("Rules of the decision", versions.get("choose")),
        ("Laws on hours", versions.get("quiet_hours")),
        ("Zones", program.get("zones")),
        ("Settings", versions.get("settings")),
        ("Campaign and step" if campaign else "Version and step", policy.removeprefix("-") or None),
        ("Model of hours", (why.get("timing") or {}).get("model")),
        ("Model of channels", (why.get("affinity") or {}).get("model")),
    ]
    return [(name, str(value)) for name, value in pairs if value is not None]


def document(connection: Connection, key: Key, *, replay: bool = True) -> dict[str, Any]:
    """Everything that explains a message or a decision against one, as data. Raises ``NotFoundError``."""
    row = None
    if not key.against:
        row = connection.execute(queries.MESSAGE, {"abucket": key.bucket, "id": key.id}).one_or_none()
    decided = decision_of(connection, key)
    if row is None and (decided is None or not key.against):
        raise _unknown()
    log = [] if row is None else connection.execute(queries.LOG, {"abucket": key.bucket, "id": key.id}).all()
    return {
        "message": str(key),
        "channel": row.channel if row else decided.channel if decided else None,
        "state": row.state if row else "not written",
        "rule": row.rule if row else None,
        "due_at": row.due_at if row else None,
        "purpose": row.purpose if row else decided.purpose if decided else None,
        "decision": {**decided.reasons, "grid": grid_of(decided.reasons)} if decided else None,
        "nothing": "" if decided else nothing_words(row.purpose if row else ""),
        **_full(explained(connection, decided, replay=replay) if decided else None),
        "laws": [one.as_json() for one in laws_of(decided.reasons)] if decided else [],
        "log": [_logged(one) for one in log],
    }


def _full(one: Explained | None) -> dict[str, Any]:
    if one is None:
        return {"sentence": "", "candidates": [], "bars": [], "by": {}, "models": {}, "replay": None}
    return {
        "sentence": one.sentence,
        "candidates": one.candidates,
        "bars": [asdict(bar) for bar in one.bars],
        "by": dict(one.by),
        "models": one.models,
        "replay": None if one.replayed is None else _replay(one.replayed),
    }


def _replay(again: Replayed) -> dict[str, Any]:
    return {
        "outcome": again.outcome.value,
        "words": _WORDS[again.outcome],
        "problem": again.problem,
        "differences": [asdict(each) for each in again.differences],
        "changed": {name: {"then": then, "now": now} for name, (then, now) in (again.changed or {}).items()},
    }


def nothing_words(purpose: str) -> str:
    """Why no decision stands behind a message."""
    if purpose == SERVICE:
        return "Nothing was decided: it answers what its reader just did."
    return "The decision behind this message is not kept any more."


def _logged(one: Row[Any]) -> dict[str, Any]:
    detail = one.detail if isinstance(one.detail, dict) else {}
    laws = [asdict(named(law)) for law in detail.get("held") or ()]
    return {"at": one.at, "state": one.to_state, "rule": one.rule, "version": detail.get("version"), "laws": laws}
