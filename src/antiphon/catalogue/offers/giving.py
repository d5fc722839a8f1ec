"""Who gets which code: one batch of asks, decided in memory from what was read under the locks, then written in bulk."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.models import Given, Offer, key_of, told
from antiphon.catalogue.offers.read import given_to, zone_of_brand
from antiphon.catalogue.offers.tables import coupon_given
from antiphon.catalogue.offers.telling import Told, tell_new
from antiphon.kit.buckets import hash64
from antiphon.store.db import copy_rows

_COLUMNS = ("bucket", "person", "offer", "n", "code", "key", "given_at", "expires_at", "remind_at", "run")


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody who is to have a code. ``use``: the code where the pool is dry; ``waits``: stays until it is filled."""

    bucket: int
    person: int
    offer: str
    run: int | None = None
    use: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an ask: given, refused, or dry while it waits. ``new``: the code was given by this very ask."""

    state: str
    why: str = ""
    given: Given | None = None
    new: bool = False


@dataclass(slots=True)
class _New:
    """What a batch gives, column by column."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    #: Of an offer all codes of a batch expire together.
    expiries: dict[str, datetime | None] = field(default_factory=dict)


def serve(connection: Connection, asks: Sequence[Ask], offers: Mapping[str, Offer], now: datetime) -> list[Answer]:
    """Answer asks in their order, each as if the ones before had been answered already.

    The caller holds ``GIVING`` and the locks of the people's buckets. One person has one code of an offer: who asks again
    hears of the same one. Writes the codes, their events and how far each pool is given out.
    """
    zone = zone_of_brand(connection)
    have = given_to(connection, {(ask.bucket, ask.person) for ask in asks})
    pools = _Pools(connection, offers, asks)
    new = _New()
    answers = []
    for ask in asks:
        codes = have.setdefault((ask.bucket, ask.person), {})
        answers.append(_serve(ask, codes, offers, pools, zone, now, new))
    if new.rows:
        # a second code of one offer for one person is a fault, and the key refuses it
        copy_rows(connection, coupon_given, _COLUMNS, new.rows)
        tell_new(connection, new.told, now)
    for name, n in pools.taken.items():
        connection.execute(queries.TAKEN, {"name": name, "n": n})
    return answers


def _serve(
    ask: Ask,
    codes: dict[str, Given],
    offers: Mapping[str, Offer],
    pools: "_Pools",
    zone: int,
    now: datetime,
    new: _New,
) -> Answer:
    one, had, why = _which(ask, codes, offers, now)
    if one is None or why:
        return Answer("refused", why) if had is None else Answer("given", given=had)
    code = one.code if one.kind == "static" else pools.take(one.name) or ask.use
    if not code:
        return Answer("dry" if ask.waits else "refused", "dry")
    if one.name not in new.expiries:
        new.expiries[one.name] = one.expiry(now, zone)
    expires_at = new.expiries[one.name]
    given = Given(one.name, 0, code, now, expires_at, run=ask.run)
    codes[one.name] = given
    remind_at = one.reminder(now, expires_at)
    new.rows.append((ask.bucket, ask.person, one.name, 0, code, key_of(code), now, expires_at, remind_at, ask.run))
    event = hash64(f"coupon given|{one.name}|{key_of(code)}|{ask.person}")
    new.told.append(Told(ask.bucket, ask.person, now, event, "Coupon Given", told(given, one)))
    return Answer("given", given=given, new=True)


def _which(
    ask: Ask, codes: Mapping[str, Given], offers: Mapping[str, Offer], now: datetime
) -> tuple[Offer | None, Given | None, str]:
    """The offer that a code is to come from. With a reason there is none to come: they have a good one, or get none."""
    asked = offers.get(ask.offer)
    one = _next(asked, codes, offers) if asked is not None else None
    if asked is None or one is None or asked.deleted_at is not None or one.deleted_at is not None:
        return None, None, "gone"
    if had := codes.get(one.name):
        return one, had if had.good(now) else None, "had"
    barred = next((state for each in (asked, one) if (state := each.state(now)) in {"early", "over"}), "")
    return one, None, barred


def _next(asked: Offer, codes: Mapping[str, Given], offers: Mapping[str, Offer]) -> Offer | None:
    """The offer itself; of steps the first that the person was never given, at the end the last."""
    if asked.kind != "steps":
        return asked
    return offers.get(next((name for name in asked.steps if name not in codes), asked.steps[-1]))


class _Pools:
    """The next codes of the pools that a batch may need, read once each."""

    def __init__(self, connection: Connection, offers: Mapping[str, Offer], asks: Sequence[Ask]) -> None:
        self._connection = connection
        self._offers = offers
        self._most = Counter(name for ask in asks for name in _pools_of(offers.get(ask.offer), offers))
        self._next: dict[str, Iterator[str]] = {}
        self.taken: Counter[str] = Counter()

    def take(self, name: str) -> str | None:
        """The next code of a pool, ``None`` when it is dry."""
        if name not in self._next:
            taken = self._offers[name].taken
            span = {"name": name, "taken": taken, "upto": taken + self._most[name]}
            self._next[name] = iter(self._connection.execute(queries.NEXT_CODES, span).scalars().all())
        code = next(self._next[name], None)
        if code is not None:
            self.taken[name] += 1
        return code


def _pools_of(one: Offer | None, offers: Mapping[str, Offer]) -> Iterator[str]:
    if one is None:
        return
    for name in one.steps or (one.name,):
        if name in offers and offers[name].kind == "pool":
            yield name
