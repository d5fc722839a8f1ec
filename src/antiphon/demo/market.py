"""The demo shop in motion: what is still to arrive, and whose cart stands open."""

import heapq
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from antiphon.demo.models import OneClick, Planned, Reply
from antiphon.demo.reactions import Answer, OpenCart

_CART_EVENTS = {"Cart Viewed", "Checkout Started"}


class Market:
    """A queue of what is planned, in the order of its arrival, that keeps carts and orders consistent."""

    def __init__(self) -> None:
        self._queue: list[tuple[datetime, int, Answer]] = []
        self._count = 0
        self._carts: dict[int, OpenCart] = {}
        self._ordered: set[str] = set()

    def add(self, plans: Iterable[Answer]) -> None:
        for plan in plans:
            self._count += 1  # of two at one instant the first planned goes first
            heapq.heappush(self._queue, (plan.due, self._count, plan))

    def cart_of(self, shopper: int) -> OpenCart | None:
        """The cart that a shopper left last, if it was not ordered since."""
        return self._carts.get(shopper)

    def next_due(self) -> datetime | None:
        return self._queue[0][0] if self._queue else None

    def take(self, until: datetime) -> tuple[list[Planned], list[Reply], list[OneClick]]:
        """What reaches us up to and including ``until``: arrivals, texts, unsubscriptions."""
        arrivals: list[Planned] = []
        replies: list[Reply] = []
        presses: list[OneClick] = []
        while self._queue and self._queue[0][0] <= until:
            plan = heapq.heappop(self._queue)[2]
            if isinstance(plan, Reply):
                replies.append(plan)
            elif isinstance(plan, OneClick):
                presses.append(plan)
            elif plan.cart is None or plan.cart not in self._ordered:
                self._follow(plan)
                arrivals.append(plan)
        return arrivals, replies, presses

    def _follow(self, plan: Planned) -> None:
        """Keep up with carts: what was put in, looked at, taken to the checkout, ordered or emptied."""
        body = plan.arrival.body
        event, details = body.get("event"), body.get("properties", {})
        cart = details.get("cart_id") if isinstance(details, dict) else None
        if cart is None or not plan.shopper:
            return
        if event == "Order Completed":
            self._ordered.add(cart)
            if plan.shopper in self._carts and self._carts[plan.shopper].id == cart:
                del self._carts[plan.shopper]
        elif cart not in self._ordered:
            self._change(plan, event, cart, details)

    def _change(self, plan: Planned, event: object, cart: str, details: dict[str, Any]) -> None:
        have = self._carts.get(plan.shopper)
        lines = dict(have.lines) if have and have.id == cart else {}
        if event in _CART_EVENTS:
            lines = {line["product_id"]: line["quantity"] for line in details["products"]}
        elif event in {"Product Added", "Product Removed"}:
            product, quantity = details["product_id"], details["quantity"]
            lines[product] = lines.get(product, 0) + (quantity if event == "Product Added" else -quantity)
        left = {product: quantity for product, quantity in lines.items() if quantity > 0}
        if left:
            self._carts[plan.shopper] = OpenCart(cart, tuple(left.items()), plan.arrival.at)
        elif have and have.id == cart:
            del self._carts[plan.shopper]
