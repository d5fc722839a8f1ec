"""From the rows of open intents to the columns that ``choose`` works on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, TextClause

from antiphon.decisions import caps, queries
from antiphon.decisions.affinity.loading import affinity
from antiphon.decisions.curves import hour_factors
from antiphon.decisions.models import CHANNELS, Amount, Batch, MessagePolicy, State
from antiphon.decisions.timing.loading import own_hours
from antiphon.kit.buckets import bucket_of, hash64
from antiphon.rules.area import laws_of, zones_in
from antiphon.store.keys import Ids, Keys, Texts, keys

#: The longest distance that spacing may ask for, and more: what is older keeps nothing apart, and nobody feels it any more.
_LOOK_BACK, _WEEK = timedelta(days=14), timedelta(days=7)

#: A step of an archived journey: nothing may be sent for it.
_GONE = MessagePolicy((), "marketing", False, timedelta(0), False, 1, timedelta(hours=1))

_STATES: dict[str | None, State] = {None: State.NEVER} | {state.name.lower(): state for state in State}


@dataclass(frozen=True, slots=True)
class Intents:
    """Open intents: ``columns`` as they came, by name, and ``batch`` to decide."""

    columns: Mapping[str, Sequence[Any]]
    batch: Batch

    def __len__(self) -> int:
        return len(self.batch)


@dataclass(frozen=True, slots=True)
class Asked:
    """One message each for some people, at the same instant and about the same occasion.

    ``origin`` is the number that decisions and messages bear as journey and version; ``steps`` stand beside ``people``.
    """

    origin: int
    at: datetime
    occasion: str
    people: Sequence[int]
    steps: Sequence[str]
    value: float = 0

    def ids(self) -> Iterator[int]:
        """The decisions' ids: of one person and origin always the same."""
        return (hash64(f"{self.origin}|{person}") for person in self.people)


def load(
    connection: Connection,
    now: datetime,
    buckets: Sequence[int],
    policies: Mapping[tuple[int, str], MessagePolicy],
    limit: int,
    *,
    hours: bool,
) -> Intents | None:
    """The oldest open intents of the buckets, at most ``limit``; None when there are none.

    ``hours`` tells whether people's own hours are wanted too.
    """
    if not connection.execute(queries.ANY_INTENT, {"buckets": keys(buckets)}).scalar_one():
        return None
    return _read(
        connection, queries.OPEN_INTENTS, {"buckets": keys(buckets), "limit": limit}, now, policies, hours=hours
    )


def load_asked(
    connection: Connection,
    now: datetime,
    asked: Asked,
    policies: Mapping[tuple[int, str], MessagePolicy],
    *,
    hours: bool,
) -> Intents | None:
    """Intents that are decided where they are made, without having been stored; None when nobody is asked for."""
    if not asked.people:
        return None
    values = {
        "buckets": Keys(map(bucket_of, asked.people)),
        "people": Ids(asked.people),
        "ids": Ids(asked.ids()),
        "steps": Texts(asked.steps),
        "origin": asked.origin,
        "asked_at": asked.at,
        "occasion_key": asked.occasion,
        "value": asked.value,
    }
    return _read(connection, queries.ASKED, values, now, policies, hours=hours)


def _read(
    connection: Connection,
    statement: TextClause,
    which: Mapping[str, Any],
    now: datetime,
    policies: Mapping[tuple[int, str], MessagePolicy],
    *,
    hours: bool,
) -> Intents | None:
    second, since = int(now.timestamp()), now - _LOOK_BACK
    called_off = connection.execute(queries.CALLED_OFF, {"since": since}).scalars().all()
    about = {"now": second, "at": now, "since": since, "week": now - _WEEK}
    values = {**about, "called_off": list(called_off), **which}
    result = connection.execute(statement, values)
    names = list(result.keys())
    columns = dict(zip(names, zip(*result.all(), strict=True), strict=True))
    brand_zone = connection.execute(queries.BRAND_ZONE).scalar_one()
    batch = _batch(columns, second, policies, brand_zone, _curves(connection))
    sent = caps.sent(connection, columns, batch, now, list(called_off))
    own = own_hours(connection, columns, batch) if hours else None
    return Intents(columns, replace(batch, sent=sent, own=own, affinity=affinity(connection, columns, second)))


def _curves(connection: Connection) -> Amount:
    counted = np.zeros((2, 24), dtype=np.int64)
    for channel, hour, number in connection.execute(queries.HOUR_CURVES):
        if channel in CHANNELS:
            counted[CHANNELS.index(channel), hour] = number
    return hour_factors(counted)


def _batch(
    columns: Mapping[str, Sequence[Any]],
    now: int,
    policies: Mapping[tuple[int, str], MessagePolicy],
    brand_zone: int,
    curves: Amount,
) -> Batch:
    steps = list(zip(columns["version"], columns["step"], strict=True))
    distinct = {step: number for number, step in enumerate(dict.fromkeys(steps))}
    places = _Places(brand_zone)
    email = [places.of(zone, zones) for zone, zones in zip(columns["zone"], columns["email_zones"], strict=True)]
    phones = zip(columns["zone"], columns["sms_zones"], columns["sms"], columns["places"], strict=True)
    sms = [places.of(zone, zones, *_besides(phone, lived)) for zone, zones, phone, lived in phones]
    clock = [places.clock(place) for place in sms]

    def column(name: str, kind: type) -> npt.NDArray[Any]:
        return np.array(columns[name], dtype=kind)

    def pair(name: str, kind: type) -> npt.NDArray[Any]:
        return np.stack([column(f"{channel}_{name}", kind) for channel in CHANNELS], axis=1)

    def states(name: str) -> npt.NDArray[np.int8]:
        found = [[_STATES[state] for state in columns[f"{channel}_{name}"]] for channel in CHANNELS]
        return np.array(found, dtype=np.int8).T

    return Batch(
        now=now,
        policies=tuple(policies.get(step, _GONE) for step in distinct),
        places=tuple(zones for zones, _ in places.sets),
        laws=tuple(laws for _, laws in places.sets),
        policy=np.array([distinct[step] for step in steps], dtype=np.int32),
        at=column("at_s", np.int32),
        occasion=column("occasion_s", np.int32),
        value=column("value", np.float32),
        die=column("die", np.int64),
        clock=np.array(clock, dtype=np.int16),
        place=np.array([email, sms], dtype=np.int32).T,
        address=np.array([[value is not None for value in columns[channel]] for channel in CHANNELS], dtype=np.bool_).T,
        marketing=states("marketing"),
        transactional=states("transactional"),
        cart=column("cart", np.bool_),
        declared=column("declared", np.int8),
        engaged=pair("engaged", np.int32),
        past=pair("past", np.int32),
        first=pair("first", np.int32),
        last=pair("last", np.int32),
        texted=column("texted", np.bool_),
        load=pair("load", np.float32),
        curves=curves,
    )


@lru_cache(maxsize=4096)
def _besides(phone: str | None, lived: str | None) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The laws that hold for texts to a number, and the zones that count besides its own.

    ``lived``: the states of the person's orders and profile, an array as PostgreSQL writes it.
    """
    if phone is None:
        return (), ()
    places = tuple(_parts(lived))
    return laws_of(phone, places), zones_in(places)


def _parts(array: str | None) -> list[str]:
    return [part for part in (array or "{}").strip("{}").split(",") if part]


class _Places:
    """Sets of zones by number, each with laws.

    The union of the person's zone, those that an address points at, and for texts those of the states of their orders.
    """

    def __init__(self, brand_zone: int) -> None:
        self._brand_zone = brand_zone
        self._numbers: dict[tuple[int, str | None, tuple[str, ...], tuple[int, ...]], int] = {}
        self.sets: dict[tuple[tuple[int, ...], tuple[str, ...]], int] = {}
        self._clocks: list[int] = []

    def of(self, zone: int, more: str | None, laws: tuple[str, ...] = (), beside: tuple[int, ...] = ()) -> int:
        """The number of a set; ``zone`` -1 is unknown, ``more`` an array as PostgreSQL writes it."""
        key = (zone, more, laws, beside)
        if key not in self._numbers:
            listed = [int(part) for part in _parts(more)]
            own = {*listed, *([zone] if zone >= 0 else [])}
            # an address that says nothing may be anywhere: what is known besides makes that no narrower
            known = tuple(sorted(own.union(beside))) if own else ()
            number = self.sets.setdefault((known, laws), len(self.sets))
            self._numbers[key] = number
            if number == len(self._clocks):
                self._clocks.append(zone if zone >= 0 else listed[0] if listed else self._brand_zone)
        return self._numbers[key]

    def clock(self, number: int) -> int:
        """The zone whose hours somebody of this set keeps: their own, else their phone's first, else the brand's."""
        return self._clocks[number]
