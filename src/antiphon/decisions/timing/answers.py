"""The second level: hours by how people answer, kept as versions, and what a decision makes of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection

from antiphon.decisions.timing import queries
from antiphon.decisions.timing.combining import Weight
from antiphon.decisions.timing.curves import HOURS, Curves
from antiphon.decisions.timing.hazard import Hazard, reach

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """``fades`` (6,): of both channels, as they are mixed; ``own`` and ``acts``: what the person's rhythm and their acts weigh.

    ``brand`` (24,): how much better than its mean everybody's hour of acts is, which a person's own stands beside.
    """

    version: int
    rhythm: Floats
    fades: Floats
    own: float
    acts: float
    brand: Floats


def read_answers(connection: Connection) -> Answers | None:
    """The newest version; None before there is one."""
    row = connection.execute(queries.ANSWERS_MODEL).one_or_none()
    if row is None:
        return None
    model = row.model
    return Answers(
        row.version,
        np.array(model["rhythm"]),
        mixed(np.array(model["fades"]), np.array(model["by_channel"])),
        float(model["own_weight"]["used"]),
        float(model["acts_weight"]["used"]),
        np.array(model["brand"]),
    )


def mixed(fades: Floats, answers: Floats) -> Floats:
    """How answers fade on both channels together (6,), each by its ``answers`` (2,)."""
    share = answers / answers.sum() if answers.sum() else np.full(len(answers), 1 / len(answers))
    return np.asarray(share @ fades)


def written(
    common: Hazard, answers: Floats, weights: tuple[Weight, Weight], brand: Floats
) -> tuple[Mapping[str, Any], str]:
    """What is kept of a version, and its fingerprint: the same numbers have the same."""
    named = {
        name: {
            "value": _short(each.value),
            "interval": [_short(each.low), _short(each.high)],
            "used": _short(each.used),
        }
        for name, each in zip(("own_weight", "acts_weight"), weights, strict=True)
    }
    told = {
        "rhythm": [_short(each) for each in common.rhythm.tolist()],
        "fades": [[_short(each) for each in row] for row in common.fades.tolist()],
        "by_channel": answers.tolist(),
        "kappa": _short(common.kappa),
        "brand": [_short(each) for each in brand.tolist()],
        **named,
    }
    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    return told, hashlib.sha256(text).hexdigest()[:16]


def _short(number: float) -> float:
    return float(f"{number:.6g}")


def answer_factors(model: Answers, rhythms: Sequence[Sequence[float] | None], acts: Curves) -> Curves:
    """How much better than their mean hours are by answers (n, 2, 24), from people's rhythms and factors of acts (n, 2, 24).

    Everybody's, lifted by how much the own rhythm and own acts speak for an hour, each by its weight.
    """
    everybody = reach(model.rhythm, model.fades)
    found = np.tile(everybody, (*acts.shape[:2], 1))
    own = [place for place, rhythm in enumerate(rhythms) if rhythm is not None]
    if own and model.own:
        mine = reach(np.array([rhythms[place] for place in own], np.float64).reshape(-1, HOURS), model.fades)
        found[own] *= ((mine / everybody) ** model.own)[:, None, :]
    if model.acts:
        found *= (acts / model.brand) ** model.acts
    return np.asarray(found / found.mean(axis=-1, keepdims=True))
