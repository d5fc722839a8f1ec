"""Durations as people write them in files: ``30m``, ``4h``, ``2d``, ``1h30m``."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
#: Seconds, and characters that anybody needs to write them.
_MOST, _LONGEST_TEXT = 36_525 * 86_400, 100
_PATTERN = re.compile(r"(?:\d+[wdhms])+")
_PART = re.compile(r"(\d+)([wdhms])")


def parse_duration(text: Any) -> timedelta:
    """``4h`` → four hours. Raises ``ValueError`` that says how to write it."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not _PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration; write it as 30m, 4h, 2d or 1h30m")
    if len(text) > _LONGEST_TEXT or (seconds := sum(int(n) * _UNITS[u] for n, u in _PART.findall(text))) > _MOST:
        raise ValueError(
            f"{text[:40]!r} is longer than a hundred years; no calendar has room for what lies so far away"
        )
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """The shortest way to write a duration; the inverse of ``parse_duration``."""
    rest, parts = int(value.total_seconds()), []
    for unit, seconds in _UNITS.items():
        if unit != "w" and rest >= seconds:
            parts.append(f"{rest // seconds}{unit}")
            rest %= seconds
    return "".join(parts) or "0s"


def duration_words(value: timedelta) -> str:
    """``4 hours``, ``1 day 12 hours``: for sentences."""
    rest, parts = int(value.total_seconds()), []
    for word, seconds in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if rest >= seconds:
            n = rest // seconds
            parts.append(f"{n} {word}{'s' if n != 1 else ''}")
            rest %= seconds
    return " ".join(parts) or "no time"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN.pattern}$", "examples": ["30m", "4h", "2d"]}),
]
