"""What the holder of an address chooses for it: purposes, a pause, the channel that they like better."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from antiphon.content.languages import DEFAULT, Words, words_of
from antiphon.intake.arrivals import store_arrivals
from antiphon.intake.consenting import load_consents
from antiphon.intake.models import Arrival
from antiphon.intake.opting_in import SignUp, begin_opt_in
from antiphon.intake.optout import HARD, OptOut, cancel_open, opt_out
from antiphon.intake.queries import CLOCK
from antiphon.intake.restoring import barred_by
from antiphon.people.traits import PREFERRED
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
class Saying:
    """How what happened is told: in whose words, and how the address is written.

    ``own``: the page was reached by a link to this very address. Of another one that goes with it, what was given up can only
    come back by an answer from there.
    """

    words: Words
    address: str
    own: bool = True


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
    saying: Saying | None = None,
) -> list[str]:
    """Carry out what the holder chose; returns what happened, in sentences. ``seen``: ip and agent, for the ledger.

    ``now`` is the instant on a virtual clock; ``None`` reads the database's.
    """
    with database.read() as connection:
        at: datetime = now or connection.execute(CLOCK).scalar_one()
        before = standing(connection, channel, address, brand, at)
    out = OptOut(channel, address, "preference", SOURCE, seen)
    told = saying or Saying(words_of(DEFAULT), address)
    holder = _Holder(database, out, brand, before, seen, at, now, told)
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
    saying: Saying

    def _says(self, key: str, **values: object) -> str:
        return self.saying.words(f"chosen.{key}", address=self.saying.address, **values)

    def chooses(self, chosen: Chosen) -> list[str]:
        said: list[str] = []
        if not chosen.marketing:
            said += self._leaves()
        elif self._kept_out():
            said.append(self._kept_out())
        elif not self.before.marketing:
            said.append(self._comes_back())
        if self.out.channel == "sms" and chosen.marketing and chosen.cart != self.before.cart and not self._kept_out():
            said.append(self._cart(wanted=chosen.cart))
        arrivals = [*self._pause(chosen.pause), *self._prefers(chosen.prefers)]
        if arrivals:
            store_arrivals(self.database, arrivals, self.virtual)
        return [*said, *([self._says("quiet", days=chosen.pause)] if chosen.pause and self.saying.own else [])]

    def _leaves(self) -> list[str]:
        """Of an address beside the link's own, what was never wanted there is not ended."""
        if not self.saying.own and not self.before.marketing:
            return []
        if self.before.marketing or self.before.barred is None:
            place = (self.out.channel, self.out.address, self.out.reason, SOURCE)
            opt_out(self.database, *place, self.virtual, self.seen)
        return [self._says("no_news")]

    def _kept_out(self) -> str:
        """Why the page cannot let the holder back in. Who left by STOP comes back by a text of their own."""
        if self.before.barred in HARD:
            return self._says("unreachable")
        left = {None} if not self.saying.own else {None, "preference"}
        if self.out.channel == "sms" and self.before.barred not in left:
            return self._says("left_by_text")
        return ""

    def _comes_back(self) -> str:
        """The link shows that its reader has the address; a phone is asked for its YES unless it left by this page."""
        sms = self.out.channel == "sms"
        if not self.saying.own or (sms and self.before.barred is None):
            self._asks("marketing")
            return self._says("answer_yes" if sms else "open_mail")
        self._tells("subscribed", "marketing")
        return self._says("again")

    def _cart(self, *, wanted: bool) -> str:
        if wanted:
            self._asks("cart")
            return self._says("answer_yes_carts")
        self._tells("unsubscribed", "cart")
        cancel_open(self.database, self.out, self.at, ("cart",))
        return self._says("no_carts")

    def _asks(self, purpose: str) -> None:
        join = SignUp(
            self.out.channel, self.out.address, (purpose,), self.brand, "preference", source=SOURCE,
            more={"language": self.saying.words.language}, **self.seen,
        )  # fmt: skip
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
        body = {"traits": {PREFERRED: channel}, "context": {"traits": {trait: self.out.address}}}
        key = f"prefers:{self.out.channel}:{self.out.address}:{self.at.isoformat()}"
        return [Arrival(SOURCE, key, "identify", self.at, False, body)]
