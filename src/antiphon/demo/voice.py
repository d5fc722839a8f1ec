"""Words a visit in Segment's messages: the same call gives the same message id, whenever it is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from typing import Any

from antiphon.demo.models import Planned, Shopper
from antiphon.intake.models import Arrival

SOURCE = "demo shop"

_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0",
)


def message_id(*parts: object) -> str:
    return "demo-" + md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()[:24]


def traits(shopper: Shopper) -> dict[str, Any]:
    """What a person tells about themselves when they sign up or log in."""
    found: dict[str, Any] = {
        "firstName": shopper.first,
        "lastName": shopper.last,
        "address": {"city": shopper.place.city, "state": shopper.place.state, "country": shopper.place.country},
    }
    if shopper.email:
        found["email"] = shopper.email
    if shopper.phone:
        found["phone"] = shopper.phone
    if shopper.declares_zone:
        found["timezone"] = shopper.place.zone
    return found


@dataclass(frozen=True, slots=True)
class Voice:
    """One device, and the person who holds it if the device says so. ``occasion`` makes message ids its own."""

    seed: int
    occasion: str
    device: str
    shopper: Shopper | None = None
    backfill: bool = False

    @property
    def agent(self) -> str:
        """The device's browser."""
        return _AGENTS[sum(map(ord, self.device)) % len(_AGENTS)]

    def _arrival(self, kind: str, at: datetime, body: dict[str, Any], mark: str) -> Arrival:
        found: dict[str, Any] = {"anonymousId": self.device}
        if self.shopper is not None and self.shopper.customer_id is not None:
            found["userId"] = self.shopper.customer_id
        context: dict[str, Any] = {"userAgent": self.agent}
        if self.shopper is not None and self.shopper.declares_zone:
            context["timezone"] = self.shopper.place.zone
        found |= {"context": context, **body}
        identity = message_id(self.seed, self.occasion, self.device, kind, mark, at.isoformat())
        return Arrival(SOURCE, identity, kind, at, self.backfill, found)

    def _planned(self, arrival: Arrival, cart: str | None = None) -> Planned:
        return Planned(arrival.at, arrival, self.shopper.number if self.shopper else 0, cart)

    def track(self, at: datetime, event: str, properties: Mapping[str, Any], *, resumes: str | None = None) -> Planned:
        body = {"event": event, "properties": dict(properties)}
        return self._planned(self._arrival("track", at, body, event + str(properties.get("product_id", ""))), resumes)

    def page(self, at: datetime, name: str, url: str) -> Planned:
        return self._planned(self._arrival("page", at, {"name": name, "properties": {"url": url, "title": name}}, name))

    def identify(self, at: datetime) -> Planned:
        """Ties the device to its holder's addresses and customer number; says nothing when nobody holds it."""
        told = traits(self.shopper) if self.shopper else {}
        return self._planned(self._arrival("identify", at, {"traits": told}, "identify"))
