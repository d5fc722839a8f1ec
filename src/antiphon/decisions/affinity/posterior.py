"""How often somebody answers on each channel: a Beta distribution between what they did and what everybody does.

    theta_c ~ Beta(k_c mu_c, k_c (1 - mu_c)),  logit mu_c = logit m_c + B_c x_c
    theta_c | n, y ~ Beta(y + k_c mu_c, n - y + k_c (1 - mu_c))

``m``: everybody's mean; ``x``: how far the person's own rate on the *other* channel lies from everybody's there, shrunk, in
log-odds: 0 where nothing is known of it. ``n`` messages reached them, ``y`` were answered.
"""

import numpy as np

from antiphon.decisions.affinity.models import Counts, Floats, Model

#: A rate is never taken for nothing or everything.
LEAST_RATE = 1e-4
#: The log-odds at which two distributions are compared: evenly spaced near 0, ever wider outside, where the tails of those lie
#: of whom little is known.
_TURN = np.sinh(np.linspace(-8.5, 8.5, 1201))
#: People at a time: their densities stay in a core's cache.
_PART = 64


def logit(rates: Floats | float) -> Floats:
    clipped = np.clip(np.asarray(rates, np.float64), LEAST_RATE, 1 - LEAST_RATE)
    return np.asarray(np.log(clipped / (1 - clipped)))


def sigmoid(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -40, 40))))


def beside(model: Model, known: Counts) -> Floats:
    """``x`` of both channels, (n, 2): what the other channel tells."""
    found = []
    for other, channel in ((1, model.sms), (0, model.email)):
        rate = (known.answers[:, other] + channel.strength * channel.mean) / (known.sends[:, other] + channel.strength)
        found.append(logit(rate) - logit(channel.mean))
    return np.stack(found, axis=1)


def means(model: Model, known: Counts) -> Floats:
    """What is expected of people before what they did on a channel itself is looked at, (n, 2)."""
    means_, others = (np.array([getattr(each, name) for each in model.channels]) for name in ("mean", "other"))
    return sigmoid(logit(means_) + others * beside(model, known))


def posterior(model: Model, known: Counts) -> tuple[Floats, Floats]:
    """Both parameters of each Beta distribution, each (n, 2)."""
    strength = np.array([each.strength for each in model.channels])
    prior = strength * means(model, known)
    return known.answers + prior, known.sends - known.answers + strength - prior


def rates(model: Model, known: Counts) -> Floats:
    """The mean of each, (n, 2)."""
    a, b = posterior(model, known)
    return np.asarray(a / (a + b))


def certainty(a: Floats, b: Floats) -> Floats:
    """How likely it is that somebody answers texts more often than emails, (n,), from the parameters of both (n, 2).

    The integral of the text's density times the email's distribution over log-odds, by the trapezoid rule.
    """
    found = np.empty(len(a))
    step = np.gradient(_TURN)
    # both tails of log sigma, without cancelling
    low, high = -np.logaddexp(0, -_TURN), -np.logaddexp(0, _TURN)
    for start in range(0, len(a), _PART):
        part = slice(start, start + _PART)
        log = a[part, :, None] * low + b[part, :, None] * high
        mass = np.exp(log - log.max(axis=2, keepdims=True)) * step
        mass /= mass.sum(axis=2, keepdims=True)
        below = np.cumsum(mass[:, 0], axis=1) - mass[:, 0] / 2
        found[part] = (below * mass[:, 1]).sum(axis=1)
    return np.asarray(np.clip(found, 0, 1))


def interval(a: Floats, b: Floats, share: float = 0.9) -> tuple[Floats, Floats]:
    """The rates between which the middle ``share`` of each distribution lies, shapes of ``a`` and ``b``."""
    low, high = -np.logaddexp(0, -_TURN), -np.logaddexp(0, _TURN)
    step, at = np.gradient(_TURN), 1 / (1 + np.exp(-np.clip(_TURN, -700, 700)))
    ends = []
    flat_a, flat_b = a.reshape(-1), b.reshape(-1)
    for one, other in zip(flat_a.tolist(), flat_b.tolist(), strict=True):
        log = one * low + other * high
        mass = np.cumsum(np.exp(log - log.max()) * step)
        mass /= mass[-1]
        ends.append([np.interp((1 - share) / 2, mass, at), np.interp((1 + share) / 2, mass, at)])
    found = np.array(ends).reshape(*a.shape, 2)
    return found[..., 0], found[..., 1]
