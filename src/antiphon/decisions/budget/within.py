"""Decisions within a budget: what texts gain over emails per cost, and who goes without."""

from dataclasses import replace

import numpy as np

from antiphon.decisions.budget.allot import Asking
from antiphon.decisions.budget.demand import Money
from antiphon.decisions.budget.purse import MILLION, Purse
from antiphon.decisions.choose import choose
from antiphon.decisions.models import EMAIL, SMS, Batch, Decisions, Index, Rule
from antiphon.decisions.settings import BrandSettings


def choose_within(
    batch: Batch, settings: BrandSettings, purse: Purse | None, *, threads: int = 1
) -> tuple[Batch, Decisions]:
    """Decide every row; who is denied a text is decided once more without. The batch comes back with what was denied.

    Without a purse nothing is denied.
    """
    made = choose(batch, settings, threads=threads)
    if purse is None:
        return batch, made
    denied = np.full(len(batch), Rule.NONE, dtype=np.int8)
    texts = np.flatnonzero(made.channel == SMS)
    if len(texts):
        denied[texts] = purse.grant(asking(batch.rows(texts), made.rows(texts), settings), made.due[texts])
    batch = replace(batch, denied=denied)
    without = np.flatnonzero(denied)
    if len(without):
        again = choose(batch.rows(without), settings, threads=threads)
        for name in Decisions.__slots__:
            getattr(made, name)[without] = getattr(again, name)
    return batch, made


def asking(batch: Batch, made: Decisions, settings: BrandSettings) -> Asking:
    """Of texts that were chosen: (gain by text - gain by email) / cost, or what a text gains where an email gains nothing."""
    must = np.array([policy.purpose == "transactional" for policy in batch.policies])[batch.policy]
    cost = most(batch, settings)
    spent = cost / MILLION
    email = np.where(made.best_slot[:, EMAIL] >= 0, np.maximum(made.best_score[:, EMAIL], 0), 0).astype(np.float64)
    gain = made.best_score[:, SMS].astype(np.float64) + spent - email
    ratio = np.full(len(batch), np.inf)
    np.divide(gain, spent, out=ratio, where=(cost > 0) & ~must)
    return Asking(ratio, cost, batch.die)


def most(batch: Batch, settings: BrandSettings) -> Money:
    """What each text costs at the most, in millionths: by the upper bound of its segments."""
    return batch.most_segments().astype(np.int64) * prices(batch, settings)


def prices(batch: Batch, settings: BrandSettings) -> Index:
    """Of a segment, in millionths."""
    usual = round(settings.sms.cost * MILLION)
    return np.full(len(batch), usual, dtype=np.int32) if batch.price is None else batch.price
