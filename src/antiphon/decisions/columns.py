"""From intents to the columns that ``choose`` works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from antiphon.decisions import caps, queries
from antiphon.decisions.affinity.loading import affinity
from antiphon.decisions.curves import hour_factors
from antiphon.decisions.models import CHANNELS, Amount, Batch, Index, MessagePolicy, State
from antiphon.decisions.timing.loading import own_hours
from antiphon.kit.buckets import bucket_of, hash64
from antiphon.rules.area import laws_of_places, places_of, zones_in
from antiphon.store.keys import Ids, Keys, Texts

#: The longest distance that spacing may ask for, and more: what is older keeps nothing apart, and nobody feels it any more.
_LOOK_BACK, _WEEK = timedelta(days=14), timedelta(days=7)

#: A step of an archived journey: nothing may be sent for it.
_GONE = MessagePolicy((), "marketing", False, timedelta(0), False, 1, timedelta(hours=1))

#: What an intent is: who asks for a message to whom, at which step, since when, about what. ``at`` and ``occasion_at`` are
#: instants as text, because they are only written again; ``at_s`` and ``occasion_s`` the same in seconds since 1970, rounded
#: down.
INTENT = (
    "bucket",
    "id",
    "person",
    "run",
    "journey",
    "version",
    "step",
    "visit",
    "at",
    "at_s",
    "occasion_at",
    "occasion_s",
    "occasion_event",
    "occasion_key",
    "entry_key",
    "value",
)

#: As far back as the columns of a decision reach, in seconds.
_LONG = 536_870_911

_STATES: dict[str | None, State] = {None: State.NEVER} | {state.name.lower(): state for state in State}


@dataclass(frozen=True, slots=True)
class Intents:
    """Intents: ``columns`` as they came, by name, and ``batch`` to decide."""

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

    def columns(self) -> dict[str, Sequence[Any]]:
        """As :data:`INTENT` has them. The decisions' ids: of one person and origin always the same."""
        number = len(self.people)
        at, epoch = self.at.isoformat(), int(self.at.timestamp())
        alike = {
            "run": 0, "journey": self.origin, "version": self.origin, "visit": 1, "at": at, "at_s": epoch,
            "occasion_at": at, "occasion_s": epoch, "occasion_event": 0, "occasion_key": self.occasion, "entry_key": "",
            "value": self.value,
        }  # fmt: skip
        return {
            "bucket": [bucket_of(person) for person in self.people],
            "id": [hash64(f"{self.origin}|{person}") for person in self.people],
            "person": self.people,
            "step": self.steps,
        } | {name: [value] * number for name, value in alike.items()}


def load(
    connection: Connection,
    now: datetime,
    asked: Mapping[str, Sequence[Any]],
    policies: Mapping[tuple[int, str], MessagePolicy],
    *,
    hours: bool,
) -> Intents | None:
    """What a decision looks at of intents, which are ``asked`` by columns (:data:`INTENT`); None when there are none.

    ``hours`` tells whether people's own hours are wanted too.
    """
    if not asked["id"]:
        return None
    second, since = int(now.timestamp()), now - _LOOK_BACK
    called_off = connection.execute(queries.CALLED_OFF, {"since": since}).scalars().all()
    values = {
        "now": second,
        "at": now,
        "since": since,
        "week": now - _WEEK,
        "called_off": list(called_off),
        "buckets": Keys(asked["bucket"]),
        "people": Ids(asked["person"]),
        "ids": Ids(asked["id"]),
        "occasions": Texts(asked["occasion_key"]),
    }
    result = connection.execute(queries.LOOKED_AT, values)
    # tuples of the driver: a million rows made of them would be two seconds of nothing else
    columns = dict(zip(result.keys(), zip(*result.cursor.fetchall(), strict=True), strict=True))
    order = columns.pop("place")
    columns |= {name: tuple(map(column.__getitem__, order)) for name, column in asked.items()}
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

    def ago(name: str) -> Index:
        seconds: npt.NDArray[np.int64] = column(name, np.int64) - now
        return np.maximum(seconds, -_LONG).astype(np.int32)

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
        at=ago("at_s"),
        occasion=ago("occasion_s"),
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


def _besides(phone: str | None, lived: str | None) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The laws that hold for texts to a number, and the zones that count besides its own.

    ``lived``: the states of the person's orders and profile, an array as PostgreSQL writes it.
    """
    return ((), ()) if phone is None else _beside(places_of(phone), lived)


@lru_cache(maxsize=4096)  # by where a number is from: there are as many numbers as people
def _beside(own: tuple[str, ...], lived: str | None) -> tuple[tuple[str, ...], tuple[int, ...]]:
    others = tuple(_parts(lived))
    return laws_of_places(own, others), zones_in(others)


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
