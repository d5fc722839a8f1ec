"""Decisions in words: the sentence that stands above the figures."""

from datetime import datetime

from antiphon.decisions.models import CHANNELS, EMAIL, LONG_AGO, NO_CHANNEL, SMS, Batch, Decisions, MessagePolicy, Rule

NOUNS = {EMAIL: "email", SMS: "text"}

#: Why a channel is out of the question, or why none of its moments would do.
_BARS = {
    Rule.CHANNEL: "not a channel of this step",
    Rule.ADDRESS: "no address",
    Rule.CONSENT_MISSING: "never subscribed",
    Rule.CONSENT_PENDING: "subscription not confirmed",
    Rule.CONSENT_UNSUBSCRIBED: "unsubscribed",
    Rule.CONSENT_CART: "no double opt-in for cart reminders",
    Rule.ONE_TEXT: "already a text about this",
    Rule.WINDOW: "too late",
    Rule.CARRIER_WINDOW: "later than 48 hours after the cart",
    Rule.QUIET: "quiet hours until it is too late",
    Rule.SPACING: "too close to other messages",
    Rule.NONE: "not worth its cost",
}


def sentence(batch: Batch, made: Decisions, row: int, clock: str, mains: tuple[Rule, Rule]) -> str:
    """One sentence on one row. ``clock``: the moment as the person's clock shows it; ``mains``: per channel the rule
    that stands against it (NONE: its worth does, where nothing else)."""
    channel = int(made.channel[row])
    policy = batch.policies[batch.policy[row]]
    if channel == NO_CHANNEL:
        if not policy.channels:
            return "No message: the journey is not at work any more."
        bars = (f"{NOUNS[each]}: {_BARS[mains[each]]}" for each in (EMAIL, SMS) if CHANNELS[each] in policy.channels)
        return f"No message. {'; '.join(bars).capitalize()}."
    return f"{NOUNS[channel].capitalize()} {_moment(policy, made, row, clock)}: {_because(batch, made, row, mains)}."


def _moment(policy: MessagePolicy, made: Decisions, row: int, clock: str) -> str:
    if made.slot[row] == 0:
        return "at once"
    return f"{clock}, the first moment allowed" if policy.urgent else f"{clock}, the best moment allowed"


def _because(batch: Batch, made: Decisions, row: int, mains: tuple[Rule, Rule]) -> str:
    """Why this channel and not the other."""
    channel, other = int(made.channel[row]), 1 - int(made.channel[row])
    asked = int(made.preferred[row])
    if CHANNELS[other] not in batch.policies[batch.policy[row]].channels:
        return "it is the step's only channel"
    if asked == channel:
        if batch.declared[row] == channel:
            return f"they asked for {NOUNS[channel]}s"
        if max(batch.engaged[row]) > LONG_AGO:
            return f"they last answered by {NOUNS[channel]}"
        return "nothing is known of how they answer, and a text converts best"
    if made.best_slot[row, other] < 0:
        return f"{NOUNS[other]} is not possible ({_BARS[mains[other]]})"
    return f"nothing is known of how they answer, and it promises more than {'an' if other == EMAIL else 'a'} {NOUNS[other]}"


def clock_words(local: datetime) -> str:
    """A wall clock's moment: ``Tue 3 Mar 18:00``."""
    return f"{local:%a} {local.day} {local:%b %H:%M}"
