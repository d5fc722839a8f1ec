"""What the people of the demo shop do, day by day, as arrivals in the order in which they reach us.

Most arrive at once. Some come late or out of order, some twice, a few are broken, as from any shop.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from antiphon.demo.clock import moment
from antiphon.demo.consents import PURPOSES, consent, sign_up
from antiphon.demo.models import Planned, Shop, Shopper
from antiphon.demo.visits import VISIT_DAYS, Visit, visit
from antiphon.demo.voice import SOURCE, Voice, message_id
from antiphon.intake.models import Arrival

#: Share of arrivals that come late, come twice, or are broken.
LATE, TWICE, BROKEN = 0.03, 0.008, 0.002
#: Per day: share of the people who change their mind about a channel without any message's help.
CHANGES_OF_MIND = 0.0006
#: Visits of one unknown device in 14 days.
VISITOR_VISITS = 1.6


def day(shop: Shop, start: datetime, number: int, days: int, *, pace: float = 1.0, series: int = 0) -> list[Planned]:
    """Everything that happens on day ``number`` after ``start`` (a UTC midnight), by arrival.

    Newcomers sign up within the first ``days`` days. ``pace`` multiplies the visits; another ``series`` draws other
    visits of the same people, with carts of their own.
    """
    rng = np.random.default_rng([shop.seed, 2, number, series])
    date = start + timedelta(days=number)
    made: list[Planned] = []
    counts = rng.poisson([pace * shopper.latent.visits / VISIT_DAYS for shopper in shop.shoppers])
    for shopper, count in zip(shop.shoppers, counts, strict=True):
        joins = signs_up(shop.seed, shopper, days)
        if joins == number:
            made += _joins(shop.seed, shopper, date)
        for turn in range(count):
            made += _visits(
                shop.seed, shopper, date, f"{shopper.number}-{number}-{series + turn}", known=number > joins
            )
    made += _visitors(shop, date, number, rng, pace)
    made += _changes_of_mind(shop, date, days, number, rng)
    return sorted(_as_they_arrive(shop.seed, made, rng), key=lambda planned: planned.due)


def signs_up(seed: int, shopper: Shopper, days: int) -> int:
    """The day on which a newcomer signs up; -1 for people who were known before."""
    if not shopper.newcomer:
        return -1
    return int(np.random.default_rng([seed, 3, shopper.number]).integers(days))


def _joins(seed: int, shopper: Shopper, date: datetime) -> list[Planned]:
    """A first visit that ends with a sign-up: the device's anonymous history joins the new person."""
    rng = np.random.default_rng([seed, 4, shopper.number])
    at = moment(date, shopper.place.zone, shopper.latent.rhythm, rng)
    steps = Visit(Voice(seed, "joins", shopper.device()), at, rng, [])
    steps.look_around()
    steps.made.append(Voice(seed, "joins", shopper.device(), shopper).identify(steps.pause(30)))
    made = [replace(planned, shopper=shopper.number) for planned in steps.made]
    return made + sign_up(seed, shopper, steps.at + timedelta(seconds=1))


def _visits(seed: int, shopper: Shopper, date: datetime, name: str, *, known: bool) -> list[Planned]:
    rng = np.random.default_rng([seed, 5, *map(int, name.split("-"))])
    at = moment(date, shopper.place.zone, shopper.latent.rhythm, rng)
    return visit(seed, shopper, name, at, known, rng)


def _visitors(shop: Shop, date: datetime, number: int, rng: np.random.Generator, pace: float) -> list[Planned]:
    made: list[Planned] = []
    for visitor in np.flatnonzero(rng.random(shop.visitors) < pace * VISITOR_VISITS / VISIT_DAYS):
        voice = Voice(shop.seed, f"visitor-{number}", f"anon-visitor-{visitor:05d}")
        steps = Visit(voice, moment(date, "America/New_York", int(rng.integers(4)), rng), rng, [])
        steps.look_around()
        made += steps.made
    return made


def _changes_of_mind(shop: Shop, date: datetime, days: int, number: int, rng: np.random.Generator) -> Iterator[Planned]:
    """People who opt out in their account, and people on one list who join the other."""
    for index in np.flatnonzero(rng.random(len(shop.shoppers)) < CHANGES_OF_MIND):
        shopper = shop.shoppers[index]
        if signs_up(shop.seed, shopper, days) >= number or shopper.reach == "none":
            continue
        at = moment(date, shopper.place.zone, shopper.latent.rhythm, rng)
        if shopper.reach == "email" and shopper.phone and shopper.sms_state == "never":
            yield consent(shop.seed, shopper, "sms", PURPOSES["sms"], "subscribed", at, double=True, method="checkout")
        else:
            channel = "email" if shopper.email_state == "subscribed" else "sms"
            gone = PURPOSES[channel]
            yield consent(shop.seed, shopper, channel, gone, "unsubscribed", at, method="preference")


def _as_they_arrive(seed: int, made: list[Planned], rng: np.random.Generator) -> Iterator[Planned]:
    chances = rng.random((len(made), 3))
    delays = rng.gamma(1.0, 45.0, (len(made), 2))
    for planned, (late, twice, broken), (wait, again) in zip(made, chances, delays, strict=True):
        if late < LATE:
            yield replace(planned, due=planned.due + timedelta(minutes=float(wait)))
        else:
            yield planned
        if twice < TWICE:
            yield replace(planned, due=planned.due + timedelta(minutes=float(wait + again)))
        if broken < BROKEN:
            yield _broken(seed, planned)


def _broken(seed: int, planned: Planned) -> Planned:
    """The arrival as a faulty integration sends it: without anybody, or without saying what happened."""
    arrival = planned.arrival
    identity = message_id(seed, "broken", arrival.message_id)
    lost = {"userId", "anonymousId"} if int(identity[-1], 16) % 2 else {"event"}
    body = {key: value for key, value in arrival.body.items() if key not in lost}
    return replace(planned, arrival=Arrival(SOURCE, identity, "track", arrival.at, False, body))
