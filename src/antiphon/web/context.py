"""What the pages work with, handed in by whoever starts them."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import Request

from antiphon.content.links import Holder, Subscription
from antiphon.delivery import touches
from antiphon.delivery.clicks import Click
from antiphon.delivery.touches import Touch
from antiphon.intake.optout import opt_out
from antiphon.kit.buckets import abucket_of
from antiphon.kit.config import Config
from antiphon.kit.signing import Signer
from antiphon.signup import visits
from antiphon.signup.units import read_shop
from antiphon.store.db import Database
from antiphon.web import assets


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class WebContext:
    """``wake`` tells the engine that there is something to do; ``clock`` is the web edge's own."""

    database: Database
    signer: Signer
    config: Config
    wake: Callable[[], None] = lambda: None
    clock: Callable[[], datetime] = _utc_now

    def keep_touch(self, touch: Touch) -> None:
        """Keep that a link was followed or a picture loaded, and have the engine look at it in time."""
        touches.keep(self.database, touch)
        self.wake()

    def opt_out(self, out: Subscription, at: datetime) -> None:  # noqa: ARG002  # intake reads the database's clock
        """Suppress the address at once."""
        opt_out(self.database, out.channel, out.address, "one-click", "unsubscribe link")
        self.wake()

    def lead(self, click: Click) -> str:
        """Where a click leads; to a page of the shop it carries a token that recognises the visitor there."""
        now = self.clock()
        with self.database.read() as connection:
            origins = read_shop(connection).origins
        message = (abucket_of(click.address), click.message)
        return visits.led(self.signer, click.url, message, origins, now, secrets.randbits(64))

    def proven_with(self, channel: str, address: str) -> list[tuple[str, str]]:
        """The same person's other addresses that are proven to go with one."""
        return visits.proven_with(self.database, (channel, address))

    @property
    def unit_script(self) -> str:
        """The address of the script that draws sign-up units; its name changes with its content."""
        return self.base_url + assets.unit_script()

    def opt_out_of_all(self, holder: Holder, source: str, evidence: Mapping[str, Any]) -> None:
        """End everything that an address gets: of texts all, of emails all but what a purchase asks for."""
        reason = "stop" if holder.channel == "sms" else "preference"
        opt_out(self.database, holder.channel, holder.address, reason, source, evidence=evidence)
        self.wake()

    @property
    def base_url(self) -> str:
        """What the outside calls this installation, without a slash at the end."""
        return (self.config.base_url or f"http://{self.config.host}:{self.config.port}").rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether browsers reach the pages by https, so that cookies may insist on it."""
        return self.base_url.startswith("https://")


def context_of(request: Request) -> WebContext:
    context = request.app.state.context
    assert isinstance(context, WebContext)
    return context
