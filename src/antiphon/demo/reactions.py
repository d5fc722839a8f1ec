"""What people do with a message: open it, press a link, come back and order, answer, or ask for no more.

Chance comes from the seed and the message, never from the order of calls, so that a message gets the same answer
however the demo was carried there.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from antiphon.delivery.clicks import Click
from antiphon.demo import baskets, truth
from antiphon.demo.catalogue import PRODUCTS, SHOP_URL
from antiphon.demo.clock import awake
from antiphon.demo.models import OneClick, Planned, Reply, Sent, Shop, Shopper
from antiphon.demo.opens import open_chance
from antiphon.demo.visits import Visit
from antiphon.demo.voice import SOURCE, Voice
from antiphon.intake.models import Arrival
from antiphon.kit.buckets import hash64

#: The journeys whose message is the thank-you of a purchase.
THANKS = frozenset({"order-thanks", "thank-you"})

_STOP_WORDS = ("STOP", "Stop", "stop please", "STOPALL", "unsubscribe", "Please stop texting me", "END", "quit")
_OTHER_WORDS = ("Do you ship to Canada?", "Is the big one back in stock?", "thanks!", "Love it 😍", "When is it here?")

Answer = Planned | Reply | OneClick


@dataclass(frozen=True, slots=True)
class OpenCart:
    """A cart that a person left with something in it."""

    id: str
    lines: tuple[tuple[str, int], ...]  # product ids and quantities
    at: datetime


def die(seed: int, message: int, what: str) -> float:
    """A number in [0, 1) that belongs to this message and question."""
    return (hash64(f"{seed}|{message}|{what}") & (2**63 - 1)) / 2**63


class Crowd:
    """The people of a shop as readers of messages."""

    def __init__(self, shop: Shop) -> None:
        self.seed = shop.seed
        self._holders: dict[str, list[Shopper]] = {}
        for shopper in shop.shoppers:
            for address in (shopper.email, shopper.phone):
                if address:
                    self._holders.setdefault(address, []).append(shopper)
        orders = {True: 0.0, False: 0.0}
        for shopper in shop.shoppers:
            orders[shopper.latent.clicker] += shopper.latent.rate
        share = orders[True] / sum(orders.values())
        # clickers press the link of a thank-you twice as often as others; those who order do so as the truth says
        silent = truth.THANKS_CLICKS / (2 * share + (1 - share))
        self._thanks = {True: 2 * silent, False: silent}

    def holder(self, sent: Sent) -> Shopper | None:
        """Who reads the message: of a shared phone, one of its people."""
        holders = self._holders.get(sent.address, [])
        return holders[int(die(self.seed, sent.message, "reader") * len(holders))] if holders else None

    def click_chance(self, shopper: Shopper, sent: Sent) -> float:
        if sent.journey in THANKS:
            return self._thanks[shopper.latent.clicker]
        return truth.CLICKS[sent.channel, shopper.latent.engaged.get(sent.channel, False)]

    def answers(self, sent: Sent, cart: OpenCart | None) -> list[Answer]:
        """Everything that this message brings, each at its own time. ``cart``: what its reader left, if anything."""
        shopper = self.holder(sent)
        if shopper is None:
            return []
        found: list[Answer] = list(self._opens(shopper, sent)) if sent.channel == "email" else []
        if sent.link and self._says(sent, "click", self.click_chance(shopper, sent)):
            found += self._comes_back(shopper, sent, cart)
        found += self._has_enough(shopper, sent)
        return found

    def _says(self, sent: Sent, what: str, chance: float) -> bool:
        return die(self.seed, sent.message, what) < chance

    def _later(self, shopper: Shopper, sent: Sent, what: str, median_minutes: float) -> datetime:
        """Texts are read within minutes, emails within hours, neither by people who sleep."""
        minutes = median_minutes * float(np.exp(1.1 * _normal(die(self.seed, sent.message, what + " when"))))
        return awake(sent.at + timedelta(minutes=min(minutes, 4320.0), seconds=5), shopper.place.zone)

    def _voice(self, shopper: Shopper, sent: Sent) -> Voice:
        return Voice(self.seed, f"message-{sent.message}", shopper.device(), shopper)

    def _opens(self, shopper: Shopper, sent: Sent) -> list[Planned]:
        voice, found = self._voice(shopper, sent), []
        about = _about(sent)
        if self._says(sent, "machine", truth.MACHINE_OPENS):
            found.append(voice.track(sent.at + timedelta(seconds=35), "Email Opened", {**about, "machine": True}))
        if self._says(sent, "open", open_chance(self.seed, shopper)):
            at = self._later(shopper, sent, "open", 100)
            found.append(voice.track(at, "Email Opened", {**about, "machine": False}))
        return found

    def _comes_back(self, shopper: Shopper, sent: Sent, cart: OpenCart | None) -> list[Planned]:
        at = self._later(shopper, sent, "click", 14 if sent.channel == "sms" else 130)
        voice = self._voice(shopper, sent)
        rng = np.random.default_rng(hash64(f"{self.seed}|{sent.message}|visit") & (2**63 - 1))
        steps = Visit(voice, at, rng, [])
        steps.made.append(_click(voice, shopper, sent, at))
        thanks = sent.journey in THANKS
        if not self._says(sent, "order", truth.THANKS_ORDERS if thanks else truth.RECOVERED):
            steps.look_around()
        elif thanks or cart is None:
            name = f"cart-m{sent.message & (2**63 - 1)}"
            lines = baskets.fill(shopper.latent.basket, rng)
            steps.look_around()
            steps.fill_cart(name, lines)
            steps.check_out(name, lines)
            steps.order(name, lines)
        else:
            _recover(steps, cart)
        return [replace(planned, shopper=shopper.number) for planned in steps.made]

    def _has_enough(self, shopper: Shopper, sent: Sent) -> list[Answer]:
        if sent.channel == "email":
            if self._says(sent, "unsubscribe", truth.UNSUBSCRIBES):
                return [
                    OneClick(self._later(shopper, sent, "unsubscribe", 90), sent.address, sent.message, sent.way_out)
                ]
            return []
        for what, chance, words in (("stop", truth.STOPS, _STOP_WORDS), ("reply", truth.REPLIES, _OTHER_WORDS)):
            if self._says(sent, what, chance):
                said = words[int(die(self.seed, sent.message, what + " words") * len(words))]
                return [Reply(self._later(shopper, sent, what, 9), sent.address, said, sent.message)]
        return []


def _recover(steps: Visit, cart: OpenCart) -> None:
    products = {product.id: product for product in PRODUCTS}
    lines = [(products[product], quantity) for product, quantity in cart.lines]
    steps.see_cart(cart.id, lines, resumes=cart.id)
    steps.check_out(cart.id, lines, resumes=cart.id)
    steps.order(cart.id, lines, resumes=cart.id)


def _click(voice: Voice, shopper: Shopper, sent: Sent, at: datetime) -> Planned:
    """The click as our own redirect tells of it, from the device on which the message was read."""
    url = f"{SHOP_URL}/cart" if sent.journey not in THANKS else SHOP_URL
    click = Click(
        url, 0, sent.message, sent.channel, sent.address, sent.journey_id, sent.version, sent.step, at, voice.agent
    )
    body = {**click.item(), "anonymousId": voice.device}
    arrival = Arrival(SOURCE, click.message_id, "track", at, False, body)
    return Planned(at, arrival, shopper.number, link=sent.link)


def _about(sent: Sent) -> dict[str, Any]:
    return {"message": str(sent.message), "journey": sent.journey_id, "step": sent.step}


def _normal(chance: float) -> float:
    """The standard normal quantile, by a logistic curve that is near enough for waiting times."""
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return float(np.log(chance / (1 - chance)) / 1.702)
