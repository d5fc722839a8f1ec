"""One visit to the shop, and what may follow it: a look, a cart, a checkout, an order, a second thought."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from antiphon.demo import baskets, truth
from antiphon.demo.catalogue import SHOP_URL
from antiphon.demo.clock import awake
from antiphon.demo.models import Latent, Planned, Shopper
from antiphon.demo.voice import Voice

#: Of carts: share that is ordered in the same visit; share of the rest that reach the checkout, are ordered later
#: without anybody's help, are emptied, are changed on another day.
ORDERED, CHECKED_OUT, COMES_BACK, EMPTIED, CHANGED = 0.22, 0.4, 0.1, 0.04, 0.07
#: No visitor fills a cart less often than this.
FEWEST_CARTS = 0.06
#: Days on which ``Latent.visits`` counts.
VISIT_DAYS = 14


def chances(latent: Latent) -> tuple[float, float]:
    """P(cart) of a visit and P(order in it) of a cart, so that visits bring the orders of the latent rate."""
    orders = latent.rate * VISIT_DAYS / truth.HISTORY_DAYS
    carts = min(0.75, max(FEWEST_CARTS, orders / (latent.visits * ORDERED)))
    return carts, min(0.9, orders / (latent.visits * carts))


@dataclass(slots=True)
class Visit:
    """Writes down a visit as it goes on; ``at`` moves."""

    voice: Voice
    at: datetime
    rng: np.random.Generator
    made: list[Planned]

    def pause(self, seconds: int) -> datetime:
        """Time that passes until the next event: up to twice ``seconds``."""
        self.at += timedelta(seconds=int(self.rng.integers(4, 2 * seconds)))
        return self.at

    def look_around(self) -> None:
        product = baskets.glance(self.rng)
        if self.rng.random() < 0.5:
            self.made.append(self.voice.page(self.at, "Home", f"{SHOP_URL}/"))
        else:
            place = f"{SHOP_URL}/collections/{product.category.lower()}"
            self.made.append(self.voice.page(self.at, product.category, place))
        for _ in range(1 + min(6, int(self.rng.geometric(0.5)) - 1)):
            self.made.append(self.voice.track(self.pause(45), "Product Viewed", product.line()))
            product = baskets.glance(self.rng)

    def fill_cart(self, cart: str, lines: baskets.Lines, *, resumes: str | None = None) -> None:
        for product, quantity in lines:
            details = {"cart_id": cart, **product.line(quantity)}
            self.made.append(self.voice.track(self.pause(50), "Product Added", details, resumes=resumes))

    def drop(self, cart: str, lines: baskets.Lines) -> None:
        for product, quantity in lines:
            details = {"cart_id": cart, **product.line(quantity)}
            self.made.append(self.voice.track(self.pause(20), "Product Removed", details))

    def see_cart(self, cart: str, lines: baskets.Lines, *, resumes: str | None = None) -> None:
        details = baskets.cart(cart, lines)
        self.made.append(self.voice.track(self.pause(20), "Cart Viewed", details, resumes=resumes))

    def check_out(self, cart: str, lines: baskets.Lines, *, resumes: str | None = None) -> None:
        details = baskets.order(cart, f"O-{cart[5:]}", lines)
        self.made.append(self.voice.track(self.pause(40), "Checkout Started", details, resumes=resumes))

    def order(self, cart: str, lines: baskets.Lines, *, resumes: str | None = None) -> None:
        details = baskets.order(cart, f"O-{cart[5:]}", lines)
        self.made.append(self.voice.track(self.pause(90), "Order Completed", details, resumes=resumes))


def visit(seed: int, shopper: Shopper, name: str, at: datetime, known: bool, rng: np.random.Generator) -> list[Planned]:
    """What arrives from one visit. ``name`` is the visit's own; ``known`` when the person is on file by then."""
    elsewhere = known and rng.random() < 0.08  # on a device that we have not seen
    device = shopper.device(1 if elsewhere else 0)
    named = Voice(seed, name, device, shopper)
    # a device that is not logged in says nothing of its holder; if it was identified before, resolve knows it anyway
    voice = named if known and not elsewhere and rng.random() < 0.6 else replace(named, shopper=None)
    steps = Visit(voice, at, rng, [])
    steps.look_around()
    carts, orders = chances(shopper.latent)
    if rng.random() < carts:
        if elsewhere and rng.random() < 0.7:
            steps.made.append(named.identify(steps.pause(15)))
            steps.voice = named
        _shop(steps, shopper, "cart-" + name, orders)
    return [replace(planned, shopper=shopper.number) for planned in steps.made]


def _shop(steps: Visit, shopper: Shopper, cart: str, orders: float) -> None:
    rng = steps.rng
    lines = baskets.fill(shopper.latent.basket * rng.lognormal(-0.03, 0.25), rng)
    steps.fill_cart(cart, lines)
    if len(lines) > 1 and rng.random() < 0.12:
        steps.drop(cart, lines[-1:])
        lines = lines[:-1]
    if rng.random() < 0.6:
        steps.see_cart(cart, lines)
    if rng.random() < orders:
        steps.check_out(cart, lines)
        if steps.voice.shopper is None:  # nobody orders without an address
            steps.made.append(Voice(steps.voice.seed, cart, steps.voice.device, shopper).identify(steps.pause(20)))
        steps.order(cart, lines)
    else:
        _abandon(steps, shopper, cart, lines)


def _abandon(steps: Visit, shopper: Shopper, cart: str, lines: baskets.Lines) -> None:
    rng = steps.rng
    chance = rng.random()
    if chance < EMPTIED:
        steps.drop(cart, lines)
        steps.see_cart(cart, [])
        return
    if chance > 1 - CHECKED_OUT:
        steps.check_out(cart, lines)
    chance = rng.random()
    steps.at = awake(steps.at + timedelta(hours=float(rng.gamma(1.6, 9.0)) + 0.2), shopper.place.zone)
    if chance < COMES_BACK:
        steps.see_cart(cart, lines, resumes=cart)
        steps.check_out(cart, lines, resumes=cart)
        steps.order(cart, lines, resumes=cart)
    elif chance < COMES_BACK + CHANGED:
        more = baskets.fill(40.0, rng)
        steps.fill_cart(cart, more, resumes=cart)
        steps.see_cart(cart, lines + more, resumes=cart)
