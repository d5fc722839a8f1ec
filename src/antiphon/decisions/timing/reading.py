"""Acts of people from a file: who, when, and how far their clock was from UTC."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.kit.datafiles import columns_of, open_table
from antiphon.kit.errors import AntiphonError

#: Ours, and what files call them, in lower case.
NAMES: Mapping[str, tuple[str, ...]] = {
    "person": ("person", "person_id", "author", "user", "user_id", "customer_id", "household_id", "src"),
    "ts_utc": ("ts_utc", "ts", "timestamp", "time", "at"),
    "tz_offset_min": ("tz_offset_min", "utc_offset_min", "tz_offset"),
}
#: Clocks of the world are between UTC-12 and UTC+14; what says otherwise is not known.
_EARLIEST, _LATEST = -12 * 60, 14 * 60
#: A clock this far from the middle of all instants is wrong.
DECADES_OFF = 20 * 365.25 * 86400
#: What is no instant but milliseconds since 1970: seconds of the year 5138 and later.
_MILLISECONDS = 1e11
#: How files write that there is none.
_NO_TIME = frozenset({"", "nan", "nat", "null", "none"})


@dataclass(frozen=True, slots=True)
class Acts:
    """A row per act, by person and time: people numbered from 0, seconds since 1970 in UTC and as their clock showed.

    ``left_out``: why rows of the file are not among them, and how many; ``unknown_zones``: rows without an offset, which
    have the most frequent one of their person, or UTC's.
    """

    person: NDArray[np.int64]
    at: NDArray[np.int64]
    local: NDArray[np.int64]
    people: int
    left_out: dict[str, int]
    unknown_zones: int


def read_acts(path: Path, names: Mapping[str, str]) -> Acts:
    """The acts of a .csv or .parquet file. ``names``: our column -> the file's, where it is called otherwise."""
    header, read = open_table(path)
    if not header:
        raise AntiphonError(f"{path.name} is empty.", "It needs the columns person, ts_utc and tz_offset_min.")
    columns = columns_of(header, NAMES, names, without=("tz_offset_min",))
    wanted = [name for name in columns.values() if name is not None]
    if twice := [name for name in wanted if header.count(name) > 1]:
        raise AntiphonError(f"{path.name} has the column {twice[0]} more than once.", "Name each column once.")
    data = dict(zip(wanted, read(wanted), strict=True))
    people, times = data[columns["person"] or ""], data[columns["ts_utc"] or ""]
    offset = columns["tz_offset_min"]
    return acts(people, times, data[offset] if offset is not None else [None] * len(people))


def acts(people: Sequence[Any], times: Sequence[Any], offsets: Sequence[Any]) -> Acts:
    """Acts from columns as a file has them.

    A row without a person or a time, or with a clock that is decades off, is left out; what is no time at all is an error.
    """
    named = [row for row, person in enumerate(people) if person is not None and str(person).strip()]
    at, minutes = _instants(times, named), _offsets(offsets, named)
    timed = ~np.isnan(at)
    near = np.abs(at - (np.median(at[timed]) if timed.any() else 0)) <= DECADES_OFF
    found = Counter({"no person": len(people) - len(named), "no time": int((~timed).sum())})
    found["clock decades off"] = int((timed & ~near).sum())
    ids, person = np.unique(np.array([str(people[row]).strip() for row in named], np.str_)[near], return_inverse=True)
    instant, minutes = at[near].astype(np.int64), minutes[near]
    unknown = np.isnan(minutes)
    minutes[unknown] = _usual(person, minutes, len(ids))[person[unknown]]
    order = np.lexsort((instant, person))
    local = instant + (minutes * 60).astype(np.int64)
    left_out = {why: number for why, number in found.items() if number}
    return Acts(person[order].astype(np.int64), instant[order], local[order], len(ids), left_out, int(unknown.sum()))


def told_acts(rows: Sequence[tuple[int, int, int]]) -> Acts:
    """Acts of an installation: rows of a person's id, seconds since 1970, and seconds east of UTC; people by their ids."""
    person, at, offset = np.array(rows, np.int64).reshape(-1, 3).T
    ids, person = np.unique(person, return_inverse=True)
    order = np.lexsort((at, person))
    person, at, offset = person[order].astype(np.int64), at[order], offset[order]
    return Acts(person, at, at + offset, len(ids), {}, 0)


def _usual(person: NDArray[np.intp], minutes: NDArray[np.float64], people: int) -> NDArray[np.float64]:
    """Each person's most frequent offset, the smaller of equals; 0 for whom none is known."""
    known = ~np.isnan(minutes)
    pairs, counts = np.unique(np.stack([person[known], minutes[known]]), axis=1, return_counts=True)
    found = np.zeros(people)
    order = np.lexsort((-pairs[1], counts))
    found[pairs[0, order].astype(np.int64)] = pairs[1, order]  # the last one written stays: the most frequent
    return found


def _instants(times: Sequence[Any], rows: Sequence[int]) -> NDArray[np.float64]:
    found = _numbers([times[row] for row in rows])
    if found is None or not (np.isnan(found) | (np.abs(found) < _MILLISECONDS)).all():
        found = np.array([_seconds(times[row], row + 1) for row in rows], np.float64)
    return found


def _offsets(minutes: Sequence[Any], rows: Sequence[int]) -> NDArray[np.float64]:
    """Minutes; not a number where none is known, or one that no clock has."""
    found = _numbers([minutes[row] for row in rows])
    if found is None:
        found = np.array([_minutes(minutes[row], row + 1) for row in rows], np.float64)
    return np.where((found >= _EARLIEST) & (found <= _LATEST), found, np.nan)


def _numbers(values: Sequence[Any]) -> NDArray[np.float64] | None:
    """All at once, which is quick; None where something is no number."""
    try:
        return np.array(values, np.float64)
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds(at: Any, row: int) -> float:
    """Since 1970, not a number where there is none; what names no zone is taken for UTC."""
    if at is None or str(at).strip().lower() in _NO_TIME:
        return np.nan
    try:
        if isinstance(at, datetime):
            found = at.replace(tzinfo=at.tzinfo or UTC).timestamp()
        elif _numbers([at]) is None:
            moment = datetime.fromisoformat(str(at).strip())
            found = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
        else:
            found = float(at)
    except (ValueError, TypeError, OverflowError):
        found = np.nan
    if not np.isfinite(found):
        raise AntiphonError(
            f"Row {row}: {at!r} is no time.", "Write seconds since 1970, or ISO 8601 as 2026-03-01T12:00:00Z."
        )
    if abs(found) >= _MILLISECONDS:
        raise AntiphonError(f"Row {row}: {at!r} is no second since 1970.", "Divide milliseconds by 1,000.")
    return found


def _minutes(offset: Any, row: int) -> float:
    if offset is None or (isinstance(offset, str) and not offset.strip()):
        return np.nan
    try:
        return float(offset)
    except (ValueError, TypeError):
        hint = "Write minutes east of UTC, as -300 for New York."
        raise AntiphonError(f"Row {row}: {offset!r} is no offset.", hint) from None
