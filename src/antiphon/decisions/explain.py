"""Why: for each moment of each channel its score, or the rule that bars it. The long way round to what choose found."""

from dataclasses import dataclass

import numpy as np

from antiphon.decisions.choose import expense, worth
from antiphon.decisions.masks import busy, ends, late
from antiphon.decisions.models import Amount, Batch, Rule, Small
from antiphon.decisions.pulls import Pulls, kinds, pull_at
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.slots import Slots


@dataclass(frozen=True, slots=True)
class Grid:
    """Of one channel, shape (n, slots): the score of each moment, -inf where barred, and the Rule that bars it."""

    score: Amount
    rule: Small


def explain(batch: Batch, channel: int, grid: Slots, tables: Pulls, bar: Small, settings: BrandSettings) -> Grid:
    """The whole grid of a channel. ``bar`` is :func:`~antiphon.decisions.masks.bars` of the channel, shape (n,).

    Takes 5 bytes a cell; give it a few thousand rows at a time.
    """
    some = kinds(batch, channel, tables)
    pull = pull_at(tables, some, some.of)
    quiet = np.isneginf(pull)
    pull[quiet] = 0
    score = worth(batch, channel, settings)[:, None] * pull - expense(batch, channel, settings)[:, None]
    rule = np.zeros(pull.shape, dtype=np.int8)
    after, start, end = busy(batch, channel, settings.spacing)
    near = (grid < after[:, None]) | ((grid > start[:, None]) & (grid < end[:, None]))
    rule[near] = Rule.SPACING
    if batch.full is not None:
        rule[(grid < batch.full[:, None]) & near] = Rule.CAP
    rule[quiet] = Rule.QUIET
    rule[grid >= ends(batch, channel)[:, None]] = Rule.CARRIER_WINDOW
    rule[(grid < batch.at[:, None]) | (grid >= late(batch)[:, None])] = Rule.WINDOW
    whole = bar != Rule.NONE
    rule[whole] = bar[whole, None]
    score[rule != Rule.NONE] = -np.inf
    return Grid(score, rule)
