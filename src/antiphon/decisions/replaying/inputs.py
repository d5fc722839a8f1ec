"""What a decision was made from, in the form in which it is kept: enough to decide by again and get the same.

A row's own values are packed into a short text (``decision.inputs``). What many rows share (the brand's settings, the
policy of a step, zones with their laws, the hours of everybody) is kept once, as a part with a fingerprint that rows name
(``decision_basis``). ``now`` is the decision's ``decided_at``.

To add an input to decisions:

- A column of :class:`Batch` (an array of as many rows) is kept without a word here. Give the field a default, which is what
  decisions have that were made before it was there.
- So is a dataclass that stands beside the rows of a batch: its arrays are columns, its other fields are shared.
- What a whole batch shares: a field of :class:`Batch` with a default, and its reader in :data:`SHARED`.
- A field of :class:`MessagePolicy` or of :class:`BrandSettings` with a default is kept and read without a word here.

``tests/unit/decisions/test_replay.py`` fails where something that matters is not kept.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any, get_args, get_type_hints

import numpy as np
import numpy.typing as npt
import orjson
from pydantic import TypeAdapter, ValidationError

from antiphon import __version__
from antiphon.decisions.models import EMAIL, SMS, VERSION, Batch, MessagePolicy
from antiphon.decisions.pulls import compact
from antiphon.decisions.settings import BrandSettings
from antiphon.decisions.timing.models import Arm, Own
from antiphon.kit.buckets import hash64
from antiphon.rules.quiet import VERSION as QUIET_VERSION

#: Fields of a batch that all its rows share, beside those that are parts of their own: how each is read again.
SHARED: Mapping[str, Callable[[Any], Any]] = {"curves": lambda value: np.array(value, dtype=np.float32)}

#: Fields that are kept in a way of their own.
_APART = frozenset({"now", "policies", "policy", "places", "place", "laws", "own"})

#: First in each row: the parts that it names, and what is known of the person's own hours (see :func:`_own`).
_HEAD = [("frame", "<i8"), ("policy", "<i8"), ("places", "<i8"), ("own", "i1"), ("arm", "i1")]
_PARTS = 24
_NO_HOURS, _HOURS, _WITH_FACTORS = 0, 1, 2
_FACTORS = 48

_POLICY = TypeAdapter(MessagePolicy)

Record = npt.NDArray[Any]
Part = Mapping[str, Any]


class UnreadableInputsError(ValueError):
    """Inputs that this version of the program cannot read; says what of them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The inputs of a batch: each row's text, and the JSON of the parts that they name, by fingerprint."""

    rows: list[str]
    parts: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Given:
    """One row's inputs, read again: a batch of one. ``program``: what decided it, by name the version."""

    batch: Batch
    settings: BrandSettings
    program: Mapping[str, str]


@cache
def program() -> Mapping[str, str]:
    """By what decisions are made now: the program, its way to choose, the laws on hours, the zones."""
    return {
        "program": __version__,
        "choose": str(VERSION),
        "quiet_hours": QUIET_VERSION,
        "zones": version("tzdata"),
    }


def kept(batch: Batch, settings: BrandSettings) -> Kept:
    """What to keep of a batch as it was decided by ``settings``."""
    parts: dict[int, bytes] = {}

    def part(written: tuple[int, bytes]) -> int:
        parts[written[0]] = written[1]
        return written[0]

    columns = _columns(batch)
    record = np.zeros(len(batch), dtype=_layout(columns))
    for name, values in columns.items():
        record[name] = values
    size = len(batch.places)
    pairs, pair = compact(batch.place[:, EMAIL].astype(np.int64) * size + batch.place[:, SMS], size * size)
    both = (divmod(one, size) for one in pairs.tolist())
    places = [
        part(_places((batch.places[email], batch.places[sms]), (batch.laws_at(email), batch.laws_at(sms))))
        for email, sms in both
    ]
    record["policy"] = np.array([part(_policy(policy)) for policy in batch.policies], dtype=np.int64)[batch.policy]
    record["places"] = np.array(places, dtype=np.int64)[pair]
    record["frame"] = part(_frame(batch, part(_settings(settings)), record.dtype))
    tails = _own(batch.own, record)
    width = record.itemsize // 3 * 4
    text = b64encode(record.tobytes()).decode("ascii")
    rows = [text[start : start + width] for start in range(0, len(text), width)]
    for row, tail in tails.items():
        rows[row] += tail
    return Kept(rows, parts)


def _columns(batch: Batch) -> dict[str, npt.NDArray[Any]]:
    """Every array that has a row for each of the batch's, by name; those of what stands beside it as ``name.field``."""
    found = {}
    for name, value in _values(batch):
        if not isinstance(value, np.ndarray):
            continue
        if len(value) != len(batch):
            raise TypeError(f"Batch.{name} is no column: decisions.replaying.inputs says how it is kept")
        found[name] = value
    return found


def _values(batch: Batch) -> Iterator[tuple[str, Any]]:
    for name in _plain():
        value = getattr(batch, name)
        if is_dataclass(value):
            yield from ((f"{name}.{field.name}", getattr(value, field.name)) for field in fields(value))
        elif isinstance(value, np.ndarray):
            yield name, value
        elif value is not None:
            raise TypeError(f"Batch.{name} is no column: decisions.replaying.inputs says how it is kept")


@cache
def _plain() -> tuple[str, ...]:
    """The fields of a batch that are columns, or stand beside its rows."""
    return tuple(field.name for field in fields(Batch) if field.name not in _APART and field.name not in SHARED)


@cache
def _kinds() -> Mapping[str, Any]:
    """The dataclasses that may stand beside a batch, by the name of its field."""
    hints = get_type_hints(Batch)
    told = ((name, each) for name in _plain() for each in get_args(hints[name]))
    return {name: each for name, each in told if is_dataclass(each)}


def _layout(columns: Mapping[str, npt.NDArray[Any]]) -> np.dtype[Any]:
    """Packed, and of a size that base64 writes without a rest."""
    named: list[Any] = [*_HEAD]
    named += [(name, values.dtype.newbyteorder("<").str, values.shape[1:]) for name, values in columns.items()]
    rest = -np.dtype(named).itemsize % 3
    return np.dtype([*named, ("rest", f"V{rest}")] if rest else named)


def _own(own: Own | None, record: Record) -> dict[int, str]:
    """Notes who has hours of their own; returns the hours of those of whom they were looked at, by row."""
    if own is None:
        return {}
    record["own"] = np.where(own.which >= 0, _HOURS, _NO_HOURS)
    record["arm"] = own.arm
    # what is told of a lot tells what own hours would have taken
    by_lot = ~np.isin(own.arm, (Arm.REST, Arm.BRAND)) & (own.which >= 0)
    used = np.flatnonzero(by_lot | (own.used(EMAIL) >= 0) | (own.used(SMS) >= 0))
    record["own"][used] = _WITH_FACTORS
    hours = np.asarray(own.factors, dtype="<f2")[own.which[used]]
    text, width = b64encode(hours.tobytes()).decode("ascii"), _FACTORS * 2 // 3 * 4
    return {row: text[place * width : (place + 1) * width] for place, row in enumerate(used.tolist())}


def _written(part: Any) -> tuple[int, bytes]:
    """A part's fingerprint and JSON."""
    text = orjson.dumps(part, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_SORT_KEYS)
    return hash64(text.decode()), text


def _frame(batch: Batch, settings: int, layout: np.dtype[Any]) -> tuple[int, bytes]:
    """What all rows of a batch have in common."""
    shared = {name: getattr(batch, name) for name in SHARED}
    shared |= {name: value for name, value in _values(batch) if not isinstance(value, np.ndarray)}
    told = {"settings": settings, "program": program(), "shared": shared, "columns": _columns_of(layout)}
    if batch.own is not None:
        told["own"] = {"gains": batch.own.gains, "model": batch.own.model, "answers": batch.own.answers}
    return _written(told)


def _columns_of(layout: np.dtype[Any]) -> list[list[Any]]:
    return [[name, layout[name].base.str, list(layout[name].shape)] for name in layout.names or ()]


def _settings(settings: BrandSettings) -> tuple[int, bytes]:
    return _written(settings.model_dump(mode="json"))


@lru_cache(maxsize=1024)
def _policy(policy: MessagePolicy) -> tuple[int, bytes]:
    return _written(_POLICY.dump_python(policy, mode="json"))


@lru_cache(maxsize=16_384)
def _places(zones: tuple[tuple[int, ...], ...], laws: tuple[tuple[str, ...], ...]) -> tuple[int, bytes]:
    return _written({"zones": zones, "laws": laws})


def named(inputs: str) -> tuple[int, ...]:
    """The fingerprints that a row names: of its frame, its policy and its places. The frame names its settings."""
    try:
        head = b64decode(inputs[: _PARTS // 3 * 4], validate=True)
        return tuple(np.frombuffer(head, dtype="<i8", count=3).tolist())
    except ValueError as error:
        raise UnreadableInputsError("the inputs are cut off") from error


def read(inputs: str, parts: Mapping[int, Part], now: int) -> Given:
    """A batch of one from a row's inputs; ``now``: seconds of the epoch at which it was decided.

    Raises :class:`UnreadableInputsError`.
    """
    try:
        frame, policy, places = (parts[one] for one in named(inputs))
        layout = np.dtype([(name, kind, tuple(shape)) for name, kind, shape in frame["columns"]])
        raw = b64decode(inputs, validate=True)
        record = np.frombuffer(raw, dtype=layout, count=1)
        columns = {name: record[name].copy() for name in layout.names or ()}
        shared = frame["shared"]
        rest: dict[str, Any] = {name: columns[name] for name in _plain() if name in columns}
        rest |= {name: load(shared[name]) for name, load in SHARED.items() if name in shared}
        rest |= _beside(columns | shared)
        batch = Batch(
            now=now,
            policies=(_POLICY.validate_python(policy),),
            places=tuple(map(tuple, places["zones"])),
            laws=tuple(map(tuple, places["laws"])),
            policy=np.zeros(1, dtype=np.int32),
            place=np.array([[0, 1]], dtype=np.int32),
            own=_own_again(record, raw[layout.itemsize :], frame.get("own")),
            **rest,
        )
        settings = BrandSettings.model_validate(parts[frame["settings"]])
        return Given(batch, settings, frame["program"])
    except ValidationError as error:
        place = ".".join(str(each) for each in error.errors()[0]["loc"])
        raise UnreadableInputsError(f"it knows no {place} of this kind any more") from error
    except KeyError as error:
        raise UnreadableInputsError(f"{error} is not kept") from error
    except (ValueError, TypeError) as error:
        raise UnreadableInputsError(str(error)) from error


def _beside(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What stands beside the row, put together from its fields, by the batch's."""
    for name, kind in _kinds().items():
        own = {field.name: values[each] for field in fields(kind) if (each := f"{name}.{field.name}") in values}
        if own:
            yield name, kind(**own)


def _own_again(record: Record, rest: bytes, shared: Part | None) -> Own | None:
    kind = int(record["own"][0])
    if kind == _NO_HOURS or shared is None:
        return None
    # whose hours were not looked at has any
    factors = np.ones((1, _FACTORS), dtype=np.float32)
    if kind == _WITH_FACTORS:
        factors = np.frombuffer(rest, dtype="<f2", count=_FACTORS).astype(np.float32)[None, :]
    email, sms = shared["gains"]
    version = shared.get("answers")  # what was kept before there was a second level knows of none
    answers = None if version is None else (version[0], version[1])
    which, arm = np.zeros(1, dtype=np.int32), record["arm"].astype(np.int8)
    return Own(which, arm, factors, (email, sms), shared["model"], answers)
