"""How affinity stands: of an installation, and of one person with how sure it is and why."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from antiphon.decisions.affinity import queries
from antiphon.decisions.affinity.fitting import assumed
from antiphon.decisions.affinity.gain import margins
from antiphon.decisions.affinity.gate import MESSAGES, PEOPLE
from antiphon.decisions.affinity.learning import guess
from antiphon.decisions.affinity.loading import aged
from antiphon.decisions.affinity.models import Model, counts, model_of
from antiphon.decisions.affinity.posterior import certainty, interval, posterior
from antiphon.decisions.affinity.words import Leaning, leaning
from antiphon.decisions.models import CHANNELS, EMAIL, SMS
from antiphon.decisions.settings import BrandSettings, brand_settings
from antiphon.kit.buckets import bucket_of


def standing(connection: Connection) -> dict[str, Any]:
    """The newest model (None before the first), what the gate asks for and what was found, and the gain; as JSON has them."""
    row = connection.execute(queries.MODEL).one_or_none()
    return {
        "model": row and {"version": row.version, "at": row.at.isoformat(), **row.model, "asked": row.told["asked"]},
        "gate": {**(row.told["gate"] if row else {"people": 0, "email": 0, "sms": 0}), "needs": _NEEDS},
        "gain": row and row.told["gain"],
        "used": bool(row and row.told["used"]),
    }


_NEEDS = {"people": PEOPLE, "email": MESSAGES, "sms": MESSAGES}


@dataclass(frozen=True, slots=True)
class OnChannel:
    """One channel of one person. ``sends`` and ``answers`` are decayed, ``delivered`` and ``responses`` are all there were.

    ``rate``: how often they are expected to answer, most likely between ``low`` and ``high`` (90 %); ``everybody``: the mean.
    """

    sends: float
    answers: float
    delivered: int
    responses: int
    last_at: datetime | None
    rate: float
    low: float
    high: float
    everybody: float


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's affinity: ``by`` what the channel is chosen (declared, model, last engaged, mean), which one, and how sure it
    is which one they answer more. ``version`` of the model, None where nothing is learned and rates are assumed.
    """

    channel: str
    by: str
    leaning: Leaning
    email: OnChannel
    sms: OnChannel
    version: int | None
    fitted: bool
    used: bool

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @property
    def known(self) -> bool:
        """Whether anything was ever sent to them."""
        return bool(self.email.delivered or self.sms.delivered)


def of_person(connection: Connection, person: int, now: datetime) -> Standing:
    """How somebody stands; of one who is not known what holds of everybody."""
    key = {"bucket": bucket_of(person), "person": person}
    row = connection.execute(queries.MODEL).one_or_none()
    stored = connection.execute(queries.SETTINGS).scalar_one_or_none()
    settings = brand_settings(stored or {})
    model = model_of(row.model) if row else assumed(counts([], []), guess(settings))
    found = {each.channel: each for each in connection.execute(queries.PERSON, key)}
    declared = connection.execute(queries.DECLARED, key).scalar_one_or_none()
    used = bool(row and row.told["used"])
    return _standing(model, found, declared, settings, now, row.version if row else None, used=used)


def _standing(
    model: Model, found: dict[str, Any], declared: str | None, settings: BrandSettings, now: datetime,
    version: int | None, *, used: bool,
) -> Standing:  # fmt: skip
    table = [[getattr(found.get(name), column, 0) for name in CHANNELS] for column in ("sends", "answers")]
    known = aged(table[0], table[1], int(now.timestamp()))
    a, b = posterior(model, known)
    expected, (low, high) = (a / (a + b)), interval(a, b)
    sides = [
        OnChannel(
            float(known.sends[0, place]), float(known.answers[0, place]), getattr(found.get(name), "delivered", 0),
            getattr(found.get(name), "responses", 0), getattr(found.get(name), "last_at", None),
            float(expected[0, place]), float(low[0, place]), float(high[0, place]), model.channels[place].mean,
        )
        for place, name in enumerate(CHANNELS)
    ]  # fmt: skip
    channel, by = _chosen(model, declared, sides, expected, settings, used=used)
    return Standing(
        channel, by, leaning(float(certainty(a, b)[0])), sides[EMAIL], sides[SMS], version, model.fitted, used
    )


def _chosen(
    model: Model, declared: str | None, sides: list[OnChannel], expected: np.ndarray[Any, Any],
    settings: BrandSettings, *, used: bool,
) -> tuple[str, str]:  # fmt: skip
    if declared in CHANNELS:
        return declared, "declared"
    if used and any(side.sends for side in sides):
        return CHANNELS[int(margins(expected, settings).argmax())], "model"
    last = [side.last_at for side in sides]
    if any(last):
        newest = max(each for each in last if each is not None)
        return CHANNELS[last.index(newest)], "last engaged"
    means = np.array([[each.mean for each in model.channels]]) if model.fitted else np.array([guess(settings)])
    return CHANNELS[int(margins(means, settings).argmax())], "mean"
