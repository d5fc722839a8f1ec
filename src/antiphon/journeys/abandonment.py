"""Abandonment events: derived, because shops never send them.

Browse: a product view and no cart for 60 minutes; cart: no cart, checkout or order event for 30 minutes after the last
cart event; checkout: 15 minutes. One open event per person, checkout before cart before browse; a changed cart makes no
new one. An order or an emptied cart closes it; so do seven days without another cart event, after which the next cart is
a new occasion. An event lists the newest hundred lines of its cart, and its ``occasion_id`` is that of the first event of
the cart that is open: the checkout of an abandoned cart is no other occasion.

The watch keeps the newest instant of each kind, so that late and early arrivals come to the same. Instants are compared
with parameters, never added to inside an UPDATE: that would be a STABLE function, which a cluster refuses.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from antiphon.journeys import watch_sql
from antiphon.store.keys import keys


@dataclass(frozen=True, slots=True)
class AbandonmentSettings:
    """How long nothing must happen before an occasion counts as abandoned."""

    browse: timedelta = timedelta(minutes=60)
    cart: timedelta = timedelta(minutes=30)
    checkout: timedelta = timedelta(minutes=15)
    #: An abandonment noticed later than this after it happened (after an outage) is closed without an event.
    forget: timedelta = timedelta(hours=48)
    #: An open event ends by itself after this.
    stale: timedelta = timedelta(days=7)


BROWSE = ("Product Viewed",)
CART = ("Product Added", "Cart Viewed", "Cart Updated")
CHECKOUT = ("Checkout Started", "Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered")
EMPTIED = ("Cart Emptied",)
REMOVED = ("Product Removed",)
ORDER = ("Order Completed",)
VIEWS = ("Cart Viewed", "Cart Updated")
WATCHED = (*BROWSE, *CART, *CHECKOUT, *EMPTIED, *REMOVED, *ORDER)

KINDS = {"browse": "Browse Abandoned", "cart": "Cart Abandoned", "checkout": "Checkout Abandoned"}


def _names() -> dict[str, list[str]]:
    return {
        "browse": list(BROWSE),
        "cart": [*CART, *REMOVED],
        "checkout": list(CHECKOUT),
        "closing": [*ORDER, *EMPTIED],
        "watched": list(WATCHED),
    }


def record(connection: Connection, buckets: Sequence[int], batch: int, names: AbstractSet[str]) -> set[str]:
    """Take what is fresh into the watch, and close what an order or an emptied cart ends.

    ``names`` are those of the fresh events: what cannot concern us is not asked for. Returns the names of events that
    were derived on the way.
    """
    if names.isdisjoint(WATCHED):
        return set()
    values = {"buckets": keys(buckets), "batch": batch, **_names()}
    emptied = False
    if not names.isdisjoint([*VIEWS, *REMOVED]):
        looking = {"buckets": keys(buckets), "batch": batch, "views": list(VIEWS)}
        emptied = connection.execute(watch_sql.EMPTIED_FRESH, looking).rowcount > 0
        connection.execute(watch_sql.EMPTIED, looking)
    connection.execute(watch_sql.RECORD, values)
    if emptied or not names.isdisjoint([*ORDER, *EMPTIED]):
        connection.execute(watch_sql.CLOSE, values)
    return set(EMPTIED) if emptied else set()


def derive(
    connection: Connection, now: datetime, buckets: Sequence[int], batch: int, settings: AbandonmentSettings
) -> set[str]:
    """Make the abandonment events that have fallen due by ``now``; returns their names.

    An event's time is the last touch: what closes it must only have happened since then, however late it arrives. Its
    arrival is the instant at which nothing had happened for long enough. It joins ``fresh`` under ``batch``, so that
    this very tick reacts to it.
    """
    due = next_due(connection, buckets, settings)
    if due is None or due > now:
        return set()
    before = {
        "buckets": keys(buckets),
        "browse_before": now - settings.browse,
        "cart_before": now - settings.cart,
        "checkout_before": now - settings.checkout,
    }
    values = before | {
        "browse_after": settings.browse,
        "cart_after": settings.cart,
        "checkout_after": settings.checkout,
        "forget_before": now - settings.forget,
        "stale_before": now - settings.stale,
        "batch": batch,
    }
    names = set(KINDS.values())
    made = {"cart_names": [*CART, *REMOVED, *CHECKOUT], "browse_names": list(BROWSE)}
    if connection.execute(watch_sql.DERIVE, values | made).rowcount:
        connection.execute(watch_sql.DERIVE_FRESH, values)
        opened = {"buckets": keys(buckets), "batch": batch, "abandoned": sorted(names)}
        connection.execute(watch_sql.OPEN, opened)
    else:
        names = set()
    connection.execute(watch_sql.DISARM, before)
    return names


def next_due(connection: Connection, buckets: Sequence[int], settings: AbandonmentSettings) -> datetime | None:
    """When the next abandonment may fall due, at the earliest."""
    after = {"browse_after": settings.browse, "cart_after": settings.cart, "checkout_after": settings.checkout}
    found: datetime | None = connection.execute(watch_sql.NEXT_DUE, {"buckets": keys(buckets), **after}).scalar_one()
    return found
