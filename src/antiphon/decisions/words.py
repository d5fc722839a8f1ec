"""Decisions in words: the sentence that stands above the figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from antiphon.decisions.models import CHANNELS, EMAIL, LONG_AGO, NO_CHANNEL, SMS, Batch, Decisions, MessagePolicy, Rule
from antiphon.decisions.timing.arms import BY_LOT

NOUNS = {EMAIL: "email", SMS: "text"}
_ARTICLES = {EMAIL: "an", SMS: "a"}

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
    Rule.JOURNEY_CAP: "enough messages of this journey",
    Rule.BUDGET_DAY: "the day's budget for texts is spent or kept for those who gain more",
    Rule.BUDGET_MONTH: "the month's budget for texts is spent or kept for those who gain more",
    Rule.CAP: "enough messages of all kinds",
    Rule.NONE: "not worth its cost",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What a sentence needs to know of one row."""

    policy: MessagePolicy
    channel: int
    at_once: bool
    preferred: int
    declared: int
    engaged: bool  # anything is known of how they answer
    other: bool  # the other channel had a moment, too
    drawn: bool = False  # its hour was drawn by lot
    modelled: bool = False  # how often they answer each channel chose it


def cases(batch: Batch, made: Decisions) -> Iterator[tuple[Any, ...]]:
    """The case of each row, in order, as the values of a :class:`Case`; of the policy its number in the batch."""
    rows = np.arange(len(batch))
    other = made.best_slot[rows, 1 - np.maximum(made.channel, 0)] >= 0
    columns = (
        batch.policy,
        made.channel,
        made.slot == 0,
        made.preferred,
        batch.declared,
        batch.engaged.max(axis=1) > LONG_AGO,
        other,
        np.zeros(len(batch), np.bool_) if batch.own is None else np.isin(batch.own.arm, BY_LOT),
        np.zeros(len(batch), np.bool_) if batch.affinity is None else batch.affinity.chooses,
    )
    return zip(*(column.tolist() for column in columns), strict=True)


def sentence(case: Case, clock: str, mains: tuple[Rule, Rule]) -> str:
    """One sentence on one row.

    ``clock``: the moment as the person's clock shows it; ``mains``: per channel the rule that stands against it (NONE:
    its worth does, where nothing else).
    """
    if case.channel == NO_CHANNEL:
        if not case.policy.channels:
            return "No message: the journey is not at work any more."
        possible = (each for each in (EMAIL, SMS) if CHANNELS[each] in case.policy.channels)
        return f"No message. {'; '.join(f'{NOUNS[each]}: {_BARS[mains[each]]}' for each in possible).capitalize()}."
    return f"{NOUNS[case.channel].capitalize()} {_moment(case, clock)}: {_because(case, mains)}."


def _moment(case: Case, clock: str) -> str:
    if case.at_once:
        return "at once"
    if case.drawn:
        return f"{clock}, an hour drawn by lot"
    return f"{clock}, the {'first' if case.policy.urgent else 'best'} moment allowed"


def _because(case: Case, mains: tuple[Rule, Rule]) -> str:
    """Why this channel and not the other."""
    noun, other = NOUNS[case.channel], 1 - case.channel
    if CHANNELS[other] not in case.policy.channels:
        return "it is the only channel planned for them"
    if case.preferred == case.channel:
        if case.declared == case.channel:
            return f"they asked for {noun}s"
        if case.engaged:
            return f"they last answered by {noun}"
        return "nothing is known of how they answer, and a text converts best"
    if not case.other:
        return f"{NOUNS[other]} is not possible ({_BARS[mains[other]]})"
    why = "by how often they answer each," if case.modelled else "nothing is known of how they answer, and"
    return f"{why} it promises more than {_ARTICLES[other]} {NOUNS[other]}"


def clock_words(local: datetime) -> str:
    """A wall clock's moment: ``Tue 3 Mar 18:00``."""
    return f"{local:%a} {local.day} {local:%b %H:%M}"
