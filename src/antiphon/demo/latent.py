"""Draws the population: exact shares where the truth is a share, seeded draws for everything else.

Shares are dealt by rank, so that a shop of any seed and any size has them to within one person, and a report that does
not find them is wrong rather than unlucky.
"""

import numpy as np
from numpy.typing import NDArray

from antiphon.demo import truth
from antiphon.demo.models import Latent

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RHYTHMS = 4
CHANNELS = {"email": ("email",), "sms": ("sms",), "both": ("email", "sms"), "none": ()}


def reaches(n: int, rng: np.random.Generator) -> list[str]:
    """The reach of each of ``n`` people, in exact shares, shuffled."""
    bounds = np.round(np.cumsum(list(truth.REACH.values())) * n).astype(int)
    dealt = np.repeat(list(truth.REACH), np.diff([0, *bounds]))
    return [str(reach) for reach in rng.permutation(dealt)]


def lowest(score: Floats, share: float) -> Flags:
    """True for the ``share`` of rows whose score is lowest."""
    flags = np.zeros(len(score), dtype=bool)
    flags[np.argsort(score, kind="stable")[: round(share * len(score))]] = True
    return flags


def draw(reach: list[str], rng: np.random.Generator) -> list[Latent]:
    """The latent traits of people of the given reaches."""
    n, kinds = len(reach), np.array(reach)
    factor = rng.standard_normal(n)
    tastes = {channel: rng.normal(0, truth.TASTE, n) for channel in ("email", "sms")}
    engaged = _engaged(kinds, factor, tastes)
    clicker = engaged["email"] | engaged["sms"]
    buyer = _buyers(clicker, rng)
    rate, basket = _spending(kinds, buyer, rng)
    # buyers and clickers come by more often; a long tail of people who hardly do
    visits = rng.lognormal(0.35, 0.8, n) * np.where(buyer, 1.9, 1.0) * np.where(clicker, 1.5, 1.0)
    rhythm = rng.integers(0, RHYTHMS, n)
    return [
        Latent(
            factor=float(factor[i]),
            tastes={channel: float(tastes[channel][i]) for channel in tastes},
            engaged={channel: bool(engaged[channel][i]) for channel in CHANNELS[reach[i]]},
            buyer=bool(buyer[i]),
            rate=float(rate[i]),
            basket=float(basket[i]),
            visits=float(visits[i]),
            rhythm=int(rhythm[i]),
        )
        for i in range(n)
    ]


def _engaged(kinds: NDArray[np.str_], factor: Floats, tastes: dict[str, Floats]) -> dict[str, Flags]:
    """Who is engaged on which channel: everybody subscribed but the lowest of each list."""
    shares = {
        ("email", "email"): truth.UNENGAGED_EMAIL_ONLY,
        ("sms", "sms"): truth.UNENGAGED_SMS_ONLY,
        ("both", "email"): truth.UNENGAGED_DUAL,
        ("both", "sms"): truth.UNENGAGED_DUAL,
    }
    engaged = {channel: np.zeros(len(kinds), dtype=bool) for channel in tastes}
    for (kind, channel), share in shares.items():
        rows = np.flatnonzero(kinds == kind)
        engaged[channel][rows] = ~lowest((factor + tastes[channel])[rows], share)
    return engaged


def _buyers(clicker: Flags, rng: np.random.Generator) -> Flags:
    buyer = np.zeros(len(clicker), dtype=bool)
    for flag, share in ((True, truth.BUYERS_CLICKED), (False, truth.BUYERS_SILENT)):
        rows = np.flatnonzero(clicker == flag)
        buyer[rows] = lowest(rng.random(len(rows)), share)
    return buyer


def _spending(kinds: NDArray[np.str_], buyer: Flags, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Orders per history and dollars per order, so scaled that dual people are worth ``DUAL_VALUE`` times single ones.

    Non-buyers have a small rate for what is to come; it counts for nothing in the history.
    """
    n = len(kinds)
    rate = np.where(buyer, 1.0 + rng.gamma(1.1, 0.55, n), 0.08)
    basket = truth.BASKET * rng.lognormal(-0.06, 0.35, n)
    value = rate * basket * buyer
    dual, single = kinds == "both", (kinds == "email") | (kinds == "sms")
    if value[dual].any() and value[single].any():
        ratio = value[dual].mean() / value[single].mean()
        # the order rate bears the difference; at least one order makes a buyer, so it is never scaled below that
        rate[dual & buyer] = np.maximum(1.0, rate[dual & buyer] * truth.DUAL_VALUE / ratio)
    return rate, basket
