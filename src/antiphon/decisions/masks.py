"""What bars a channel or a moment, on columns. Everything that bars moments of one person is a stretch of time, so the
rules about a person become pairs of slot numbers; only quiet hours need a mask, and that is one per set of zones."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from antiphon.decisions.models import CHANNELS, EMAIL, LONG_AGO, NEVER, SMS, Batch, MessagePolicy, Rule, Small, State
from antiphon.decisions.settings import Spacing
from antiphon.decisions.slots import HOUR, Slots

#: The carriers' limit on texts about an abandonment.
CARRIER_WINDOW = 48 * HOUR

#: What a state of consent bars with, by State.
_CONSENT = np.array([Rule.CONSENT_MISSING, Rule.CONSENT_PENDING, Rule.NONE, Rule.CONSENT_UNSUBSCRIBED], dtype=np.int8)

Ends = npt.NDArray[np.int16]


def bars(batch: Batch) -> Small:
    """The rule that bars each whole channel, shape (n, 2); NONE where the channel is possible."""
    flags = _policy_flags(batch.policies)
    found = np.zeros((len(batch), 2), dtype=np.int8)
    transactional = flags["transactional"][batch.policy]
    cart = flags["cart"][batch.policy]
    if batch.sent is not None:
        most = np.array([NEVER if policy.cap is None else policy.cap.messages for policy in batch.policies])
        found[(batch.sent >= most[batch.policy]) & ~transactional] = Rule.JOURNEY_CAP
    if batch.denied is not None:
        paid = found[:, SMS] == Rule.NONE
        found[paid, SMS] = batch.denied[paid]
    for channel in (EMAIL, SMS):
        column = found[:, channel]
        if channel == SMS:
            column[batch.texted & flags["abandonment"][batch.policy]] = Rule.ONE_TEXT
            column[cart & ~batch.cart] = Rule.CONSENT_CART
        left = batch.transactional[:, channel] == State.UNSUBSCRIBED
        if channel == SMS:  # STOP means every text, whatever it is about
            left = left | (batch.marketing[:, channel] == State.UNSUBSCRIBED)
        consent = _CONSENT[
            np.where(transactional, np.where(left, State.UNSUBSCRIBED, State.SUBSCRIBED), batch.marketing[:, channel])
        ]
        np.copyto(column, consent, where=consent != Rule.NONE)
        column[~batch.address[:, channel]] = Rule.ADDRESS
        column[~flags[CHANNELS[channel]][batch.policy]] = Rule.CHANNEL
    return found


def _policy_flags(policies: tuple[MessagePolicy, ...]) -> dict[str, npt.NDArray[np.bool_]]:
    """Facts of policies as columns to look up in."""
    return {
        "transactional": np.array([policy.purpose == "transactional" for policy in policies]),
        # an abandonment's text needs the consent to cart reminders, whatever purpose its step declares
        "cart": np.array([policy.abandonment or policy.purpose == "cart" for policy in policies]),
        "abandonment": np.array([policy.abandonment for policy in policies]),
        "email": np.array(["email" in policy.channels for policy in policies]),
        "sms": np.array(["sms" in policy.channels for policy in policies]),
    }


@dataclass(frozen=True, slots=True)
class Stretches:
    """The slots that a person's own rules leave on one channel: ``[low, pause)`` and ``[resume, high)``.

    Columns of slot numbers. Where nothing is planned ahead, ``pause`` equals ``high`` and the second is empty.
    """

    low: Ends
    pause: Ends
    resume: Ends
    high: Ends

    def rows(self, which: npt.NDArray[np.intp]) -> "Stretches":
        """Those of some rows only."""
        return Stretches(self.low[which], self.pause[which], self.resume[which], self.high[which])


def late(batch: Batch) -> npt.NDArray[np.int32]:
    """Seconds from now at which the step's window has passed."""
    windows = np.array([int(policy.window.total_seconds()) for policy in batch.policies], dtype=np.int32)
    return batch.at + windows[batch.policy]


def ends(batch: Batch, channel: int) -> npt.NDArray[np.int32]:
    """Seconds from now at which it is too late: the step's window, for an abandonment's text also the carriers'."""
    found = late(batch)
    if channel == SMS:
        limited = np.array([policy.abandonment for policy in batch.policies])[batch.policy]
        found = np.where(limited, np.minimum(found, batch.occasion + CARRIER_WINDOW), found)
    return found


def busy(batch: Batch, channel: int, spacing: Spacing) -> tuple[npt.NDArray[np.int32], ...]:
    """The times that spacing and the caps on everything leave.

    Not before the first, and not inside the open stretch between the other two.

    What is planned ahead keeps the whole stretch from its first to its last message to itself: of three or more
    messages planned ahead within 72 hours no gap between them is used.
    """
    other = 1 - channel
    own = int((spacing.sms if channel == SMS else spacing.email).total_seconds())
    across = int(spacing.across.total_seconds())
    after = np.maximum(batch.past[:, channel] + own, batch.past[:, other] + across)
    start = np.minimum(batch.first[:, channel] - own, batch.first[:, other] - across)
    end = np.maximum(batch.last[:, channel] + own, batch.last[:, other] + across)
    if batch.full is not None:
        after = np.maximum(after, batch.full)
    free = np.array([policy.purpose == "transactional" for policy in batch.policies])[batch.policy]
    if free.any():
        after = np.where(free, np.int32(LONG_AGO), after)
        start = np.where(free, np.int32(NEVER), start)
    return after, start, end


def stretches(batch: Batch, channel: int, grid: Slots, spacing: Spacing) -> Stretches:
    """The slots left by the person's moment, window, carriers' limit and spacing."""
    after, start, end = busy(batch, channel, spacing)
    high = _before(grid, ends(batch, channel))
    low = _before(grid, np.maximum(batch.at, after))
    pause = high.copy()
    resume = high.copy()
    ahead = np.flatnonzero(start < grid[-1])
    if len(ahead):
        pause[ahead] = np.minimum(np.searchsorted(grid, start[ahead], side="right"), high[ahead])
        resume[ahead] = np.maximum(_before(grid, end[ahead]), low[ahead])
    return Stretches(low, pause, resume, high)


def _before(grid: Slots, instants: npt.NDArray[np.int32]) -> Ends:
    """How many slots start before each instant: the number of the first slot at or after it."""
    return np.searchsorted(grid, instants, side="left").astype(np.int16)
