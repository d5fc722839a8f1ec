"""A person's engagement in words for the page, and as a document for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from antiphon.people.engagement import CHANNELS, LIMITS, Channel, Engagement, Level, level, pattern, score, valid_until
from antiphon.web.words import Look

LEVELS: Mapping[Level, Look] = {
    "engaged": Look("Engaged", "circle-check", "good"),
    "cooling": Look("Cooling", "clock", "wait"),
    "unengaged": Look("Unengaged", "minus", "bad"),
    "new": Look("New", "circle-help", "plain"),
    "none": Look("Nothing sent yet", "minus", "quiet"),
}
PATTERNS = {
    "both": "Answers emails and texts.",
    "email_only": "Answers emails, not texts.",
    "sms_only": "Answers texts, not emails.",
    "neither": "Answers neither emails nor texts.",
    "new": "Too new to tell what they answer.",
}
_COUNTS = (
    ("delivered", "delivered"),
    ("opens", "opened"),
    ("clicks", "clicked"),
    ("replies", "replied"),
    ("visits", "visited"),
    ("orders", "ordered"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One channel as the page shows it. ``until``: when the level changes if nothing happens."""

    channel: Channel
    level: Look
    why: str
    counts: tuple[tuple[str, int], ...]
    score: float
    found: Engagement | None
    until: datetime | None
    then: Look | None


def shown(engagement: Mapping[str, Engagement], now: datetime) -> tuple[str, list[Shown]]:
    """The pattern in words, and each channel on which anything happened."""
    told = [_shown(engagement[channel], now) for channel in CHANNELS if channel in engagement]
    levels = [level(engagement.get(channel), now) for channel in CHANNELS]
    return PATTERNS[pattern(levels[0], levels[1])], told


def _shown(found: Engagement, now: datetime) -> Shown:
    counts = tuple((words, n) for name, words in _COUNTS if (n := getattr(found, name)))
    until = valid_until(found, now)
    return Shown(
        found.channel,
        LEVELS[level(found, now)],
        _why(found, level(found, now)),
        counts,
        score(found.weight, now),
        found,
        until,
        LEVELS[level(found, until)] if until is not None else None,
    )


def _why(found: Engagement, now: Level) -> str:
    channel = found.channel
    match now:
        case "new":
            few = found.delivered < LIMITS.deliveries
            return (
                f"fewer than {LIMITS.deliveries} delivered"
                if few
                else f"first one less than {LIMITS.settling.days} days ago"
            )
        case "unengaged" if found.sign_at is None:
            return "nothing ever came back"
        case "unengaged":
            return f"no sign of them for {LIMITS.silence[channel].days} days"
        case "cooling":
            return f"no sign of them for {LIMITS.lively[channel].days} days"
    return ""


def engagement_document(engagement: Mapping[str, Engagement], now: datetime) -> dict[str, Any]:
    """Levels and the pattern as of now, with what they are made of."""
    levels: dict[Channel, Level] = {channel: level(engagement.get(channel), now) for channel in CHANNELS}
    told: dict[str, Any] = {"pattern": pattern(levels["email"], levels["sms"])}
    for channel in CHANNELS:
        found = engagement.get(channel) or Engagement(channel)
        told[channel] = {
            "level": levels[channel],
            "level_until": valid_until(found, now),
            "score": round(score(found.weight, now), 3),
            "delivered": found.delivered,
            "opens": found.opens,
            "clicks": found.clicks,
            "replies": found.replies,
            "visits": found.visits,
            "orders": found.orders,
            "machine": found.machine,
            "first_delivered_at": found.first_delivered_at,
            "last_delivered_at": found.last_delivered_at,
            "last_response_at": found.last_at,
            "last_open_at": found.opened_at,
        }
    return told
