"""The demo goes on in real time: shoppers' events through the HTTP API, clicks on real links, texts that come back.

What happens here takes the way that a shop's own traffic takes; nothing is written past the front door.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import httpx2
import structlog

from antiphon.demo.behaviour import day
from antiphon.demo.clock import midnight
from antiphon.demo.models import OneClick, Planned, Reply
from antiphon.demo.run import PHONE, Demo
from antiphon.store.db import Database

log = structlog.get_logger(__name__)

#: How many times as many visits as in the virtual period, so that there is something to watch.
PACE = 12.0
#: Visits of the live series carry numbers from here, so that none is taken for one of the virtual period.
SERIES = 1000
EVERY = 1.0
BATCH = 100


@dataclass(slots=True)
class Front:
    """The front door of an installation: its address, and the shop's write key."""

    base_url: str
    write_key: str


class Feeder:
    """Sends what the shop's people do from now on. ``clock`` is the wall clock, read at the edge."""

    def __init__(self, database: Database, demo: Demo, front: Front, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._demo = demo
        self._front = front
        self._clock = clock
        self._client = httpx2.Client(base_url=front.base_url, timeout=20, follow_redirects=False)
        self._days: set[int] = set()
        self._unsent: list[tuple[str, dict[str, Any]]] = []

    def run(self, stopping: threading.Event) -> None:
        """Feed until told to stop. What could not be delivered is tried again; message ids keep it from counting twice."""
        while not stopping.wait(EVERY):
            try:
                self.step(self._clock())
            except httpx2.HTTPError as error:
                log.info("the demo's shop cannot reach the installation", error=str(error))
                stopping.wait(5)
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def step(self, now: datetime) -> int:
        """Everything that is due at ``now``; returns how many events were sent."""
        self._plan(now)
        self._demo.read_messages(self._database)
        plans, replies, presses = self._demo.market.take(now)
        for reply in replies:
            self._answer(reply)
        for press in presses:
            self._press(press)
        clicks = [plan for plan in plans if plan.link]
        for click in clicks:
            self._click(click)
        for plan in plans:
            if not plan.link:
                path = "/v1/consent" if plan.arrival.type == "consent" else "/v1/batch"
                self._unsent.append((path, _item(plan)))
        return self._send() + len(clicks)

    def _plan(self, now: datetime) -> None:
        """Draw today's visits, and tomorrow's an hour before: east of UTC a day begins sooner."""
        for at in (now, now + timedelta(hours=1)):
            number = (midnight(at) - self._demo.plan.start).days
            if number not in self._days:
                self._days.add(number)
                demo = self._demo
                plans = day(demo.shop, demo.plan.start, number, demo.plan.days, pace=PACE, series=SERIES)
                demo.market.add(plan for plan in plans if plan.due > now)

    def _send(self) -> int:
        """In order, so that a sign-up's consent follows the identification that it belongs to."""
        sent = 0
        while self._unsent:
            path, group = next(groupby(self._unsent[:BATCH], key=itemgetter(0)))
            chunk = [item for _, item in group]
            self._post(path, {"batch": chunk})
            del self._unsent[: len(chunk)]
            sent += len(chunk)
        return sent

    def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = self._client.post(path, json=body, auth=(self._front.write_key, ""))
        if answer.status_code >= 500:
            answer.raise_for_status()
        if answer.is_error:  # as for any faulty shop: what is broken is refused by name
            log.info("refused", path=path, status=answer.status_code, answer=answer.text[:300])

    def _click(self, plan: Planned) -> None:
        """Follow the link in the message with the browser of the device on which it was read."""
        agent = plan.arrival.body["context"]["userAgent"]
        self._client.get(str(plan.link), headers={"User-Agent": agent})

    def _answer(self, reply: Reply) -> None:
        said = {"from": reply.phone, "to": PHONE, "body": reply.words, "messageId": f"demo-reply-{reply.message}"}
        self._post("/v1/inbound/sms", said)

    def _press(self, press: OneClick) -> None:
        """What a mailbox provider does when the unsubscribe button is pressed (RFC 8058)."""
        if press.way_out:
            self._client.post(press.way_out, data={"List-Unsubscribe": "One-Click"})


def _item(plan: Planned) -> dict[str, Any]:
    arrival = plan.arrival
    return {**arrival.body, "type": arrival.type, "messageId": arrival.message_id, "timestamp": arrival.at.isoformat()}
