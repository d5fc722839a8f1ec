"""What the holder of an address chooses for it: purposes, a pause, the channel that they like better."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.consenting import load_consents
from antiphon.intake.models import Arrival
from antiphon.intake.opting_in import SignUp, begin_opt_in
from antiphon.intake.optout import HARD, OptOut, cancel_open, opt_out
from antiphon.intake.queries import CLOCK
from antiphon.intake.restoring import barred_by
from antiphon.store.db import Database

SOURCE = "preference centre"
#: Days that a pause may last.
PAUSES = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Chosen:
    """``marketing`` and ``cart``: whether they are wanted. ``pause``: days from now, 0 for none, ``None`` as it was."""

    marketing: bool
    cart: bool = False
    pause: int | None = None
    prefers: str | None = None  # email, sms


@dataclass(frozen=True, slots=True)
class Standing:
    """How an address stands to a brand, for the page of who holds it."""

    marketing: bool
    cart: bool
    paused_until: datetime | None
    barred: str | None  # the reason of a suppression that stands


def standing(connection: Connection, channel: str, address: str, brand: int, now: datetime) -> Standing:
    """How an address stands at ``now``."""
    states = load_consents(connection, [(channel, address)]).get((channel, address), {})
    barred = barred_by(connection, channel, address)
    holds = {purpose: state.standing(now) == "subscribed" for (of, purpose), state in states.items() if of == brand}
    marketing = states.get((brand, "marketing"))
    until = marketing.paused_until if marketing else None
    return Standing(
        holds.get("marketing", False) and barred is None,
        holds.get("cart", False) and barred is None,
        until if until is not None and until > now else None,
        barred,
    )


def choose(
    database: Database,
    channel: str,
    address: str,
    brand: int,
    chosen: Chosen,
    seen: dict[str, Any],
    now: datetime | None = None,
) -> list[str]:
    """Carry out what the holder chose; returns what happened, in sentences. ``seen``: ip and agent, for the ledger.

    ``now`` is the instant on a virtual clock; ``None`` reads the database's.
    """
    with database.read() as connection:
        at: datetime = now or connection.execute(CLOCK).scalar_one()
        before = standing(connection, channel, address, brand, at)
    holder = _Holder(database, OptOut(channel, address, "preference", SOURCE, seen), brand, before, seen, at, now)
    return holder.chooses(chosen)


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who chooses, and how the address stands. ``virtual`` is the clock where it is not the database's."""

    database: Database
    out: OptOut
    brand: int
    before: Standing
    seen: dict[str, Any]
    at: datetime
    virtual: datetime | None

    def chooses(self, chosen: Chosen) -> list[str]:
        said: list[str] = []
        if not chosen.marketing:
            if self.before.marketing or self.before.barred is None:
                place = (self.out.channel, self.out.address, self.out.reason, SOURCE)
                opt_out(self.database, *place, self.virtual, self.seen)
            said.append("You get no more news and offers here.")
        elif self._kept_out():
            said.append(self._kept_out())
        elif not self.before.marketing:
            said.append(self._comes_back())
        if self.out.channel == "sms" and chosen.marketing and chosen.cart != self.before.cart and not self._kept_out():
            said.append(self._cart(wanted=chosen.cart))
        arrivals = [*self._pause(chosen.pause), *self._prefers(chosen.prefers)]
        if arrivals:
            store_arrivals(self.database, arrivals, self.virtual)
        return [*said, *([f"We are quiet for {chosen.pause} days."] if chosen.pause else [])]

    def _kept_out(self) -> str:
        """Why the page cannot let the holder back in. Who left by STOP comes back by a text of their own."""
        if self.before.barred in HARD:
            return "This address could not be reached, so nothing can be sent to it."
        if self.out.channel == "sms" and self.before.barred not in {None, "preference"}:
            return "You left by a text. Text START to our number to come back."
        return ""

    def _comes_back(self) -> str:
        """The link shows that its reader has the address; a phone is asked for its YES unless it left by this page."""
        if self.out.channel == "sms" and self.before.barred is None:
            self._asks("marketing")
            return "A text is on its way: answer YES to it."
        self._tells("subscribed", "marketing")
        return "You get news and offers again."

    def _cart(self, *, wanted: bool) -> str:
        if wanted:
            self._asks("cart")
            return "A text is on its way: answer YES to it, and we remind you of carts."
        self._tells("unsubscribed", "cart")
        cancel_open(self.database, self.out, self.at, ("cart",))
        return "You get no more reminders of carts."

    def _asks(self, purpose: str) -> None:
        join = SignUp("sms", self.out.address, (purpose,), self.brand, "preference", source=SOURCE, **self.seen)
        begin_opt_in(self.database, join, now=self.virtual)

    def _tells(self, state: str, purpose: str) -> None:
        arrival = self._consent({"state": state, "purposes": [purpose], **self.seen})
        store_arrivals(self.database, [arrival], self.virtual)

    def _consent(self, more: dict[str, Any]) -> Arrival:
        channel, address = self.out.channel, self.out.address
        body = {"channel": channel, "address": address, "brand": self.brand, "method": "preference", **more}
        key = f"preference:{channel}:{address}:{self.brand}:{more['state']}:{self.at.isoformat()}"
        return Arrival(SOURCE, key, "consent", self.at, False, body | {"effectiveAt": self.at.isoformat()})

    def _pause(self, days: int | None) -> list[Arrival]:
        if days is None or (days == 0 and self.before.paused_until is None):
            return []
        until = self.at + timedelta(days=days)
        return [self._consent({"state": "paused", "purposes": ["marketing"], "expiresAt": until.isoformat()})]

    def _prefers(self, channel: str | None) -> list[Arrival]:
        if channel is None:
            return []
        trait = "email" if self.out.channel == "email" else "phone"
        body = {"traits": {"preferred_channel": channel}, "context": {"traits": {trait: self.out.address}}}
        key = f"prefers:{self.out.channel}:{self.out.address}:{self.at.isoformat()}"
        return [Arrival(SOURCE, key, "identify", self.at, False, body)]
