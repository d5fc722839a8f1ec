"""Decisions: channel and moment for many people at once."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from antiphon.bench.models import Measured
from antiphon.bench.world import World, timer
from antiphon.decisions.budget.allot import Asking, Room, granted
from antiphon.decisions.budget.demand import BINS, Demand
from antiphon.decisions.budget.within import choose_within
from antiphon.decisions.choose import choose
from antiphon.decisions.curves import hour_factors
from antiphon.decisions.models import LONG_AGO, NEVER, NO_CHANNEL, SMS, Batch, MessagePolicy, Rule
from antiphon.decisions.settings import BrandSettings
from antiphon.kit.durations import parse_duration
from antiphon.rules.united_states import united_states_zones

_HOUR = 3600
_HOURS_OF_WEEK = 168


def choosing(world: World) -> Measured:
    """Person-decisions a second: two channels, up to 80 moments, consent, quiet hours, spacing, carrier rules, caps, scores,
    and a budget that pays half of the texts.

    Beside it, the least that a send-time rule needs: the best of 168 hours by ``argmax`` on ready float32 scores.
    """
    number = world.sizes.choices
    batch = _batch(number, int(world.now.timestamp()))
    settings = BrandSettings()
    choose(batch.rows(slice(0, 1000)), settings)  # time zones are built once
    texts = np.count_nonzero(choose(batch.rows(slice(0, 10_000)), settings).channel == SMS)
    purse = _Half(int(settings.sms.cost * 1e6 * texts / min(number, 10_000) * number / 2))
    with timer() as took:
        _, made = choose_within(batch, settings, purse, threads=2)
    if not (made.channel == SMS).any() or not purse.denied:
        raise RuntimeError("nobody got a text, or everybody did")
    return Measured(took.rate(number), _argmax_floor(number), "person-decisions", "best of 168 ready scores by argmax")


@dataclass(slots=True)
class _Half:
    """Money, in millionths, that others want as well, for as much as they want of it at every gain."""

    left: int
    denied: int = 0

    def grant(self, asking: Asking, due: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:  # noqa: ARG002 - of one day
        found = granted(asking, Room(self.left, self.left, Demand(np.full(BINS, self.left / 4 / BINS))))
        self.denied = int(np.count_nonzero(~found))
        return np.where(found, Rule.NONE, Rule.BUDGET_DAY).astype(np.int8)


def _argmax_floor(number: int) -> float:
    chunk = 16_384
    scores = np.random.default_rng(1).random((chunk, _HOURS_OF_WEEK), dtype=np.float32)
    done, start = 0, perf_counter()
    while done < number:
        scores.argmax(axis=1)
        done += chunk
    return done / (perf_counter() - start)


def _policy(channels: tuple[str, ...], *, urgent: bool, abandonment: bool, window: str) -> MessagePolicy:
    purpose = "cart" if abandonment else "marketing"
    return MessagePolicy(channels, purpose, urgent, parse_duration(window), abandonment, 1, parse_duration("12h"))


def _batch(number: int, now: int) -> Batch:
    """People of all zones, half with a phone elsewhere, of whom some engaged, some were written to, some have left."""
    draw = np.random.default_rng(1)
    zones = united_states_zones()
    places = ((), *((zone,) for zone in zones), *((one, other) for one in zones[:8] for other in zones[8:]))
    home = draw.integers(1, len(zones) + 1, number)
    away = draw.integers(len(zones) + 1, len(places), number)

    def ago(share: float) -> npt.NDArray[np.int32]:
        at = np.where(draw.random((number, 2)) < share, draw.integers(-40 * _HOUR, 0, (number, 2)), LONG_AGO)
        return at.astype(np.int32)

    ahead = draw.random((number, 2)) < 0.05
    first = np.where(ahead, draw.integers(1, 60 * _HOUR, (number, 2)), NEVER).astype(np.int32)
    return Batch(
        now=now,
        policies=(
            _policy(("sms", "email"), urgent=True, abandonment=True, window="24h"),
            _policy(("sms", "email"), urgent=False, abandonment=False, window="24h"),
            _policy(("email",), urgent=False, abandonment=False, window="72h"),
        ),
        places=places,
        policy=draw.integers(0, 3, number).astype(np.int32),
        at=np.zeros(number, dtype=np.int32),
        occasion=draw.integers(-40 * _HOUR, -_HOUR // 2, number).astype(np.int32),
        value=draw.gamma(2, 40, number).astype(np.float32),
        die=draw.integers(-(1 << 62), 1 << 62, number),
        clock=np.array(zones, dtype=np.int16)[home - 1],
        place=np.stack([home, np.where(draw.random(number) < 0.5, home, away)], axis=1).astype(np.int32),
        address=draw.random((number, 2)) < (0.95, 0.7),
        marketing=draw.choice(np.array([0, 1, 2, 2, 2, 2, 3], dtype=np.int8), (number, 2)),
        transactional=np.zeros((number, 2), dtype=np.int8),
        cart=draw.random(number) < 0.7,
        declared=np.full(number, NO_CHANNEL, dtype=np.int8),
        engaged=ago(0.5),
        past=ago(0.3),
        first=first,
        last=np.where(ahead, first, LONG_AGO).astype(np.int32),
        texted=draw.random(number) < 0.1,
        load=draw.gamma(1, 1, (number, 2)).astype(np.float32),
        full=np.where(draw.random(number) < 0.05, 20 * _HOUR, LONG_AGO).astype(np.int32),
        price=draw.choice(np.array([8_000, 12_500, 40_000], dtype=np.int32), number),
        curves=hour_factors(np.zeros((2, 24), dtype=np.int64)),
    )
