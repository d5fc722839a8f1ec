"""One person's hours: their curve with how sure it is, everybody's beside it, and the hours that would be taken."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from antiphon.decisions.curves import SHIPPED
from antiphon.decisions.models import CHANNELS
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.timing import queries
from antiphon.decisions.timing.counting import counts
from antiphon.decisions.timing.curves import DAY_KAPPA, HOURS, day_curves
from antiphon.decisions.timing.evidence import DEFAULT
from antiphon.decisions.timing.loading import LEAST_ACTS, gains
from antiphon.decisions.timing.windows import best_starts
from antiphon.kit.buckets import bucket_of
from antiphon.rules.quiet import local_hours_of_week, open_mask

Floats = NDArray[np.float64]

_RHYTHM = text("""
SELECT array_send(hours) AS hours, acts, last_at FROM person_rhythm WHERE bucket = :bucket AND person = :person
""")
#: Standard deviations on each side of a curve.
_REACH = 1.0


@dataclass(frozen=True, slots=True)
class PersonHours:
    """Curves (2, 24) of work days and weekends, each of sum 1, with ``low`` and ``high`` around them; ``brand`` (24,).

    ``acts``: how many they have done, as many as these are still worth; ``best`` (2, 2): by channel and kind of day the hour
    that is taken by ``curves``, -1 where no hour is permitted, and ``usual``: by the brand's curve. ``shown``: of email and
    text, whether own hours are shown to gain. ``model``: the version, None before the first.
    """

    acts: float
    last_at: datetime | None
    curves: Floats
    low: Floats
    high: Floats
    brand: Floats
    best: NDArray[np.int8]
    usual: NDArray[np.int8]
    shown: tuple[bool, bool]
    model: int | None

    @property
    def known(self) -> bool:
        """Whether enough is known of them to have hours of their own."""
        return self.acts >= LEAST_ACTS


def of_person(
    connection: Connection, person: int, now: datetime, zone: int, settings: BrandSettings, laws: tuple[str, ...] = ()
) -> PersonHours:
    """``zone``: whose clock the person keeps; ``laws``: ids of those that hold for texts to them."""
    model = connection.execute(queries.MODEL).one_or_none()
    row = connection.execute(_RHYTHM, {"bucket": bucket_of(person), "person": person}).one_or_none()
    brand = np.array(model.hours if model else SHIPPED / SHIPPED.sum(), np.float64)
    kappa = float(model.kappa) if model else DEFAULT
    own = counts([(bytes(row.hours), row.acts)], now.timestamp()) if row else np.zeros((1, 2, HOURS), np.float32)
    curves = day_curves(own.astype(np.float64), brand, kappa)[0]
    off = _REACH * np.sqrt(curves * (1 - curves) / (own.sum() + kappa + DAY_KAPPA + 1))
    permitted = np.stack([_permitted(name, now, zone, settings, laws) for name in CHANNELS])
    known = gains(connection)
    shown = tuple(bool((gain := known[name]) and gain.shown) for name in CHANNELS)
    both = np.broadcast_to(curves, permitted.shape)
    return PersonHours(
        float(own.sum()), row.last_at if row else None, curves, np.maximum(curves - off, 0), curves + off, brand,
        best_starts(both, permitted), best_starts(np.broadcast_to(brand, permitted.shape), permitted),
        (shown[0], shown[1]), model.version if model else None,
    )  # fmt: skip


def _permitted(
    channel: str, now: datetime, zone: int, settings: BrandSettings, laws: tuple[str, ...]
) -> NDArray[np.bool_]:
    """The hours (2, 24) at whose beginning a promotional message may leave on every day of a kind within the next week."""
    start = now.replace(minute=0, second=0, microsecond=0)
    instants = np.array([int((start + timedelta(hours=hour)).timestamp()) for hour in range(7 * HOURS)], np.int64)
    mask = open_mask(channel, "marketing", (zone,), instants, settings.quiet, laws)
    barred = np.bincount(local_hours_of_week(zone, instants), ~mask, 2 * HOURS) > 0
    found: NDArray[np.bool_] = ~barred.reshape(2, HOURS)
    return found
