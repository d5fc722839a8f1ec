"""Whether a person clicked or opened: scores in log-odds that a machine did, pure.

The weights are starting values; none of them is measured. A probability is stored beside the class, so that readers may
judge otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from typing import Any

from antiphon.content.links import TRAP
from antiphon.delivery.scanners import is_crawler
from antiphon.delivery.touches import Touch

#: A touch is judged this long after it came: later ones tell about it.
JUDGED_AFTER = timedelta(seconds=3)
#: A touch is kept this long, as evidence about others.
KEPT = timedelta(hours=1)
#: From one place in this time to this many readers of one domain: no reader.
BUSY_WITHIN, BUSY = timedelta(minutes=10), 20

_TRAPPED, _BURST, _EVERY, _HEAD, _CRAWLER, _INSTANT, _QUICK, _CROWD = 6, 4, 4, 2, 4, 4, 2, 3
_AT_ONCE = timedelta(seconds=2)
_TOGETHER = timedelta(minutes=1)
_MANY = 3
#: Nobody opens a mail this soon; who loads its pictures does so in advance.
_PREFETCH = timedelta(seconds=10)
#: Half a point in favour of people, so that even a score of 0 leaves more than even odds for one.
_PRIOR = 0.5

#: Apple's proxy names itself so and no further. It loads pictures whether anybody looks or not.
_APPLE = "Mozilla/5.0"
#: Gmail's proxy loads a picture when the mail is opened for the first time.
_GMAIL = "GoogleImageProxy"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``score`` of a click: above 0 a machine's. ``human``: the probability that a person did it. ``why``: what decided."""

    machine: bool
    human: float
    why: tuple[str, ...]
    score: int | None = None

    def told(self) -> dict[str, Any]:
        """As properties of the event. ``machine`` stands only where it is one: readers leave those out."""
        told: dict[str, Any] = {"class": "machine" if self.machine else "human", "human": round(self.human, 3)}
        if self.machine:
            told["machine"] = True
        if self.score is not None:
            told["score"] = self.score
        return told | ({"why": list(self.why)} if self.why else {})


def judge_click(
    touch: Touch, others: Sequence[Touch], links: int, delivered_at: datetime | None, *, crowd: bool
) -> Verdict:
    """Judge a click by itself and by the other touches of the same message.

    ``links``: how many the message has; ``crowd``: whether the same caller clicks for too many readers.
    """
    clicks = [other for other in others if other.kind == "click"]
    near = [other for other in clicks if abs(other.at - touch.at) <= _TOGETHER]
    followed = {other.link for other in [touch, *near]} - {TRAP}
    found = {
        "hidden link": _TRAPPED * any(other.link == TRAP for other in [touch, *near]),
        "several links at once": _BURST * (_at_once(touch, near) >= _MANY),
        "every link": _EVERY * (links >= _MANY and len(followed) >= links),
        "headers only": _HEAD * (touch.method == "HEAD"),
        "says so": _CRAWLER * (touch.self_told or is_crawler(touch.agent)),
        "too soon": _soon(touch.at, delivered_at),
        "one place, many readers": _CROWD * crowd,
    }
    score = sum(found.values())
    return Verdict(
        score > 0, 1 / (1 + exp(score - _PRIOR)), tuple(name for name, weight in found.items() if weight), score
    )


def _at_once(touch: Touch, near: Sequence[Touch]) -> int:
    """The most distinct links within two seconds, this one among them."""
    around = [other for other in near if abs(other.at - touch.at) <= _AT_ONCE]
    starts = [start for start in (touch.at, *(other.at for other in around)) if start <= touch.at]
    return max(
        len({touch.link, *(other.link for other in around if start <= other.at <= start + _AT_ONCE)})
        for start in starts
    )


def _soon(at: datetime, delivered_at: datetime | None) -> int:
    if delivered_at is None:
        return 0
    passed = at - delivered_at
    return _INSTANT if passed < timedelta(seconds=1) else _QUICK if passed < timedelta(seconds=5) else 0


def judge_open(touch: Touch, delivered_at: datetime | None) -> Verdict:
    """Judge an open. An open by Apple's proxy says nothing either way, so it counts as none."""
    if touch.agent.strip() == _APPLE:
        return Verdict(True, 0.25, ("apple's proxy",))
    if _GMAIL in touch.agent:
        return Verdict(False, 0.9, ("gmail's proxy",))
    if touch.self_told or is_crawler(touch.agent):
        return Verdict(True, 0.05, ("says so",))
    if delivered_at is not None and touch.at - delivered_at < _PREFETCH:
        return Verdict(True, 0.1, ("too soon",))
    return Verdict(False, 0.8, ())
