"""What the shop knew before Antiphon came: people, consents, what was sent, what was answered, what was bought.

All of it is marked as backfill, so that it starts nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from antiphon.demo import baskets, truth
from antiphon.demo.clock import moment
from antiphon.demo.consents import PURPOSES, consent, sign_up
from antiphon.demo.models import Planned, Shop, Shopper
from antiphon.demo.opens import lapsed, open_chance
from antiphon.demo.voice import Voice
from antiphon.intake.models import Arrival

#: Days between the shop's mailings, and between its texts, in the history.
EMAIL_EVERY, SMS_EVERY = 10, 15
#: Nobody joined more recently than this before the period; the first mailing of the history finds everybody.
NEWEST_SIGN_UP, OLDEST_SIGN_UP = truth.HISTORY_DAYS + 5, 200


def history(shop: Shop, start: datetime) -> Iterator[Arrival]:
    """The arrivals of the ``HISTORY_DAYS`` days before ``start`` (a UTC midnight), and the sign-ups before them."""
    for shopper in shop.shoppers:
        if not shopper.newcomer:
            yield from (planned.arrival for planned in _past(shop.seed, shopper, start))


def _past(seed: int, shopper: Shopper, start: datetime) -> Iterator[Planned]:
    rng = np.random.default_rng([seed, 1, shopper.number])
    joined = start - timedelta(days=float(rng.uniform(NEWEST_SIGN_UP, OLDEST_SIGN_UP)))
    voice = Voice(seed, "history", shopper.device(), shopper, backfill=True)
    yield voice.identify(joined)
    yield from sign_up(seed, shopper, joined, backfill=True)
    yield from _gave_up(seed, shopper, joined, start, rng)
    for channel, every in (("email", EMAIL_EVERY), ("sms", SMS_EVERY)):
        if channel in shopper.latent.engaged:
            yield from _mailings(voice, shopper, channel, every, start, rng)
    if lapsed(seed, shopper):
        yield from _once_opened(voice, joined, start, rng)
    if shopper.latent.buyer:
        yield from _orders(voice, shopper, start, rng)


def _gave_up(
    seed: int, shopper: Shopper, joined: datetime, start: datetime, rng: np.random.Generator
) -> Iterator[Planned]:
    at = joined + (start - joined) * float(rng.uniform(0.1, 0.95))
    if shopper.email_state == "unsubscribed":
        yield consent(seed, shopper, "email", ("marketing",), "unsubscribed", at, method="one-click", backfill=True)
    if shopper.sms_state == "unsubscribed":
        yield consent(seed, shopper, "sms", PURPOSES["sms"], "unsubscribed", at, method="reply", backfill=True)


def _mailings(
    voice: Voice, shopper: Shopper, channel: str, every: int, start: datetime, rng: np.random.Generator
) -> Iterator[Planned]:
    """Everybody on the list got every mailing; who is engaged answered one at least, nobody else any."""
    latent = shopper.latent
    days = list(range(truth.HISTORY_DAYS - every, 0, -every))
    word = "Email" if channel == "email" else "SMS"
    answered: set[int] = set()
    if latent.engaged[channel]:
        lean = latent.factor + latent.tastes[channel]
        share = min(0.8, 0.25 * float(np.exp(0.4 * lean)))
        answered = {day for day in days if rng.random() < share} or {days[int(rng.integers(len(days)))]}
    for day in days:
        mailed = moment(start - timedelta(days=day), shopper.place.zone, 1, rng)
        campaign = {"campaign_id": f"news-{channel}-{day}", "campaign_name": f"News, {day} days ago"}
        yield voice.track(mailed, f"{word} Delivered", campaign)
        if channel == "email" and rng.random() < truth.MACHINE_OPENS:
            yield voice.track(mailed + timedelta(seconds=40), "Email Opened", {**campaign, "machine": True})
        if channel == "email" and rng.random() < open_chance(voice.seed, shopper):
            opened = mailed + timedelta(minutes=float(rng.gamma(1.2, 150)))
            yield voice.track(opened, "Email Opened", {**campaign, "machine": False})
        if day in answered:
            at = moment(start - timedelta(days=day - int(rng.integers(2))), shopper.place.zone, latent.rhythm, rng)
            clicked = max(at, mailed + timedelta(minutes=5))
            yield voice.track(clicked, f"{word} Clicked", {**campaign, "url": "https://lanternandloom.example/new"})


def _once_opened(voice: Voice, joined: datetime, start: datetime, rng: np.random.Generator) -> Iterator[Planned]:
    """The last mailing that somebody opened, between the sign-up and the first mailing of the history."""
    until = start - timedelta(days=truth.HISTORY_DAYS)
    at = joined + (until - joined) * float(rng.uniform(0.05, 0.95))
    campaign = {"campaign_id": "news-email-earlier", "campaign_name": "Earlier news"}
    yield voice.track(at, "Email Delivered", campaign)
    yield voice.track(at + timedelta(hours=2), "Email Opened", {**campaign, "machine": False})


def _orders(voice: Voice, shopper: Shopper, start: datetime, rng: np.random.Generator) -> Iterator[Planned]:
    # whole orders of which the expectation is the latent rate, which is never below one for a buyer
    for turn in range(int(shopper.latent.rate + rng.random())):
        day = start - timedelta(days=int(rng.integers(2, truth.HISTORY_DAYS)))
        at = moment(day, shopper.place.zone, shopper.latent.rhythm, rng)
        lines = baskets.fill(shopper.latent.basket * rng.lognormal(-0.03, 0.25), rng)
        cart = f"cart-past-{shopper.number}-{turn}"
        yield voice.track(at, "Order Completed", baskets.order(cart, f"O-past-{shopper.number}-{turn}", lines))
