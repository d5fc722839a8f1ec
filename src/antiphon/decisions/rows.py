"""The rows of ``decision``, column by column: a million of them tuple by tuple take twice as long."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from antiphon.decisions.budget.paying import COLUMNS as PAID
from antiphon.decisions.budget.paying import Paid
from antiphon.decisions.columns import Intents
from antiphon.decisions.masks import busy, ends
from antiphon.decisions.models import CHANNELS, EMAIL, NO_CHANNEL, SMS, Batch, Decisions
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.timing.telling import drawn_arms
from antiphon.rules.quiet import open_mask

_COPIED = ("bucket", "id", "person", "run", "journey", "version", "step", "visit", "at")
_ABOUT = ("occasion_key", "occasion_at", "occasion_event", "entry_key")
_MADE = (
    "decided_at",
    "channel",
    "address",
    "abucket",
    "due_at",
    "expires_at",
    "zones",
    "purpose",
    "tick",
    "arm",
    "inputs",
)

#: In the order in which :func:`rows` gives them.
NAMES = (*_COPIED, *_ABOUT, *_MADE, *PAID, "lost", "reasons")

#: Rows that are put together at a time: the server writes them meanwhile.
_PART = 2048


def rows(
    intents: Intents,
    made: Decisions,
    settings: BrandSettings,
    now: datetime,
    tick: int,
    beside: tuple[Sequence[str], Sequence[Paid], Sequence[float | None]],
    whys: Iterator[str],
) -> Iterator[list[Sequence[Any]]]:
    """Some rows at a time, by columns (:data:`NAMES`). ``beside``: inputs, what is paid, what was lost, row by row.

    Instants are text: COPY reads text, and datetimes would be written only to be read.
    """
    inputs, paid, lost = beside
    number = len(intents)
    stamp = now.isoformat()
    columns: list[Sequence[Any]] = [intents.columns[name] for name in (*_COPIED, *_ABOUT)]
    columns += [[stamp] * number, *_ways(intents, made, settings, stamp)]
    columns += [_purposes(intents.batch), [tick] * number, _arms(intents.batch, made), inputs]
    columns += [*zip(*paid, strict=True), lost]
    for start in range(0, number, _PART):
        part: list[Sequence[Any]] = [column[start : start + _PART] for column in columns]
        yield [*part, list(islice(whys, len(part[0])))]


def _ways(intents: Intents, made: Decisions, settings: BrandSettings, stamp: str) -> Iterator[Sequence[Any]]:
    """Channel, address, its bucket, due, expiry and zones of each; of who gets nothing only the zones, those of a text."""
    batch, columns = intents.batch, intents.columns
    channels = made.channel.tolist()

    def one_of(email: Iterable[Any], sms: Iterable[Any]) -> list[Any]:
        of = zip(channels, email, sms, strict=False)  # constants have no end
        return [mail if channel == EMAIL else text if channel == SMS else None for channel, mail, text in of]

    yield one_of(*map(repeat, CHANNELS))
    yield one_of(*(columns[channel] for channel in CHANNELS))
    yield one_of(*(columns[f"{channel}_abucket"] for channel in CHANNELS))
    instant = _instants(batch.now)
    dues = zip(
        channels, _punctual(batch, made, settings).tolist(), made.slot.tolist(), made.due.tolist(), columns["at"], strict=True
    )  # fmt: skip
    yield [
        None if channel == NO_CHANNEL else at if punctual else instant(due) if slot else stamp
        for channel, punctual, slot, due, at in dues
    ]
    last = np.where(made.channel == EMAIL, ends(batch, EMAIL), ends(batch, SMS)).tolist()
    yield [None if channel == NO_CHANNEL else instant(end) for channel, end in zip(channels, last, strict=True)]
    zones = ["{" + ",".join(map(str, place)) + "}" for place in batch.places]
    places = np.where(made.channel == EMAIL, batch.place[:, EMAIL], batch.place[:, SMS])
    yield list(map(zones.__getitem__, places.tolist()))


def _instants(now: int) -> Any:
    """The text of an instant, by seconds from ``now``."""
    start = datetime.fromtimestamp(now, UTC)
    return lru_cache(maxsize=100_000)(lambda second: (start + timedelta(seconds=second)).isoformat())


def _purposes(batch: Batch) -> list[str]:
    purposes = [policy.purpose for policy in batch.policies]
    return [purposes[policy] for policy in batch.policy.tolist()]


def _arms(batch: Batch, made: Decisions) -> list[int | None]:
    arms = zip(drawn_arms(batch), made.channel.tolist(), strict=True)
    return [None if channel == NO_CHANNEL else arm for arm, channel in arms]


def _punctual(batch: Batch, made: Decisions, settings: BrandSettings) -> npt.NDArray[np.bool_]:
    """Rows whose message is due at the very moment that the person came to the step, though the tick came later.

    Of what is urgent and goes at once: where nothing barred that moment either, the moment is the person's and not the
    tick's, so that a coarse virtual clock plans as a live one does.
    """
    urgent = np.array([policy.urgent for policy in batch.policies])[batch.policy]
    found: npt.NDArray[np.bool_] = urgent & (made.slot == 0) & (batch.at < 0)
    for channel, name in enumerate(CHANNELS):
        after, start, end = busy(batch, channel, settings.spacing)
        crowded = (batch.at < after) | ((batch.at > start) & (batch.at < end))
        mine = made.channel == channel
        found &= ~(mine & crowded)
        rows = np.flatnonzero(mine & found)
        kind = np.stack([batch.policy[rows], batch.place[rows, channel]], axis=1)
        for policy, place in np.unique(kind, axis=0).tolist():
            which = rows[(kind == (policy, place)).all(axis=1)]
            instants = batch.now + batch.at[which].astype(np.int64)
            purpose, zones = batch.policies[policy].purpose, batch.places[place]
            found[which] = open_mask(name, purpose, zones, instants, settings.quiet, batch.laws_at(place))
    return found
