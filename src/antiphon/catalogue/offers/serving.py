"""The stage ``offers``: one at a time answers who asked for a code, reminds of codes, and notes which were redeemed.

One transaction takes some of each. Codes, answers and how far a pool is given out commit together: after a crash nobody has a
code that somebody else gets, and nobody who was answered is answered anew.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from antiphon.catalogue.offers import queries
from antiphon.catalogue.offers.giving import Ask, serve
from antiphon.catalogue.offers.models import Given, Offer, Served, told
from antiphon.catalogue.offers.read import offers, zone_of_brand
from antiphon.catalogue.offers.redeeming import redeem_used, used_buckets
from antiphon.catalogue.offers.telling import Told, tell
from antiphon.kit.buckets import hash64
from antiphon.kit.zones import local
from antiphon.store.db import Database
from antiphon.store.locks import lock_buckets

#: Asks, reminders and redemptions that one transaction takes of each.
LIMIT = 10_000


def carry_on(database: Database, now: datetime, limit: int = LIMIT) -> Served:
    """Do what is due, by one transaction. Safe beside other workers, and after a crash."""
    with database.read() as connection:
        standing = offers(connection)
        given: dict[str, Any] = {"ready": _ready(standing, now), "barred": barred(standing, now), "now": now}
        agenda = connection.execute(queries.AGENDA, given).one()
    asked = agenda.asked or agenda.filled or agenda.over
    due = agenda.remind_at is not None and agenda.remind_at <= now
    later = [at for at in (agenda.remind_at, agenda.until) if at is not None and at > now]
    done = Served(wished=agenda.wished, next_due=min(later, default=None))
    if not (asked or due or agenda.used):
        return done
    with database.begin("offers") as connection:
        if not connection.execute(queries.TRY_GIVING).scalar_one():
            return done  # another worker is at it
        standing = offers(connection)
        given |= {"ready": _ready(standing, now), "limit": limit}
        given["buckets"] = mine = _buckets(connection, given, asked=asked, due=due)
        lock_buckets(connection, mine)
        if asked:
            _answer(connection, standing, given, done)
        if due:
            done.reminded = _remind(connection, standing, given)
        if agenda.used:
            done.redeemed = redeem_used(connection, standing, now, limit, frozenset(mine))
    done.more = done.more or done.did > 0
    return done


def _ready(standing: Mapping[str, Offer], now: datetime) -> list[str]:
    """Offers of which an ask can be answered: with a code, or with the reason why there will be none."""
    return [name for name, one in standing.items() if one.state(now) != "dry"]


def barred(standing: Mapping[str, Offer], now: datetime) -> list[str]:
    """Offers that a promise waits for: their pool is dry, or they have not begun."""
    return [name for name, one in standing.items() if one.state(now) in {"dry", "early"}]


def _buckets(connection: Connection, given: Mapping[str, Any], *, asked: bool, due: bool) -> list[int]:
    """Those of people who asked, are to be reminded, or have a code that an order named. What comes up in others once these
    are locked waits for the next turn: locks are taken in one order."""
    found: set[int] = set()
    if asked:
        found |= set(connection.execute(queries.ASKING_BUCKETS, given).scalars())
    if due:
        found |= set(connection.execute(queries.DUE_BUCKETS, given).scalars())
    return sorted(found | used_buckets(connection, given["limit"]))


def _answer(connection: Connection, standing: Mapping[str, Offer], given: Mapping[str, Any], done: Served) -> None:
    rows = connection.execute(queries.ASKS, given).all()
    gone = [row for row in rows if not row.stands]  # their run has left meanwhile
    if gone:
        connection.execute(queries.FORGET_ASKS, _asks(gone))
    here = [row for row in rows if row.stands]
    now = given["now"]
    asks = [
        Ask(
            row.bucket, row.person, row.offer, row.run, row.use,
            waits=row.when_dry == "wait" and row.until is not None and now < row.until,
        )
        for row in here
    ]  # fmt: skip
    answers = serve(connection, asks, standing, now)
    if here:
        states = {"states": [one.state for one in answers], "whys": [one.why for one in answers]}
        connection.execute(queries.ANSWER, _asks(here) | states | {"now": now})
    count = Counter(one.state for one in answers)
    done.given, done.refused, done.waiting = count["given"], count["refused"], count["dry"]
    done.refusals = dict(Counter(one.why for one in answers if one.state == "refused"))
    done.more = bool(gone)


def _asks(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    return {
        "buckets": [row.bucket for row in rows],
        "runs": [row.run for row in rows],
        "steps": [row.step for row in rows],
        "entered": [row.entered_at for row in rows],
    }


def _remind(connection: Connection, standing: Mapping[str, Offer], given: Mapping[str, Any]) -> int:
    """ "Coupon Expiring", once for each code; of what is used or expired meanwhile nobody hears."""
    rows = connection.execute(queries.DUE, given).all()
    if not rows:
        return 0
    connection.execute(queries.REMINDED, codes(rows))
    tell(connection, list(_reminders(rows, standing, given["now"], zone_of_brand(connection))), given["now"])
    return len(rows)


def _reminders(rows: Sequence[Row[Any]], standing: Mapping[str, Offer], now: datetime, zone: int) -> Iterator[Told]:
    """``last_day``: by the brand's clock, of a code that ends at midnight the day before it."""
    for row in rows:
        one = Given(row.offer, row.n, row.code, row.given_at, row.expires_at, row.redeemed_at)
        if one.good(now):
            event = hash64(f"coupon expiring|{row.offer}|{row.code}|{row.given_at.isoformat()}|{row.person}")
            last = local(zone, row.expires_at - timedelta(microseconds=1)).date()
            props = {**told(one, standing.get(row.offer)), "last_day": last.isoformat()}
            yield Told(row.bucket, row.person, row.remind_at, event, "Coupon Expiring", props)


def codes(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    """The keys of rows of ``coupon_given``, column by column."""
    return {
        "buckets": [row.bucket for row in rows],
        "people": [row.person for row in rows],
        "offers": [row.offer for row in rows],
        "ns": [row.n for row in rows],
    }
